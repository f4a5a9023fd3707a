"""A delivery that runs, over a real spool, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

from presswork.agent.delivery import Deadlines, Delivery
from presswork.agent.delivery.counter import Counters, no_counters
from presswork.agent.delivery.routes import Alone, Routes
from presswork.agent.delivery.ways import Ways
from presswork.agent.jobs import release
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Job, JobTicket, Phase
from presswork.core.clock import Clock, SystemClock, system_randomness
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterReport, PrinterSpec, QueueSpec
from presswork.testing.spooling import HOLD, LIMIT, QUEUE, incoming_job, pieces

QUICK = Deadlines(
    connect=2,
    stall=0.5,
    reply=2,
    raw_stall=0.5,
    raw_close=0.5,
    pjl=5,
    turn=5,
    counter_idle=10,
    counter_busy=10,
    first_retry=0.05,
    slowest_retry=0.2,
    hold_again=60,
    first_poll=0.02,
    slowest_poll=0.1,
    out_of_reach=0.6,
    settle=2,
    follow=30,
    cancel=5,
)
"""For printers of tests, which answer at once or never."""


def printer_spec(device_uri: str, name: str = "Lobby", certificate_sha256: str | None = None) -> PrinterSpec:
    """A printer at that address."""
    return PrinterSpec(printer_id=uuid4(), name=name, device_uri=device_uri, certificate_sha256=certificate_sha256)


@dataclass
class Delivering:
    """A spool whose released jobs are being delivered."""

    spool: Spool
    delivery: Delivery
    printers: dict[UUID, PrinterSpec]
    queues: dict[UUID, QueueSpec]
    queue_states: QueueStates
    ways: Ways
    reports: list[PrinterReport] = field(default_factory=list)

    def knows(self, spec: PrinterSpec) -> PrinterSpec:
        """From now on this printer is known as this."""
        self.printers[spec.printer_id] = spec
        return spec

    async def release(
        self,
        spec: PrinterSpec,
        document: bytes = b"%PDF-1.4 a letter",
        *,
        ticket: JobTicket = JobTicket(),  # noqa: B008 - immutable
        document_format: str = "application/pdf",
        name: str = "Letter",
        queue_id: UUID = QUEUE,
    ) -> Job:
        """A new job, released to that printer."""
        job = await incoming_job(self.spool, ticket=ticket, name=name, queue_id=queue_id)
        await self.spool.receive(job.id, document_format, pieces(document), limit=LIMIT, then=(HOLD,))
        return await release(self.spool, job.id, self.knows(spec))

    async def phase(self, job: Job, *phases: Phase, timeout: float = 20) -> Job:
        """The job, once it is in one of these phases."""
        async with asyncio.timeout(timeout), self.spool.subscribe() as news:
            while True:
                now = await self.spool.get(job.id)
                if now.phase in phases:
                    return now
                await news.get()

    async def ended(self, job: Job, timeout: float = 20) -> Job:
        """The job, once it is over."""
        return await self.phase(job, Phase.ENDED, timeout=timeout)

    async def state(self, job: Job, state: JobState, timeout: float = 20) -> None:
        """Wait until the job is in this state."""
        async with asyncio.timeout(timeout), self.spool.subscribe() as news:
            while (await self.spool.get(job.id)).state is not state:
                await news.get()

    async def event(self, job: Job, event: JobEvent, timeout: float = 20) -> None:
        """Wait until this is in the job's timeline."""
        async with asyncio.timeout(timeout), self.spool.subscribe() as news:
            while event not in await self.events(job):
                await news.get()

    async def events(self, job: Job) -> list[JobEvent]:
        """The job's timeline since it was released."""
        events = [entry.event for entry in (await self.spool.story(job.id)).timeline]
        return events[events.index(JobEvent.RELEASED) + 1 :] if JobEvent.RELEASED in events else events

    async def sentences(self, job: Job) -> list[str]:
        """What a person reads."""
        return [entry.sentence() for entry in (await self.spool.story(job.id)).timeline]


async def _alone(spool: Spool) -> Routes:
    del spool
    return Alone()


async def nobody_counts(job_id: UUID) -> None:
    """No pages are counted here."""


@asynccontextmanager
async def delivering(
    directory: Path,
    specs: Collection[PrinterSpec] = (),
    *,
    queues: Collection[QueueSpec] = (),
    deadlines: Deadlines = QUICK,
    clock: Clock | None = None,
    counted: Callable[[UUID], Awaitable[None]] = nobody_counts,
    counters: Counters = no_counters,
    pages: int | None = None,
    routes: Callable[[Spool], Awaitable[Routes]] = _alone,
) -> AsyncIterator[Delivering]:
    """Runs as long as the context; the same directory again is the next start of the same agent.

    With ``pages`` every document has so many.
    """
    clock = clock or SystemClock()
    spool = await open_spool(directory / "spool", clock, system_randomness)
    printers = {spec.printer_id: spec for spec in specs}
    known = {queue.queue_id: queue for queue in queues}
    reports: list[PrinterReport] = []
    states = QueueStates(spool)

    async def count(job_id: UUID) -> None:
        if pages is not None:
            await spool.set_pages(job_id, pages)
        await counted(job_id)

    await states.load()
    ways = Ways(spool, reports.append, counters, clock, deadlines)
    delivery = Delivery(
        spool,
        printers=printers.get,
        queues=known.get,
        queue_states=states,
        learned=reports.append,
        counted=count,
        ways=ways,
        routes=await routes(spool),
        clock=clock,
        randomness=system_randomness,
        deadlines=deadlines,
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(delivery.run())
            yield Delivering(spool, delivery, printers, known, states, ways, reports)
            running.cancel()
    finally:
        await spool.close()
