"""What announces itself on the network by DNS-SD over mDNS (RFC 6762, RFC 6763): listening only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from zeroconf import InterfaceChoice, IPVersion, ServiceListener, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

WAITING = 1000
"""Services that may wait to be looked at; more are left out until they are announced again."""
_ANSWER_MS = 3000


@dataclass(frozen=True, slots=True)
class Service:
    """An announced service. All of it is what the announcer says."""

    type: str
    """Such as ``_ipps._tcp``."""
    name: str
    """The instance: what a person sees."""
    addresses: tuple[str, ...]
    port: int
    txt: Mapping[str, str]
    """Keys in lower case (RFC 6763 §6.4); values that are no UTF-8 are left out."""


@asynccontextmanager
async def browsing(types: Sequence[str], interfaces: Sequence[str] = ()) -> AsyncIterator[AsyncIterator[Service]]:
    """Services of these types as they are heard of, without an end: the caller sets the deadline.

    ``interfaces`` are addresses of this computer on which to listen; none are all. Raises ``OSError`` where nothing can be
    listened to.
    """
    opened = AsyncZeroconf(interfaces=list(interfaces) or InterfaceChoice.All, ip_version=IPVersion.V4Only)
    heard = _Heard()
    browser = AsyncServiceBrowser(opened.zeroconf, [f"{one}.local." for one in types], listener=heard)
    try:
        yield _services(opened.zeroconf, heard)
    finally:
        await browser.async_cancel()
        await opened.async_close()


class _Heard(ServiceListener):
    def __init__(self) -> None:
        self.names: asyncio.Queue[tuple[str, str]] = asyncio.Queue(WAITING)

    def add_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """Called by zeroconf, on the loop."""
        if not self.names.full():
            self.names.put_nowait((type_, name))

    def update_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """What was heard of already is looked at once."""

    def remove_service(self, zc: Zeroconf, type_: str, name: str) -> None:
        """A goodbye says nothing about a printer that answers."""


async def _services(zeroconf: Zeroconf, heard: _Heard) -> AsyncIterator[Service]:
    while True:
        type_, name = await heard.names.get()
        info = AsyncServiceInfo(type_, name)
        if not await info.async_request(zeroconf, _ANSWER_MS) or not info.port:
            continue
        yield Service(
            type=type_.removesuffix(".local."),
            name=name.removesuffix(f".{type_}"),
            addresses=tuple(info.parsed_addresses()),
            port=info.port,
            txt={key.lower(): value for key, value in info.decoded_properties.items() if value is not None},
        )
