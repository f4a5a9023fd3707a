"""Where this computer is: its gateways, subnets and search domains, as the kernel and resolv.conf(5) say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from presswork.agent.host.host import LanAddress
from presswork.agent.host.linux.rtnetlink import Interface, change_socket, drain, interfaces
from presswork.core.errors import Unavailable
from presswork.protocols.control.words import DnsName, NetworkHint

RESOLV_CONF = Path("/etc/resolv.conf")
_LONGEST = 65_536
_MOST_HINTS = 16
_MOST = 8
_NAME: TypeAdapter[str] = TypeAdapter(DnsName)


class LinuxPlace:
    """See ``Place``."""

    def __init__(self, resolv_conf: Path = RESOLV_CONF) -> None:
        self._resolv_conf = resolv_conf

    async def hints(self) -> tuple[NetworkHint, ...]:
        """See ``Place.hints``."""
        return await asyncio.to_thread(self._look)

    async def addresses(self) -> tuple[LanAddress, ...]:
        """See ``Place.addresses``."""
        return tuple(
            LanAddress(one.index, one.name, address)
            for one in await asyncio.to_thread(_interfaces)
            for address in one.addresses
            if not address.is_link_local
        )

    async def changed(self) -> None:
        """See ``Place.changed``."""
        loop = asyncio.get_running_loop()
        try:
            netlink = change_socket()
        except OSError as error:
            raise Unavailable(f"The kernel does not tell of changes of the network ({error}).") from error
        with netlink:
            told = asyncio.Event()
            loop.add_reader(netlink, told.set)
            try:
                await told.wait()
                drain(netlink)
            finally:
                loop.remove_reader(netlink)

    def _look(self) -> tuple[NetworkHint, ...]:
        return hints_of(_interfaces(), search_domains(self._resolv_conf))


def _interfaces() -> list[Interface]:
    try:
        return interfaces()
    except OSError as error:
        raise Unavailable(f"The kernel does not say on which network this computer is ({error}).") from error


def hints_of(found: Iterable[Interface], domains: tuple[str, ...]) -> tuple[NetworkHint, ...]:
    """One hint for each gateway of each interface, IPv4 first; what no gateway is in still tells its subnets."""
    hints = [hint for interface in found for hint in _of(interface, domains)]
    # Stable: ways out first, then as the interfaces are numbered. Containers' bridges come last, and fall off first.
    hints.sort(key=lambda hint: (hint.gateway is None, not isinstance(hint.gateway, IPv4Address)))
    return tuple(hints[:_MOST_HINTS])


def search_domains(resolv_conf: Path) -> tuple[str, ...]:
    """``search`` and ``domain`` of resolv.conf(5); the last of them counts. None where there is no such file."""
    try:
        with resolv_conf.open(encoding="ascii", errors="replace") as file:
            text = file.read(_LONGEST)
    except OSError:
        return ()
    words: list[str] = []
    for line in text.splitlines():
        match line.split():
            case ["search" | "domain", *names]:
                words = names
    return tuple(_names(words))[:_MOST]


def _of(interface: Interface, domains: tuple[str, ...]) -> Iterator[NetworkHint]:
    usable = [address for address in interface.addresses if not address.is_link_local]
    if not usable and not interface.gateways:
        return
    for gateway in interface.gateways:
        yield NetworkHint(
            gateway=gateway,
            gateway_mac=interface.neighbours.get(gateway),
            prefixes=_networks(one for one in usable if one.version == gateway.version),
            dns_suffixes=domains,
            addresses=tuple(one.ip for one in usable if one.version == gateway.version)[:_MOST],
        )
    ways_out = {gateway.version for gateway in interface.gateways}
    beside = [one for one in usable if one.version not in ways_out]  # such as IPv6 that ends at the LAN
    if beside:
        addresses = tuple(one.ip for one in beside)[:_MOST]
        yield NetworkHint(prefixes=_networks(beside), dns_suffixes=domains, addresses=addresses)


def _networks(addresses: Iterable[IPv4Interface | IPv6Interface]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(dict.fromkeys(one.network for one in addresses))[:_MOST]


def _names(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        try:
            yield _NAME.validate_python(word.strip(".").lower())
        except ValidationError:
            continue
