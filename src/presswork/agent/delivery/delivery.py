"""Takes what is released to its printer's line, follows what a device has, and picks up what a crash left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from uuid import UUID

import structlog

from presswork.agent.delivery.attempt import Attempts, Counted
from presswork.agent.delivery.changes import OUTGOING
from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.line import Finish, Line, Surroundings
from presswork.agent.delivery.progress import Progress
from presswork.agent.delivery.routes import Alone, Routes
from presswork.agent.delivery.turns import Turns
from presswork.agent.delivery.way import Delivered, End, Taken
from presswork.agent.delivery.ways import Ways
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Phase
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import NotFound, NotPossible
from presswork.protocols.control import route_words
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterReport, PrinterSpec, QueueSpec

_log = structlog.get_logger(__name__)
SENT_AT_ONCE = 64
"""Documents on their way at the same time, to that many printers."""
_PAGE = 200


class Delivery:
    """``run`` delivers until cancelled; ``progress`` and ``cancel`` are for whoever a person asks."""

    def __init__(
        self,
        spool: Spool,
        *,
        printers: Callable[[UUID], PrinterSpec | None],
        queues: Callable[[UUID], QueueSpec | None],
        queue_states: QueueStates,
        learned: Callable[[PrinterReport], None],
        counted: Counted,
        ways: Ways,
        routes: Routes = Alone(),  # noqa: B008 - keeps nothing
        clock: Clock,
        randomness: Randomness,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - immutable
    ) -> None:
        self.progress = Progress()
        self._spool = spool
        self._printers = printers
        self._queue_states = queue_states
        self._deadlines = deadlines
        self._ways = ways
        self._routes = routes
        self._attempts = Attempts(spool, self._ways, routes, clock=clock, progress=self.progress, counted=counted)
        self._around = Surroundings(
            spool=spool,
            attempts=self._attempts,
            printers=printers,
            queues=queues,
            paused=lambda queue_id: queue_states.of(queue_id).paused,
            learned=learned,
            clock=clock,
            randomness=randomness,
            deadlines=deadlines,
            sending=asyncio.Semaphore(SENT_AT_ONCE),
        )
        self._lines: dict[UUID, Line] = {}
        self.turns = Turns(spool, printers, self._ways, self._lines)
        """The order of what waits, and what is set aside, for operators."""

    async def run(self) -> None:
        """Deliver what is released, until cancelled."""
        try:
            await self._run()
        finally:
            self._ways.connections.drop_all()

    async def _run(self) -> None:
        async with self._spool.subscribe() as news, asyncio.TaskGroup() as tasks:
            await self.turns.load()
            await self._pick_up(tasks)
            await self._add_released(tasks)
            tasks.create_task(self._go_on(tasks))
            while True:
                job = await news.get_job()
                if job is None:
                    await self._add_released(tasks)
                elif job.phase is Phase.RELEASED:
                    self._add(job, tasks)
                else:
                    for line in self._lines.values():
                        line.look_again(job.id)

    async def cancel(self, job_id: UUID) -> None:
        """Have the device give up a job that is being sent or printed; it is over when this returns.

        Raises ``NotPossible`` where the device does not do that or cannot be asked, ``Unavailable``, ``NotFound``.
        """
        job = await self._spool.get(job_id)
        spec = None if job.printer_id is None else self._printers(job.printer_id)
        if job.phase is not Phase.SENDING:
            return
        if not (await self._is_elsewhere(job_id) and await self._routes.cancel(job)):
            if job.device_job_id is None or spec is None:
                raise NotPossible("This printer cannot be told to stop. Cancel the job at the printer.")
            await self._ways.to(spec, job.account).cancel(job.device_job_id)
        try:
            async with asyncio.timeout(self._deadlines.cancel):
                await self._over(job_id)
        except TimeoutError:
            name = "The printer" if spec is None else spec.name
            raise NotPossible(f"{name} was asked to stop and has not yet said that it did.") from None

    async def _is_elsewhere(self, job_id: UUID) -> bool:
        """Whether the mark was for another computer: what one was given for an earlier release says nothing of this one."""
        story = await self._spool.story(job_id)
        sending = next((one for one in reversed(story.timeline) if one.event is JobEvent.SENDING), None)
        return sending is not None and bool(route_words.through(sending.values))

    async def _over(self, job_id: UUID) -> None:
        async with self._spool.subscribe() as news:
            while (await self._spool.get(job_id)).phase is Phase.SENDING:
                await news.get()

    async def _go_on(self, tasks: asyncio.TaskGroup) -> None:
        """When a queue is no longer paused, its jobs come again."""
        seen = self._queue_states.generation
        while True:
            seen = await self._queue_states.changed(seen)
            await self._add_released(tasks)

    async def _add_released(self, tasks: asyncio.TaskGroup) -> None:
        for job_id in self.turns.first():
            with suppress(NotFound):
                first = await self._spool.get(job_id)
                if first.phase is Phase.RELEASED:
                    self._add(first, tasks)
        async for job in self._all(Phase.RELEASED):
            self._add(job, tasks)

    async def _all(self, phase: Phase) -> AsyncIterator[Job]:
        """Every job of that phase, oldest first."""
        before: UUID | None = None
        while page := await self._spool.list(phases={phase}, limit=_PAGE, before=before, newest_first=False):
            for job in page:
                yield job
            before = page[-1].id

    def _add(self, job: Job, tasks: asyncio.TaskGroup) -> None:
        if job.printer_id is None:
            _log.error("a job is released to no printer", job=str(job.id))
            return
        line = self._lines.get(job.printer_id)
        if line is None:
            line = self._lines[job.printer_id] = Line(job.printer_id, self._around, self._finisher(tasks))
            line.add(job)
            tasks.create_task(self._run_line(job.printer_id, line))
        else:
            line.add(job)

    async def _run_line(self, printer_id: UUID, line: Line) -> None:
        try:
            await line.run()
        finally:
            del self._lines[printer_id]

    def _finisher(self, tasks: asyncio.TaskGroup) -> Finish:
        def finish(job: Job, spec: PrinterSpec, result: Delivered) -> asyncio.Task[None]:
            return tasks.create_task(self._guarded(job, spec.name, self._attempts.finish(job, spec, result)))

        return finish

    async def _guarded(self, job: Job, printer: str, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:  # a mistake of ours with one job must not end all others
            await self._attempts.end_after_mistake(job.id, printer, error)

    async def _pick_up(self, tasks: asyncio.TaskGroup) -> None:
        """Jobs past their mark when the agent stopped: follow what another computer or the device can be asked about; the
        rest is unknown."""
        async for job in self._all(Phase.SENDING):
            await self._pick_up_one(job, tasks)

    async def _pick_up_one(self, job: Job, tasks: asyncio.TaskGroup) -> None:
        spec = None if job.printer_id is None else self._printers(job.printer_id)
        name = "the printer" if spec is None else spec.name
        elsewhere = await self._routes.take_up(job) if await self._is_elsewhere(job.id) else None
        if elsewhere is not None:
            watching = tasks.create_task(self._guarded(job, name, self._attempts.watch(job, name, elsewhere)))
            watching.add_done_callback(lambda _: elsewhere.drop())
            return
        if spec is None or job.device_job_id is None:
            await self._attempts.end(job.id, name, End.unknown(JobEvent.INTERRUPTED))
            return
        marked_at = job.marked_at or self._around.clock.now()
        age = (self._around.clock.now() - marked_at).total_seconds()
        taken = Taken(job.device_job_id, answered=OUTGOING not in job.state_reasons, age=age)
        tasks.create_task(self._guarded(job, name, self._attempts.follow(job, spec, taken)))
