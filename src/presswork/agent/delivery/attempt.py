"""One job's way: over the mark, to its end. Everything that is written about it is written here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain, repeat
from uuid import UUID

import structlog

from presswork.agent.delivery import changes
from presswork.agent.delivery.progress import Progress
from presswork.agent.delivery.routes import Routes
from presswork.agent.delivery.way import Delivered, End, Errand, News, Overtaken, Part, Taken, Tell, Watched
from presswork.agent.delivery.ways import Ways
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, JobTicket, Outcome, Phase
from presswork.core.clock import Clock
from presswork.core.errors import Fault, NotFound, NotPossible
from presswork.printer.job import JobState
from presswork.printer.proof import is_proof, ticket_to_print
from presswork.protocols.control.timeline import WAYS, JobEvent
from presswork.protocols.control.words import PrinterSpec

_log = structlog.get_logger(__name__)
MOST_SAID = 100
"""Entries in a job's timeline of what its device says; what it says beyond them changes its state only."""
_MARK_ATTEMPTS = 5
_WRITE_AGAIN = (0.1, 0.5, 2.0, 10.0, 30.0, 60.0)
"""Seconds between attempts to write down an end, when the disk does not take it."""


Counted = Callable[[UUID], Awaitable[None]]
"""When it returns, the pages of that job are counted, or nobody can say. Takes a bounded time and raises nothing."""


class Attempts:
    """Makes attempts, and follows those a device has taken."""

    def __init__(
        self, spool: Spool, ways: Ways, routes: Routes, *, clock: Clock, progress: Progress, counted: Counted
    ) -> None:
        self._spool = spool
        self._ways = ways
        self._routes = routes
        self._clock = clock
        self._progress = progress
        self._counted = counted

    async def deliver(self, job: Job, spec: PrinterSpec) -> Delivered:
        """Bring a released job to its printer; ``finish`` has to follow. Raises what ``Way.deliver`` raises."""
        named: tuple[tuple[str, str], ...] = ()
        route: Mapping[str, str] = {}

        def by(scheme: str, instead_of: str) -> None:
            nonlocal named
            pairs = (("way", scheme if scheme in WAYS else ""), ("instead_of", instead_of))
            named = tuple((name, value) for name, value in pairs if value)

        def routed(values: Mapping[str, str]) -> None:
            nonlocal route, named
            route, named = values, ()

        async def mark(device_job_id: int | None) -> None:
            now = await self._say_route(job, spec, route)
            await self._mark(now, spec, device_job_id, (*changes.through(route), *named))
            self._progress.sent(job.id, 0)

        if is_proof(job.ticket.attributes):
            job = replace(job, ticket=JobTicket(ticket_to_print(job.ticket.attributes)))
        errand = Errand(
            job=job,
            read=lambda: self._spool.read(job.id),
            mark=mark,
            sent=lambda octets: self._progress.sent(job.id, octets),
            tell=self._teller(job, spec.name),
            pages=lambda: self._pages(job),
            by=by,
            documents=await self._documents(job),
            routed=routed,
        )
        try:
            return await self._routes.deliver(errand, spec, partial(self._ways.to, spec, job.account))
        finally:
            self._progress.over(job.id)

    async def _documents(self, job: Job) -> tuple[Part, ...]:
        if job.documents == 1:
            return ()
        kept = [one for one in await self._spool.documents(job.id) if not one.cancelled]
        return tuple(Part(one.document_format, one.size, partial(self._spool.read, job.id, one.number)) for one in kept)

    async def finish(self, job: Job, spec: PrinterSpec, result: Delivered) -> None:
        """Write down what ``deliver`` brought about, and what comes of it."""
        if isinstance(result, End):
            await self.end(job.id, spec.name, result)
            return
        if result.answered:
            device_job_id = result.device_job_id if isinstance(result, Taken) else None
            await self._write(job.id, changes.sent(spec.name, device_job_id))
        await self.follow(job, spec, result)

    async def follow(self, job: Job, spec: PrinterSpec, taken: Taken | Watched) -> None:
        """Watch a job the device has, and write down its end."""
        if isinstance(taken, Watched):
            await self.watch(job, spec.name, taken)
            return
        end = await self._ways.to(spec, job.account).follow(taken, self._teller(job, spec.name))
        await self.end(job.id, spec.name, end)

    async def watch(self, job: Job, printer: str, watched: Watched) -> None:
        """The same where somebody looks on already."""
        await self.end(job.id, printer, await watched.watch(self._teller(job, printer)))

    async def end(self, job_id: UUID, printer: str, end: End) -> None:
        """Write down how it ended. What leaves here for good is destroyed; so its pages are counted first."""
        if end.outcome in (Outcome.PRINTED, Outcome.HANDED_OVER):
            await self._counted(job_id)
        await self._write(job_id, changes.ended(printer, end, self._clock.now()))

    async def end_after_mistake(self, job_id: UUID, printer: str, error: Exception) -> None:
        """Something failed that no code foresaw: the job must not stay between two states."""
        # in a thread: to write down where it happened reads the source
        await asyncio.to_thread(_log.error, "a delivery failed unforeseen", job=str(job_id), exc_info=error)
        with suppress(Fault):
            job = await self._spool.get(job_id)
            if job.phase is Phase.SENDING:
                await self.end(job_id, printer, End.unknown(JobEvent.BROKEN_OFF))
            elif job.phase is Phase.RELEASED:
                await self.end(job_id, printer, End.not_printed("the agent made a mistake; its log says more"))

    def _teller(self, job: Job, printer: str) -> Tell:
        """Writes down what changed. A printer that says what is missing before it says that it stopped has said it once."""
        told, entries = News(JobState.PROCESSING, ""), 0

        async def tell(news: News) -> None:
            nonlocal told, entries
            before, told = told, news
            new = news.message not in ("", before.message) and entries < MOST_SAID
            if not new and news.state is before.state:
                return
            entries += new
            change = changes.device_says(printer, news, again=not new)
            with suppress(Fault):
                await self._spool.change(job.id, change, only_if={Phase.SENDING})

        return tell

    async def _pages(self, job: Job) -> int | None:
        await self._counted(job.id)
        with suppress(Fault):
            return (await self._spool.get(job.id)).pages
        return None

    async def _say_route(self, job: Job, spec: PrinterSpec, route: Mapping[str, str]) -> Job:
        """Write down how it goes, where that is not simply the direct route, and once. Raises ``Overtaken``."""
        if not changes.worth_saying(route):
            return job
        change = changes.goes_by(spec.name, route)
        story = await self._spool.story(job.id)
        said = next((one for one in reversed(story.timeline) if one.event is JobEvent.ROUTE), None)
        since = next((one.sequence for one in reversed(story.timeline) if one.event is JobEvent.RELEASED), 0)
        if said is not None and said.sequence > since and said.values == dict(change.values):
            return job
        try:
            return await self._spool.change(job.id, change, only_if={Phase.RELEASED})
        except (NotPossible, NotFound):
            raise Overtaken from None

    async def _mark(
        self, job: Job, spec: PrinterSpec, device_job_id: int | None, way: tuple[tuple[str, str], ...]
    ) -> None:
        """Durable when it returns. Other changes of the job, such as a page count, do not stand in its way."""
        now = job
        for _ in range(_MARK_ATTEMPTS):
            change = changes.mark(spec.name, self._clock.now(), device_job_id, way)
            try:
                await self._spool.change(job.id, change, only_if={Phase.RELEASED}, version=now.version)
            except (NotPossible, NotFound):
                now = await self._current(job)
            else:
                return
        raise Overtaken

    async def _current(self, job: Job) -> Job:
        try:
            now = await self._spool.get(job.id)
        except NotFound:
            raise Overtaken from None
        if now.phase is not Phase.RELEASED or now.printer_id != job.printer_id:
            raise Overtaken
        return now

    async def _write(self, job_id: UUID, change: Change) -> None:
        """What happened must be written down, however long the disk does not take it."""
        for pause in chain(_WRITE_AGAIN, repeat(_WRITE_AGAIN[-1])):
            try:
                await self._spool.change(job_id, change, only_if={Phase.SENDING, Phase.RELEASED})
            except (NotPossible, NotFound):
                _log.warning("a job changed while it was being delivered", job=str(job_id))
                return
            except Fault as fault:
                _log.error("what became of a job cannot be written down", job=str(job_id), code=fault.code)
                await asyncio.sleep(pause)
            else:
                return
