"""What a printer's page counter says of one job: the rule, and why, is in docs/explanation/ways.md.

The counter counts everybody's pages. So it tells of a job only from a printer that was not printing before, and is idle again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from presswork.agent.delivery.counter import Counter, Reading
from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.way import End, News, NotTaken, Tell
from presswork.agent.delivery.words import obstacles
from presswork.agent.spool.job import Job, Outcome
from presswork.core.clock import Clock
from presswork.documents.inspect import PASSED_ON
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent

_STILL = ("idle", "stopped")


@dataclass(slots=True)
class Tally:
    """The readings around one job. Where there is no counter, or it says nothing of use, ``tells`` is false."""

    counter: Counter | None
    deadlines: Deadlines
    clock: Clock
    before: Reading | None = None
    _silent: bool = False
    _told: str = ""

    async def begin(self) -> None:
        """Read it, before the mark; a printer that did not answer once is not waited for again."""
        if self.counter is not None and not self._silent:
            self.before = await self.counter.read()
            self._silent = self.before is None

    def check_language(self, job: Job) -> None:
        """Raises ``NotTaken`` for a document in a language that is not among those the printer names.

        Only for languages that are passed on as they are: of PDF and pictures a printer may know more than it names. One
        that names none gets what it is sent.
        """
        named = () if self.before is None else self.before.document_formats
        spoken = {one.lower() for one in named}
        if spoken and job.document_format in PASSED_ON and job.document_format not in spoken:
            raise NotTaken(JobEvent.FORMAT_NOT_TAKEN, format=job.document_format)

    @property
    def tells(self) -> bool:
        """Whether what it says later will decide anything."""
        return self.before is not None and self.before.count is not None and self.before.state in _STILL

    @property
    def unclear(self) -> bool:
        """Whether there is a counter, but somebody else's pages are coming out already."""
        return self.before is not None and self.before.count is not None and self.before.state == "processing"

    async def is_at_work(self, tell: Tell) -> bool:
        """Whether a printer that takes nothing prints, or says what it waits for; that is told."""
        reading = None if self.counter is None else await self.counter.read()
        if reading is None:
            return False
        await self._tell(reading, tell)
        return reading.state == "processing" or bool(obstacles(reading.reasons))

    async def end(self, job: Job, pages: int | None, tell: Tell) -> End:
        """Look until the job came out or there is no more to expect; ``tells`` must be true."""
        began = reached = moved = self.clock.monotonic()
        before = last = self._count(self.before)
        wanted = None if pages is None else self._wanted(job, pages)
        delay = self.deadlines.first_poll
        while self.clock.monotonic() - began < self.deadlines.follow:
            reading = None if self.counter is None else await self.counter.read()
            now = self.clock.monotonic()
            if reading is None:
                if now - reached > self.deadlines.out_of_reach:
                    return End.unknown(JobEvent.OUT_OF_SIGHT)
            else:
                reached = now
                await self._tell(reading, tell)
                count = self._count(reading)
                busy = reading.state != "idle"
                if wanted is not None and count - before >= wanted and not busy:
                    return End(Outcome.PRINTED, JobEvent.PRINTED)
                if count != last or obstacles(reading.reasons):
                    last, moved = count, now
                if now - moved > (self.deadlines.counter_busy if busy else self.deadlines.counter_idle):
                    return End.unknown(_doubt(last - before, wanted, busy=busy))
            await asyncio.sleep(delay)
            delay = min(delay * 1.5, self.deadlines.slowest_poll)
        return End.unknown(JobEvent.OUT_OF_SIGHT)

    async def _tell(self, reading: Reading, tell: Tell) -> None:
        message = obstacles(reading.reasons)
        if message != self._told:
            self._told = message
            await tell(News(JobState.PROCESSING_STOPPED if message else JobState.PROCESSING, message))

    def _count(self, reading: Reading | None) -> int:
        """A count that is missing for once, or began anew, has not moved."""
        before = self.before.count if self.before is not None and self.before.count is not None else 0
        now = reading.count if reading is not None and reading.count is not None else before
        return max(now, before)

    def _wanted(self, job: Job, pages: int) -> int:
        """The least a counter moves by: a printer may use both sides by its own settings."""
        sheets = self.before is not None and self.before.unit == "sheets"
        return job.ticket.copies * (-(-pages // 2) if sheets else pages)


def _doubt(rise: int, wanted: int | None, *, busy: bool) -> JobEvent:
    if rise == 0:
        return JobEvent.COUNTER_STANDS
    if wanted is None or busy or rise >= wanted:
        return JobEvent.COUNTER_UNCLEAR
    return JobEvent.COUNTER_SHORT
