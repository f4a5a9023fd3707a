"""Tells those who subscribed (RFC 3995) what became of their jobs. While nobody did, it costs nothing."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from presswork.agent.intake.printers import Printers
from presswork.agent.intake.store import ipp_job
from presswork.agent.spool import Spool
from presswork.core.clock import Clock
from presswork.core.errors import Fault
from presswork.printer.job import Job as IppJob
from presswork.printer.job import JobState
from presswork.printer.printer import Printer

_MOST = 10_000
"""Jobs whose last state is remembered; of one forgotten, a change may be told twice."""
_AT_FIRST = JobState.PENDING_HELD


async def tell_of_jobs(spool: Spool, printers: Printers, clock: Clock) -> None:
    """Until cancelled. Of changes that follow each other at once, the last is told."""
    teller = _Teller(spool, printers, clock)
    async with spool.subscribe() as news:
        while True:
            job_id = await news.get()
            if job_id is not None:
                await teller.job_changed(job_id)


class _Teller:
    def __init__(self, spool: Spool, printers: Printers, clock: Clock) -> None:
        self._spool = spool
        self._printers = printers
        self._clock = clock
        self._states: dict[UUID, JobState] = {}
        self._idle_at = clock.now()
        """When news came last that nobody listened to: every job created before then is known to be no news."""

    async def job_changed(self, job_id: UUID) -> None:
        listeners = self._printers.with_listeners()
        if not listeners:
            self._states.clear()
            self._idle_at = self._clock.now()
            return
        try:
            job = await self._spool.get(job_id)
        except Fault:
            return
        printer = listeners.get(job.queue_id)
        if printer is not None:
            is_new = job_id not in self._states and job.created_at > self._idle_at
            self._tell(printer, job_id, ipp_job(job), is_new=is_new)

    def _tell(self, printer: Printer, job_id: UUID, job: IppJob, *, is_new: bool) -> None:
        if is_new:
            printer.job_changed(None, replace(job, job_state=_AT_FIRST, job_state_reasons=("job-incoming",)))
        printer.job_changed(replace(job, job_state=self._states.get(job_id, _AT_FIRST)), job)
        if len(self._states) >= _MOST:
            del self._states[next(iter(self._states))]
        self._states[job_id] = job.job_state
