"""An agent's intake for tests: real spool, real sockets, the kernel's word for peers; only the spooler is played."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from presswork.agent.desired import Desired
from presswork.agent.host.host import Host, IsSettled, Spooler, SpoolerJob, SpoolerJobState
from presswork.agent.host.linux.peers import LinuxPeers
from presswork.agent.host.linux.place import LinuxPlace
from presswork.agent.host.queues import HostJob
from presswork.agent.intake import Intake, PageCounter
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool, open_spool
from presswork.core.clock import Clock, SystemClock, system_randomness
from presswork.core.errors import Fault, NotFound, NotPossible
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import AccountBinding, PrinterSpec, QueueSpec

ME = pwd.getpwuid(os.geteuid()).pw_name
"""The account the tests run as: the peer of every connection they make."""
PRINTER = PrinterSpec(printer_id=UUID(int=1), name="Lobby", device_uri="ipp://192.0.2.1/ipp/print")
HOLD = QueueSpec(queue_id=UUID(int=2), name="secure", info="Secure print", mode="hold")
DIRECT = QueueSpec(queue_id=UUID(int=3), name="direct", mode="direct", printer_id=PRINTER.printer_id)
PERSON = AccountBinding(account=ME, user_id=UUID(int=4), person="Ada Lovelace")
STATE = DesiredState(
    revision="1", computer_name="desk", queues=(HOLD, DIRECT), printers=(PRINTER,), accounts=(PERSON,), hold_hours=72
)


@dataclass
class PlayedSpooler:
    """A printing system that says what the test has it say, and remembers what it was asked."""

    user: str = "nobody-prints-as-this"
    """Its account."""
    default: str | None = None
    """The default destination."""
    sending: SpoolerJob | None = None
    fault: Fault | None = None
    """Raised instead of every answer."""
    purged: list[tuple[str, UUID]] = field(default_factory=list)

    async def account(self) -> str:
        """See ``Spooler``."""
        return self.user

    async def examine(self) -> tuple[Fault, ...]:
        """See ``Spooler``."""
        return ()

    async def converge(self, queues: Collection[QueueSpec]) -> tuple[Fault, ...]:
        """See ``Spooler``."""
        return ()

    async def default_queue(self) -> str | None:
        """See ``Spooler``."""
        return self.default

    async def set_default_queue(self, queue: str) -> None:
        """See ``Spooler``."""
        self.default = queue

    async def job_being_sent(self, queue: str) -> SpoolerJob | None:
        """See ``Spooler``."""
        if self.fault is not None:
            raise self.fault
        return self.sending

    async def purge(self, queue: str, job_uuid: UUID) -> None:
        """See ``Spooler``."""
        if self.fault is not None:
            raise self.fault
        self.purged.append((queue, job_uuid))

    async def reconcile(self, is_settled: IsSettled) -> None:
        """See ``Spooler``."""


@dataclass
class PlayedHostQueues:
    """A printing system with queues of its own that does what the test has it do; see ``HostQueues``."""

    queues: tuple[str, ...] = ("ledger",)
    fault: Fault | None = None
    """Raised instead of every answer …"""
    fault_at_the_end: Fault | None = None
    """… or once all of a document is here."""
    carries_job_tickets: bool = True
    taken: list[tuple[HostJob, bytes]] = field(default_factory=list)

    async def names(self) -> tuple[str, ...]:
        """See ``HostQueues``."""
        if self.fault is not None:
            raise self.fault
        return self.queues

    async def look(self, job: HostJob) -> None:
        """See ``HostQueues``."""
        if job.queue not in await self.names():
            raise NotFound("There is no such queue.")

    async def submit(self, job: HostJob, document: AsyncIterator[bytes | memoryview]) -> int:
        """See ``HostQueues``."""
        await self.look(job)
        octets = b"".join([piece async for piece in document])
        if self.fault_at_the_end is not None:
            raise self.fault_at_the_end
        self.taken.append((job, octets))
        return len(self.taken)


def sent_by_spooler(account: str, job_uuid: UUID, queue: str = HOLD.name, *, name: str = "") -> SpoolerJob:
    """A job that the printing system is giving to us."""
    return SpoolerJob(queue, 7, job_uuid, account, SpoolerJobState.PROCESSING, 1, document_kept=True, name=name)


async def no_printer_stops(job_id: UUID) -> None:
    """A delivery that cannot be cancelled."""
    raise NotPossible("This printer cannot be told to stop. Cancel the job at the printer.")


class NothingOnItsWay:
    """A delivery that cannot be told anything; see ``Current``."""

    async def suspend(self, job_id: UUID) -> None:
        """See ``Current``."""
        raise NotPossible("This printer cannot be told to set a job aside.")

    async def resume(self, job_id: UUID) -> None:
        """See ``Current``."""
        raise NotPossible("This printer cannot be told to set a job aside.")

    async def schedule(self, job_id: UUID, predecessor: UUID | None) -> None:
        """See ``Current``."""
        raise NotPossible("Only a job that waits for its printer can be moved in the queue.")


@dataclass
class RunningIntake:
    """An intake that serves."""

    intake: Intake
    spool: Spool
    desired: Desired
    spooler: Spooler
    port: int

    def uri(self, queue: str) -> str:
        """The printer-uri of a queue."""
        return f"ipp://127.0.0.1:{self.port}/ipp/print/{queue}"


@asynccontextmanager
async def running_intake(
    directory: Path,
    *,
    state: DesiredState = STATE,
    spooler: Callable[[int], Spooler] = lambda _: PlayedSpooler(),
    document_limit: int = 1 << 30,
    clock: Clock | None = None,
    counter: type[PageCounter] = PageCounter,
) -> AsyncIterator[RunningIntake]:
    """Serves as long as the context. ``spooler`` is made with the port that is listened on."""
    clock = clock or SystemClock()
    spool = await open_spool(directory / "spool", clock, system_randomness)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    host = Host(LinuxPeers(), spooler(port), LinuxPlace(), PlayedHostQueues())
    try:
        desired = Desired(spool)
        await desired.put(state)
        states = QueueStates(spool)
        await states.load()
        intake = Intake(
            spool,
            desired,
            host,
            clock,
            states,
            pages=counter(spool),
            cancel=no_printer_stops,
            current=NothingOnItsWay(),
            document_limit=document_limit,
        )
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(intake.run(listener))
            yield RunningIntake(intake, spool, desired, host.spooler, port)
            serving.cancel()
    finally:
        listener.close()
        await spool.close()
