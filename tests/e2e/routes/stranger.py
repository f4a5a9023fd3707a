"""A peer of relays that does what the test wants: it shows any ticket, under any certificate, and says what it was told."""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.link.identity import CA, CERTIFICATE, KEY
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.ids import uuid7
from presswork.net.tls import among_agents
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.relay.framing import HEAD, FrameKind, chunk_head, frame, parse_frame
from presswork.protocols.relay.messages import (
    FROM_RECEIVER,
    AskGo,
    At,
    DocumentOffer,
    Ended,
    EndSeen,
    FromHolder,
    FromReceiver,
    Go,
    Hello,
    JobOffer,
    KeyOf,
    Offer,
    decode,
    header_text,
)
from presswork.protocols.sealed.header import Header
from presswork.protocols.sealed.stream import Sealer
from presswork.protocols.ticket import Ticket, TicketKind, digest_of, sign_ticket
from presswork.testing.namespaces import Host
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import MS

_DEADLINE = 20_000 * MS
_PORT = 21335


@dataclass(frozen=True)
class Stranger:
    """Where it is, and as whom it speaks."""

    host: Host
    directory: Path
    """Of the agent whose certificate and key it has."""
    ca_pem: str = ""
    """Whom it believes; that agent's CA where it is empty."""

    async def offers(self, address: str, permit: Permit, text: str = "") -> FromReceiver:
        """What the relay there says to that ticket, or to another ``text``; ``OSError`` where it says nothing."""
        async with asyncio.timeout(_DEADLINE), self._connected(address) as (reader, writer):
            return await _offered(reader, writer, permit, text or permit.text)

    @asynccontextmanager
    async def occupies(self, address: str, permits: Sequence[Permit]) -> AsyncIterator[None]:
        """A transfer of each of these is begun there, and goes no further as long as the block lasts."""
        async with AsyncExitStack() as stack:
            for permit in permits:
                _, writer = await stack.enter_async_context(self._connected(address))
                _say(writer, Hello())
                _say(writer, Offer(ticket=permit.text, job=permit.job))
            yield

    async def prints(self, address: str, permit: Permit) -> Ended:
        """The whole transfer, as a holder does it."""
        async with asyncio.timeout(_DEADLINE), self._connected(address) as (reader, writer):
            said: FromReceiver | None = await _offered(reader, writer, permit, permit.text)
            assert isinstance(said, AskGo), said
            _say(writer, Go(keys=(KeyOf(number=1, key=base64.b64encode(permit.document_key).decode()),)))
            while not isinstance(said, Ended):
                said = await _next(reader)
                if isinstance(said, At):
                    writer.write(chunk_head(1, 0, len(permit.sealed)) + permit.sealed)
            _say(writer, EndSeen())
            await writer.drain()
            await reader.read()
            return said

    @asynccontextmanager
    async def _connected(self, address: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        context = await asyncio.to_thread(self._context)
        connection = self.host.socket()
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (address, _PORT))
        reader, writer = await asyncio.open_connection(sock=connection, ssl=context, server_hostname="")
        try:
            yield reader, writer
        finally:
            writer.transport.abort()

    def _context(self) -> ssl.SSLContext:
        ca_pem = self.ca_pem or (self.directory / CA).read_text()
        return among_agents(self.directory / CERTIFICATE, self.directory / KEY, ca_pem, server_side=False)


async def _next(reader: asyncio.StreamReader) -> FromReceiver | None:
    """The next message; None for a sign of life."""
    head = await reader.readexactly(HEAD)
    octets = head + await reader.readexactly(int.from_bytes(head[:4], "big"))
    found = parse_frame(memoryview(octets))
    assert found is not None
    content, _ = found
    return decode(content, FROM_RECEIVER) if isinstance(content, bytes) else None


async def _offered(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, permit: Permit, text: str
) -> FromReceiver:
    _say(writer, Hello())
    _say(writer, Offer(ticket=text, job=permit.job))
    said: FromReceiver | None = None
    while said is None or isinstance(said, Hello):
        said = await _next(reader)
    return said


def _say(writer: asyncio.StreamWriter, message: FromHolder) -> None:
    writer.write(frame(FrameKind.MESSAGE, message.model_dump_json().encode()))


@dataclass(frozen=True)
class Permit:
    """A ticket as the server would give it, for a job that nobody has."""

    key: Ed25519PrivateKey
    ticket: Ticket
    header: Header
    document_key: bytes
    document: bytes

    @property
    def text(self) -> str:
        """As it travels."""
        return sign_ticket(self.ticket, self.key)

    @property
    def sealed(self) -> bytes:
        """The only chunk of the document."""
        sealer = Sealer(self.header, self.document_key)
        octets = sealer.feed(self.document) + sealer.finish()
        return octets[len(self.header.encode()) :]

    @property
    def job(self) -> JobOffer:
        """What it is about."""
        document = DocumentOffer(
            number=1, document_format="application/pdf", size=len(self.document), header=header_text(self.header.fixed)
        )
        return JobOffer(
            job_id=self.ticket.job_id,
            queue_id=uuid4(),
            account="root",
            owner_proof="peer",
            name="Something",
            created_at=datetime.now(UTC),
            documents=(document,),
        )

    def but(self, **values: Any) -> Permit:
        """The same with something else in the ticket."""
        return replace(self, ticket=self.ticket.model_copy(update=values))


def permit(key: Ed25519PrivateKey, tenant_id: UUID, sender_id: UUID, receiver_id: UUID, device_uri: str) -> Permit:
    """For a document of one page from this sender through that receiver to that printer."""
    header = Header(uuid4(), os.urandom(7))
    ticket = Ticket(
        ticket_id=uuid4(),
        kind=TicketKind.RELAY,
        tenant_id=tenant_id,
        job_id=uuid7(SystemClock(), system_randomness),
        sender_id=sender_id,
        receiver_id=receiver_id,
        digest=digest_of([header.digest]),
        fence=1,
        printer=PrinterSpec(printer_id=uuid4(), name="Printer of a stranger", device_uri=device_uri),
        not_after=datetime.now(UTC) + timedelta(minutes=30),
    )
    return Permit(key, ticket, header, os.urandom(32), make_pdf(1))
