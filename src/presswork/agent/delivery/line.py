"""What waits for one printer, in the order of release: one task, so that a hung printer holds back nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

import structlog

from presswork.agent.delivery import changes
from presswork.agent.delivery.attempt import Attempts
from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.routes import NoRoute
from presswork.agent.delivery.way import Delivered, NotNow, NotTaken, Overtaken, Watched
from presswork.agent.spool import Spool
from presswork.agent.spool.faults import SpoolNotWritable
from presswork.agent.spool.job import Job, Phase
from presswork.core.backoff import Backoff
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Distrusted, Fault, Invalid, NoSpace, NotFound, NotPossible, Unavailable
from presswork.protocols.control.route_words import Without
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterReport, PrinterSpec, QueueSpec

_log = structlog.get_logger(__name__)
FINISHED_AT_ONCE = 10
"""Jobs one device may have at a time, and whose ends are being written; a device that takes fewer says that it is busy."""
_MOST_TOLD = 8
"""Different reasons for waiting that a job is told."""
_NO_ANSWER = frozenset({JobEvent.UNREACHABLE, JobEvent.CERTIFICATE_CHANGED, JobEvent.QUEUE_REFUSED})
OWN_DISK: Final = "own disk"
"""What stands in a delivery's way when this computer cannot write."""
Obstacle = JobEvent | Literal["own disk"]
Finish = Callable[[Job, PrinterSpec, Delivered], asyncio.Task[None]]
"""Begins to write down what a delivery brought about, and to watch a job the device has taken."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all lines share."""

    spool: Spool
    attempts: Attempts
    printers: Callable[[UUID], PrinterSpec | None]
    queues: Callable[[UUID], QueueSpec | None]
    paused: Callable[[UUID], bool]
    """Whether an operator has the queue deliver nothing."""
    learned: Callable[[PrinterReport], None]
    clock: Clock
    randomness: Randomness
    deadlines: Deadlines
    sending: asyncio.Semaphore
    """Bounds how many documents are sent at once."""


@dataclass(slots=True)
class _Wait:
    """How a job waits for its printer."""

    job: Job | None
    """The job as news last brought it; None: look it up."""
    told: set[tuple[JobEvent, tuple[Without, ...]]] = field(default_factory=set)
    no_answer_since: float | None = None


class Line:
    """The jobs released to one printer."""

    def __init__(self, printer_id: UUID, around: Surroundings, finish: Finish) -> None:
        self._printer_id = printer_id
        self._around = around
        self._finish = finish
        self._finishing: set[asyncio.Task[None]] = set()
        self._at_once = FINISHED_AT_ONCE
        self._waiting: dict[UUID, _Wait] = {}
        self._wake = asyncio.Event()
        self._name = "The printer"
        self._reported_silent = False
        self._without: tuple[Without, ...] = ()
        """Why no route led there, at the last attempt."""

    def add(self, job: Job) -> None:
        """This job is released to this printer."""
        wait = self._waiting.get(job.id)
        if wait is None:
            self._waiting[job.id] = _Wait(job)
            self._wake.set()
        else:
            wait.job = job

    @property
    def order(self) -> list[UUID]:
        """The jobs that wait, the next one first."""
        return list(self._waiting)

    def move(self, job_id: UUID, predecessor: UUID | None) -> None:
        """One that waits comes right after another; None: next."""
        order = [one for one in self._waiting if one != job_id]
        order.insert(0 if predecessor is None else order.index(predecessor) + 1, job_id)
        self._waiting = {one: self._waiting[one] for one in order}
        self._wake.set()

    def look_again(self, job_id: UUID) -> None:
        """Should this job wait here, it is another than before."""
        if job_id in self._waiting:
            self._waiting[job_id].job = None

    async def run(self) -> None:
        """Until nothing waits and the device has none of our jobs."""
        deadlines = self._around.deadlines
        backoff = Backoff(self._around.randomness, deadlines.slowest_retry, deadlines.first_retry)
        while self._waiting or self._finishing:
            self._wake.clear()
            if not self._waiting or len(self._finishing) >= self._at_once:
                if self._waiting and self._at_once == 1:
                    await self._all_wait(JobEvent.PRINTER_BUSY)
                await self._wake.wait()
                continue
            job_id = next(iter(self._waiting))
            obstacle = await self._guarded(job_id)
            if obstacle is None:
                backoff.succeeded()
                continue
            if obstacle != OWN_DISK:
                await self._all_wait(obstacle)
            with suppress(TimeoutError):
                async with asyncio.timeout(backoff.failed()):
                    await self._wake.wait()

    async def _guarded(self, job_id: UUID) -> Obstacle | None:
        try:
            return await self._try(job_id)
        except (NoSpace, SpoolNotWritable) as fault:
            # Before the mark, which is what could not be written: the printer has nothing of it.
            _log.warning("nothing goes to a printer, for the disk does not take it down", code=fault.code)
            return OWN_DISK
        except Exception as error:  # a mistake of ours in one delivery must not end all others
            self._waiting.pop(job_id, None)
            await self._around.attempts.end_after_mistake(job_id, self._name, error)
            return None

    async def _try(self, job_id: UUID) -> JobEvent | None:
        """One attempt; what stands in its way, or None when the job waits here no more."""
        job = await self._due(job_id)
        if job is None:
            return None
        spec = self._around.printers(self._printer_id)
        if spec is None:
            return JobEvent.UNREACHABLE
        self._name = spec.name
        try:
            async with self._around.sending:
                result = await self._around.attempts.deliver(job, spec)
        except NotNow as busy:
            return busy.event
        except Distrusted:
            return JobEvent.CERTIFICATE_CHANGED
        except SpoolNotWritable:
            raise
        except (Unavailable, Invalid) as fault:
            self._without = fault.without if isinstance(fault, NoRoute) else ()
            return JobEvent.UNREACHABLE
        except Overtaken:
            result = None
        except NotTaken as refusal:
            result = None
            await self._back_to_owner(job_id, refusal.event, refusal.values)
        self._answered()
        self._waiting.pop(job_id, None)
        if result is not None:
            self._begin_to_finish(job, spec, result)
        return None

    async def _due(self, job_id: UUID) -> Job | None:
        """The job, if it still waits here; one of a paused queue comes again when its queue goes on."""
        wait = self._waiting[job_id]
        job, wait.job = wait.job, None
        if job is None:
            with suppress(NotFound):
                job = await self._around.spool.get(job_id)
        if job is not None and job.phase is Phase.RELEASED and job.printer_id == self._printer_id:
            if not self._around.paused(job.queue_id):
                return job
            del self._waiting[job_id]  # before anything is awaited: it may come again at once
            await self._say_paused(job)
        else:
            del self._waiting[job_id]
        return None

    async def _say_paused(self, job: Job) -> None:
        if changes.PAUSED not in job.state_reasons:
            queue = self._around.queues(job.queue_id)
            change = changes.queue_paused("The queue" if queue is None else queue.name)
            with suppress(Fault):
                await self._around.spool.change(job.id, change, only_if={Phase.RELEASED})

    def _begin_to_finish(self, job: Job, spec: PrinterSpec, result: Delivered) -> None:
        # whose job it was that came out is only known of one that is alone there
        self._at_once = 1 if isinstance(result, Watched) and result.alone else FINISHED_AT_ONCE
        task = self._finish(job, spec, result)
        self._finishing.add(task)

        def over(done: asyncio.Task[None]) -> None:
            self._finishing.discard(done)
            if isinstance(result, Watched):
                result.drop()
            self._wake.set()  # a printer that was busy may be free now

        task.add_done_callback(over)

    async def _all_wait(self, obstacle: JobEvent) -> None:
        """Tell every waiting job why, once each time it is another reason; those of hold queues go back to their owners after a while."""
        if obstacle in _NO_ANSWER:
            self._report_silent(obstacle)
        else:
            self._answered()
        now = self._around.clock.monotonic()
        for job_id, wait in list(self._waiting.items()):
            without = self._without if obstacle is JobEvent.UNREACHABLE else ()
            if (obstacle, without) not in wait.told and len(wait.told) < _MOST_TOLD:
                wait.told.add((obstacle, without))
                with suppress(Fault):
                    change = changes.waits_for_printer(obstacle, self._name, without)
                    await self._around.spool.change(job_id, change, only_if={Phase.RELEASED})
            if obstacle in _NO_ANSWER:
                wait.no_answer_since = now if wait.no_answer_since is None else wait.no_answer_since
                if now - wait.no_answer_since >= self._around.deadlines.hold_again and await self._is_held(job_id):
                    await self._back_to_owner(job_id, JobEvent.HELD_AGAIN, {})
                    self._waiting.pop(job_id, None)

    def _answered(self) -> None:
        self._reported_silent = False
        for wait in self._waiting.values():
            wait.no_answer_since = None

    def _report_silent(self, obstacle: JobEvent) -> None:
        """Another certificate was reported with it; that nobody answers is reported once."""
        if obstacle is JobEvent.UNREACHABLE and not self._reported_silent:
            self._reported_silent = True
            seen_at = self._around.clock.now()
            self._around.learned(PrinterReport(printer_id=self._printer_id, seen_at=seen_at, reachable=False))

    async def _is_held(self, job_id: UUID) -> bool:
        """Whether the job came by a hold queue, so that somebody stands at the printer; one that is gone counts as such."""
        with suppress(Fault):
            queue = self._around.queues((await self._around.spool.get(job_id)).queue_id)
            return queue is None or queue.mode == "hold"
        return False

    async def _back_to_owner(self, job_id: UUID, event: JobEvent, values: dict[str, str]) -> None:
        change = changes.waits_for_owner(event, self._name, values)
        with suppress(NotPossible, NotFound):
            await self._around.spool.change(job_id, change, only_if={Phase.RELEASED})
