"""Asks a device by SNMP: v1 and v2c here, v3 through pysnmp (``snmp_v3.py``).

    async with snmp_client("192.0.2.7", Community(), randomness) as device:
        values = await device.get(SYS_DESCR, SYS_NAME)
        table = await device.columns((PRT_INPUT_NAME, PRT_INPUT_CURRENT_LEVEL), rows=32)

Version 3 is loaded when it is first used, in a thread: it takes 16 MB, and few printers are asked by it. Nothing is ever
written to a device. Texts are the device's and go through ``protocols.ipp.text.cleaned`` before they are stored or shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from presswork.core.clock import Randomness
from presswork.core.errors import PrinterUnreachable
from presswork.net.snmp_reading import PATIENCE, Answer, Patience, SnmpClient
from presswork.protocols.snmp.ber import MalformedDatagram, Oid
from presswork.protocols.snmp.credentials import Community, Credentials, User
from presswork.protocols.snmp.message import Pdu, SnmpMessage, Varbind, Version, decode, encode

PORT = 161


@asynccontextmanager
async def snmp_client(
    host: str,
    credentials: Credentials,
    randomness: Randomness,
    *,
    port: int = PORT,
    patience: Patience = PATIENCE,
) -> AsyncIterator[SnmpClient]:
    """A client for one device. Raises ``PrinterUnreachable`` where the address leads nowhere."""
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if not isinstance(credentials, Community):
        async with (await _version_3()).v3_transport(
            host, port, credentials, name=name, patience=patience, randomness=randomness
        ) as transport:
            yield SnmpClient(transport)
        return
    loop = asyncio.get_running_loop()
    try:
        socket, protocol = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(host, port))
    except (OSError, ValueError) as error:  # a host name that is none is a ValueError
        raise PrinterUnreachable(f"{name} cannot be reached; check the printer's address.") from error
    try:
        asks = CommunityTransport(
            socket, protocol, name=name, credentials=credentials, patience=patience, randomness=randomness
        )
        yield SnmpClient(asks)
    finally:
        socket.close()


@asynccontextmanager
async def kept_ready(credentials: Credentials | None) -> AsyncIterator[None]:
    """What the clients with these credentials share is kept as long as the block lasts: of version 3 it is dear to make."""
    if isinstance(credentials, User):
        async with (await _version_3()).shared_engine(credentials):
            yield
    else:
        yield


async def _version_3() -> Any:
    return await asyncio.to_thread(import_module, "presswork.net.snmp_v3")


class _Datagrams(asyncio.DatagramProtocol):
    """Keeps the answer to the one question that is open."""

    def __init__(self) -> None:
        self.request_id = 0
        self.version = 0
        self.community = b""
        self.answer: asyncio.Future[SnmpMessage | Exception] | None = None

    def datagram_received(self, data: bytes, _address: object) -> None:
        """What cannot be read, or answers another question, counts as if it never came."""
        if self.answer is None or self.answer.done():
            return
        try:
            message = decode(data)
        except MalformedDatagram:
            return
        if (
            message.pdu == Pdu.RESPONSE
            and message.request_id == self.request_id
            and message.version == self.version
            and message.community == self.community
        ):
            self.answer.set_result(message)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there (ICMP)."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(exc)


class CommunityTransport:
    """v1 and v2c over a socket of its own: answers of others do not get in, and the id of each question is drawn."""

    def __init__(
        self,
        socket: asyncio.DatagramTransport,
        protocol: _Datagrams,
        *,
        name: str,
        credentials: Community,
        patience: Patience,
        randomness: Randomness,
    ) -> None:
        self.bulk = credentials.version == "2c"
        self._socket = socket
        self._protocol = protocol
        self._name = name
        self._patience = patience
        self._randomness = randomness
        protocol.version = Version.V2C if self.bulk else Version.V1
        protocol.community = credentials.community.encode()

    async def ask(self, pdu: Pdu, oids: Sequence[Oid], repetitions: int = 0) -> Answer:
        """See ``Transport``."""
        protocol = self._protocol
        protocol.request_id = int.from_bytes(self._randomness(4), "big") >> 1
        varbinds = tuple(map(Varbind, oids))
        datagram = encode(
            SnmpMessage(protocol.version, protocol.community, pdu, protocol.request_id, varbinds, index=repetitions)
        )
        try:
            answer = await self._answer(datagram)
        finally:
            protocol.answer = None
        if isinstance(answer, Exception):
            raise PrinterUnreachable(f"{self._name} does not take SNMP; turn it on at the printer.") from answer
        return Answer(answer.status, answer.index, answer.varbinds)

    async def _answer(self, datagram: bytes) -> SnmpMessage | Exception:
        self._protocol.answer = asyncio.get_running_loop().create_future()
        for wait in self._patience.waits(self._randomness):
            self._socket.sendto(datagram)
            done, _ = await asyncio.wait((self._protocol.answer,), timeout=wait)
            if done:
                return self._protocol.answer.result()
        raise PrinterUnreachable(
            f"{self._name} does not answer to SNMP; see that the community or user is the printer's own."
        )
