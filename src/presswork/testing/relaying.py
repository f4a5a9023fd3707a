"""Two computers of one organisation, one of which carries jobs for the other: everything real but the server's word."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.delivery import Deadlines
from presswork.agent.delivery.counter import no_counters
from presswork.agent.delivery.way import Delivered, End, Errand, News, Watched
from presswork.agent.delivery.ways import Ways
from presswork.agent.link.identity import save_identity
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.onward import Onward
from presswork.agent.relay.receiver import Receiver
from presswork.agent.relay.sender import Sender
from presswork.agent.relay.service import Relay
from presswork.agent.relay.trust import Trust
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Change, Job, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.printer.job import JobState
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import Ticket, TicketKind, digest_of, sign_ticket
from presswork.testing.authority import TENANT, Authority
from presswork.testing.delivering import QUICK
from presswork.testing.spooling import HOLD, LIMIT, incoming_job, pieces

QUICK_RELAY = RelayDeadlines(
    connect=5,
    handshake=5,
    alive=1,
    silence=20,
    say=5,
    decide=20,
    go=5,
    grace=5,
    pages=1,
    first_retry=0.05,
    slowest_retry=0.2,
    out_of_reach=10,
    progress=0.01,
    news=0.01,
    slowest_news=0.2,
)
SENDING = Change(phase=Phase.SENDING, state=JobState.PROCESSING, state_reasons=("job-outgoing",))


@dataclass
class Organisation:
    """The server's word: certificates and tickets."""

    ca: Authority = field(default_factory=Authority)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    offset: timedelta = timedelta()
    """Server time minus the computers' clock, as all of them know it."""

    def now(self) -> datetime:
        """The server's time."""
        return datetime.now(UTC) + self.offset

    async def trust(self, directory: Path, computer_id: UUID, tenant_id: UUID = TENANT) -> Trust:
        """A computer enrolled here."""
        identity = self.ca.identity(computer_id=computer_id, tenant_id=tenant_id)
        await asyncio.to_thread(directory.mkdir, exist_ok=True)
        await asyncio.to_thread(save_identity, directory, identity)
        certificate = self.ca.ticket_certificate(self.key)
        return Trust(directory, lambda: certificate, self.now)

    def ticket(self, **values: Any) -> str:
        """Signed; ``values`` of ``Ticket``."""
        values = {
            "ticket_id": uuid4(),
            "kind": TicketKind.RELAY,
            "tenant_id": TENANT,
            "fence": 1,
            "not_after": self.now() + timedelta(hours=1),
            **values,
        }
        return sign_ticket(Ticket(**values), self.key)


@dataclass
class Holder:
    """A computer with jobs."""

    organisation: Organisation
    computer_id: UUID
    spool: Spool
    sender: Sender
    receiver: PeerSpec
    told: list[News] = field(default_factory=list)
    octets: list[int] = field(default_factory=list)
    marks: list[int | None] = field(default_factory=list)

    async def job(self, document: bytes = b"%PDF-1.4 a letter", name: str = "Letter", account: str = "ada") -> Job:
        """One that is to go out."""
        job = await incoming_job(self.spool, account, name=name)
        job = await self.spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT, then=(HOLD,))
        return await self.spool.change(job.id, Change(phase=Phase.RELEASED, printer_id=uuid4()))

    async def ticket(self, job: Job, printer: PrinterSpec | None, **values: Any) -> str:
        """For that job, to that printer by the one relay there is; ``values`` that are other than right."""
        documents = await self.spool.sealed(job.id)
        right = {
            "job_id": job.id,
            "sender_id": self.computer_id,
            "receiver_id": self.receiver.computer_id,
            "digest": digest_of(one.header.digest for one in documents),
            "printer": printer,
        }
        return self.organisation.ticket(**{**right, **values})

    def errand(self, job: Job, mark: Callable[[int | None], Awaitable[None]] | None = None) -> Errand:
        """As the delivery makes it; ``mark`` is called beside what it does of itself."""

        async def marked(device_job_id: int | None) -> None:
            if mark is not None:
                await mark(device_job_id)
            self.marks.append(device_job_id)
            await self.spool.change(job.id, SENDING, only_if={Phase.RELEASED})

        async def tell(news: News) -> None:
            self.told.append(news)

        async def pages() -> int | None:
            return 1

        return Errand(
            job=job,
            read=lambda: self.spool.read(job.id),
            mark=marked,
            sent=self.octets.append,
            tell=tell,
            pages=pages,
            by=lambda scheme, instead_of: None,
        )

    async def send(self, job: Job, ticket: str) -> End:
        """By the relay, to its end."""
        return await self.end(await self.sender.send(self.receiver, ticket, self.errand(job)))

    async def end(self, delivered: Delivered) -> End:
        """Watched, where it is not over."""

        async def tell(news: News) -> None:
            self.told.append(news)

        if isinstance(delivered, Watched):
            return await delivered.watch(tell)
        assert isinstance(delivered, End)
        return delivered


@asynccontextmanager
async def holder(
    directory: Path,
    organisation: Organisation,
    receiver: PeerSpec,
    *,
    tenant_id: UUID = TENANT,
    deadlines: RelayDeadlines = QUICK_RELAY,
    computer_id: UUID | None = None,
) -> AsyncIterator[Holder]:
    """A computer that holds jobs, with its own directory."""
    computer_id = computer_id or uuid4()
    trust = await organisation.trust(directory, computer_id, tenant_id)
    spool = await open_spool(directory / "spool", SystemClock(), system_randomness)
    sender = Sender(spool, trust, clock=SystemClock(), randomness=system_randomness, deadlines=deadlines)
    try:
        await sender.load()
        yield Holder(organisation, computer_id, spool, sender, receiver)
    finally:
        sender.close()
        await spool.close()


@asynccontextmanager
async def relay(
    directory: Path,
    organisation: Organisation,
    *,
    receivers: Mapping[TicketKind, Receiver] | None = None,
    printing: Deadlines = QUICK,
    deadlines: RelayDeadlines = QUICK_RELAY,
    computer_id: UUID | None = None,
    port: int = 0,
    met: Callable[[UUID], None] = lambda computer_id: None,
) -> AsyncIterator[PeerSpec]:
    """A computer that carries for others, on 127.0.0.1; where it is."""
    computer_id = computer_id or uuid4()
    trust = await organisation.trust(directory, computer_id)
    clock = SystemClock()
    spool = await open_spool(directory / "spool", clock, system_randomness)
    if receivers is None:
        ways = Ways(spool, lambda report: None, no_counters, clock, printing)
        receivers = {TicketKind.RELAY: Onward(ways, clock)}
    service = Relay(spool, trust, receivers, clock=clock, deadlines=deadlines, met=met)
    listener = socket.create_server(("127.0.0.1", port))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(service.run()), group.create_task(service.listen(listener, receivers))]
            yield PeerSpec(
                computer_id=computer_id,
                name="Relay",
                addresses=(ip_address("127.0.0.1"),),
                port=listener.getsockname()[1],
            )
            for task in tasks:
                task.cancel()
    finally:
        listener.close()
        await spool.close()


@dataclass
class Wire:
    """Between holder and relay: connections that can be cut, or stand still."""

    port: int = 0
    made: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _flows: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Every connection there is ends, abruptly at both ends."""
        for writer in tuple(self._open):
            writer.transport.abort()

    def stand_still(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self._flows.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            return
        finally:
            writer.transport.abort()


@asynccontextmanager
async def wire_to(port: int) -> AsyncIterator[Wire]:
    """A port on 127.0.0.1 that leads to another one."""
    wire = Wire()
    wire._flows.set()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.transport.abort()
            return
        wire._open |= {writer, back}
        wire.made += 1
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(wire._pass(reader, back))
                group.create_task(wire._pass(there, writer))
        finally:
            wire._open -= {writer, back}

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        wire.cut()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
