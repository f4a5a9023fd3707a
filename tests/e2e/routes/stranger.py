"""A peer of relays that does what the test wants: it shows any ticket, under any certificate, and says what it was told."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from presswork.protocols.relay.framing import HEAD, FrameKind, frame, parse_frame
from presswork.protocols.relay.messages import (
    FROM_RECEIVER,
    DocumentOffer,
    FromReceiver,
    Hello,
    JobOffer,
    Offer,
    decode,
    header_text,
)
from presswork.protocols.sealed.header import Header
from presswork.protocols.ticket import Ticket, TicketKind, digest_of, sign_ticket
from presswork.testing.namespaces import Host
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

    async def offers(self, address: str, ticket: str, header: Header, job_id: UUID) -> FromReceiver:
        """What the relay there says to that ticket; ``OSError`` where it says nothing."""
        async with asyncio.timeout(_DEADLINE), self._connected(address) as (reader, writer):
            offer = Offer(ticket=ticket, job=_job(header, job_id))
            for message in (Hello(), offer):
                writer.write(frame(FrameKind.MESSAGE, message.model_dump_json().encode()))
            while True:
                said = await _next(reader)
                if said is not None and not isinstance(said, Hello):
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


@dataclass(frozen=True)
class Permit:
    """A ticket that the server would give, and what it is about."""

    key: Ed25519PrivateKey
    ticket: Ticket
    header: Header

    @property
    def text(self) -> str:
        """As it travels."""
        return sign_ticket(self.ticket, self.key)

    def but(self, **values: Any) -> Permit:
        """The same with something else in it."""
        return replace(self, ticket=self.ticket.model_copy(update=values))


def permit(key: Ed25519PrivateKey, tenant_id: UUID, sender_id: UUID, receiver_id: UUID, device_uri: str) -> Permit:
    """For a job that nobody has, from this sender through that receiver to that printer."""
    header = Header(uuid4(), os.urandom(7))
    printer = PrinterSpec(printer_id=uuid4(), name="Printer of a stranger", device_uri=device_uri)
    ticket = Ticket(
        ticket_id=uuid4(),
        kind=TicketKind.RELAY,
        tenant_id=tenant_id,
        job_id=uuid7(SystemClock(), system_randomness),
        sender_id=sender_id,
        receiver_id=receiver_id,
        digest=digest_of([header.digest]),
        fence=1,
        printer=printer,
        not_after=datetime.now(UTC) + timedelta(minutes=30),
    )
    return Permit(key, ticket, header)


def _job(header: Header, job_id: UUID) -> JobOffer:
    document = DocumentOffer(number=1, document_format="application/pdf", size=1000, header=header_text(header.fixed))
    return JobOffer(
        job_id=job_id,
        queue_id=uuid4(),
        account="root",
        owner_proof="peer",
        name="Something",
        created_at=datetime.now(UTC),
        documents=(document,),
    )
