"""One search: asks addresses at a bounded rate, listens for announcements, and reads what turns out to be a printer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address

from presswork.agent.printers.examine import examine, examine_uri
from presswork.agent.printers.facts import DeviceFacts, DeviceWay
from presswork.agent.search.addresses import addresses, count
from presswork.agent.search.answers import Asking, answers
from presswork.net.dnssd import Service, browsing
from presswork.protocols.control.search import FoundDevice, SearchOrder, blocks_of

AT_ONCE = 64
"""Addresses that are asked at the same time: three sockets each."""
EACH = 0.005
"""Seconds from one address to the next: at most two hundred a second, so that no switch takes it for a flood."""
LISTEN = 20.0
"""Seconds to listen for announcements."""
_TYPES = ("_ipps._tcp", "_ipp._tcp", "_pdl-datastream._tcp", "_printer._tcp")
_ANNOUNCED_AT_ONCE = 8
_LONGEST = 255

Found = Callable[[FoundDevice], None]


class Search:
    """One search that runs."""

    def __init__(
        self,
        order: SearchOrder,
        asking: Asking,
        found: Found,
        *,
        interfaces: Sequence[str] = (),
        listen: float = LISTEN,
        each: float = EACH,
    ) -> None:
        """Raises ``Invalid`` for ranges that cannot be asked."""
        self._blocks = blocks_of(order.ranges)
        self._announced = order.announced
        self._asking = asking
        self._found = found
        self._interfaces = interfaces
        self._listen = listen
        self._each = each
        self._seen: set[str] = set()
        """URIs that were announced and looked at."""
        self.asked = 0
        self.total = count(self._blocks)

    async def run(self) -> None:
        """Until everything was asked. Raises nothing for what devices do."""
        async with asyncio.TaskGroup() as group:
            if self._announced:
                group.create_task(self._hear())
            group.create_task(self._ask())

    async def _ask(self) -> None:
        room = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for host in addresses(self._blocks):
                await room.acquire()
                group.create_task(self._ask_one(host, room))
                await asyncio.sleep(self._each)

    async def _ask_one(self, host: str, room: asyncio.Semaphore) -> None:
        try:
            if await answers(host, self._asking):
                asking = self._asking
                facts = await examine(host, asking.credentials, randomness=asking.randomness, ports=asking.ports)
                self._tell(host, facts)
        finally:
            self.asked += 1
            room.release()

    async def _hear(self) -> None:
        room = asyncio.Semaphore(_ANNOUNCED_AT_ONCE)
        with suppress(TimeoutError, OSError):  # where nothing can be heard, the addresses are still asked
            async with (
                asyncio.timeout(self._listen),
                browsing(_TYPES, self._interfaces) as services,
                asyncio.TaskGroup() as group,
            ):
                async for host, uri in self._new(services):
                    await room.acquire()
                    group.create_task(self._look(host, uri, room))

    async def _new(self, services: AsyncIterator[Service]) -> AsyncIterator[tuple[str, str]]:
        async for service in services:
            for host in service.addresses:
                uri = announced_uri(service, host)
                if uri not in self._seen and may_be_asked(host, self._interfaces):
                    self._seen.add(uri)
                    yield host, uri

    async def _look(self, host: str, uri: str, room: asyncio.Semaphore) -> None:
        try:
            facts = await examine_uri(uri, self._asking.credentials, randomness=self._asking.randomness)
            if facts is not None:
                facts = replace(facts, ways=facts.ways or (DeviceWay(uri, facts.certificate_sha256),))
            self._tell(host, facts)
        finally:
            room.release()

    def _tell(self, host: str, facts: DeviceFacts | None) -> None:
        if facts is not None and facts.ways:
            self._found(found_device(host, facts))


def may_be_asked(host: str, interfaces: Sequence[str] = ()) -> bool:
    """Whether an announced address is looked at: anybody on the network may announce any, so that none outside private
    networks is, and none of this computer's own unless it was listened to on purpose.
    """
    address = ip_address(host)
    own = any(ip_address(interface).is_loopback for interface in interfaces)
    return address.is_private and not address.is_unspecified and (own or not address.is_loopback)


def announced_uri(service: Service, host: str) -> str:
    """Where an announced service prints: ``rp`` is the path (Bonjour Printing §9.2.3)."""
    authority = f"[{host}]:{service.port}" if ":" in host else f"{host}:{service.port}"
    path = "/" + "".join(letter for letter in service.txt.get("rp", "") if letter.isalnum() or letter in "/-_.")[:255]
    match service.type:
        case "_pdl-datastream._tcp":
            return f"socket://{authority}"
        case "_printer._tcp":
            return f"lpd://{authority}{path}"
        case "_ipps._tcp":
            return f"ipps://{authority}{path}"
    return f"ipp://{authority}{path}"


def found_device(host: str, facts: DeviceFacts) -> FoundDevice:
    """What the server is told of a device."""
    return FoundDevice(
        host=host,
        ways=tuple(way.uri for way in facts.ways[:8]),
        certificate_sha256=facts.ways[0].certificate_sha256,
        uuid=facts.uuid[:_LONGEST],
        serial_number=facts.serial_number[:_LONGEST],
        mac=facts.mac[:_LONGEST],
        name=facts.name[:_LONGEST],
        location=facts.location[:_LONGEST],
        make_and_model=facts.make_and_model[:_LONGEST],
    )
