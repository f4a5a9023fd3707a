"""Answers SNMP v1 and v2c over UDP (RFC 1157, RFC 3416 §4.2): Get, GetNext, GetBulk. What it cannot read it ignores."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from presswork.protocols.snmp.ber import MalformedDatagram, Oid
from presswork.protocols.snmp.message import ErrorStatus, Pdu, SnmpMessage, Tag, Varbind, Version, decode, encode
from presswork.simulator.printer_mib import Variables

_MOST_VARBINDS = 128


class Responder(asyncio.DatagramProtocol):
    """One device. ``read`` gives its variables in order; it is asked at each datagram and best returns the same ones again."""

    def __init__(self, read: Callable[[], Variables], community: str = "public") -> None:
        self._read = read
        self._community = community.encode()
        self._transport: asyncio.DatagramTransport | None = None
        self._known: Variables = {}
        self._order: list[Oid] = []
        self.asked = 0
        """Datagrams answered."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It listens."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        """Answer, or say nothing."""
        try:
            asked = decode(data)
        except MalformedDatagram:
            return
        answer = self._answer(asked)
        if answer is not None and self._transport is not None:
            self.asked += 1
            self._transport.sendto(encode(answer), address)

    def _answer(self, asked: SnmpMessage) -> SnmpMessage | None:
        if asked.community != self._community or asked.pdu not in (Pdu.GET, Pdu.GET_NEXT, Pdu.GET_BULK):
            return None
        known = self._read()
        if known is not self._known:
            self._known, self._order = known, list(known)
        status = index = 0
        if asked.pdu == Pdu.GET_BULK:
            found = self._bulk(asked)
        else:
            one = self._get if asked.pdu == Pdu.GET else self._next
            found = [one(varbind.oid) for varbind in asked.varbinds]
            missing = [number for number, varbind in enumerate(found, 1) if varbind.tag >= Tag.NO_SUCH_OBJECT]
            if missing and asked.version == Version.V1:
                status, index, found = ErrorStatus.NO_SUCH_NAME, missing[0], list(asked.varbinds)
        return SnmpMessage(
            asked.version, asked.community, Pdu.RESPONSE, asked.request_id, tuple(found), int(status), index
        )

    def _get(self, oid: Oid) -> Varbind:
        found = self._known.get(oid)
        return Varbind(oid, Tag.NO_SUCH_INSTANCE) if found is None else Varbind(oid, *found)

    def _next(self, oid: Oid) -> Varbind:
        at = bisect_right(self._order, oid)
        if at == len(self._order):
            return Varbind(oid, Tag.END_OF_MIB_VIEW)
        return Varbind(self._order[at], *self._known[self._order[at]])

    def _bulk(self, asked: SnmpMessage) -> list[Varbind]:
        """Non-repeaters once, the others again and again (RFC 3416 §4.2.3)."""
        once = max(0, min(asked.status, len(asked.varbinds)))
        found = [self._next(varbind.oid) for varbind in asked.varbinds[:once]]
        row = [varbind.oid for varbind in asked.varbinds[once:]]
        for _ in range(max(0, asked.index)):
            if not row or len(found) + len(row) > _MOST_VARBINDS:
                break
            following = [self._next(oid) for oid in row]
            found += following
            row = [varbind.oid for varbind in following]
        return found


@asynccontextmanager
async def serve_snmp(
    read: Callable[[], Variables], address: tuple[str, int], community: str = "public"
) -> AsyncIterator[tuple[Responder, int]]:
    """A device that answers as long as the block lasts, and its port. Raises OSError where the port is taken."""
    loop = asyncio.get_running_loop()
    transport, responder = await loop.create_datagram_endpoint(lambda: Responder(read, community), local_addr=address)
    try:
        yield responder, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
