"""Counts the pages of documents that arrived: after the promise, beside the main way, in a throw-away process."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from uuid import UUID

import structlog

from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Outcome, Phase
from presswork.core.errors import Fault
from presswork.documents.inspect import FORMATS, count_pages
from presswork.documents.sandbox import Sandbox

_log = structlog.get_logger(__name__)
MOST_WAITING = 10_000
"""Documents; of one more, the pages are not counted."""
_AT_START = 500
"""Jobs of each kind that are looked at after a restart."""
_QUIET = 0.05
"""Seconds without a new document after which pages are counted: what comes in or goes out at this moment goes first."""
_AT_LATEST = 0.25
"""While documents come without a pause, the pages of one are counted after so many seconds."""
_PATIENCE = 30.0
"""Seconds a printed document is kept for its count."""
_EVER = datetime.max.replace(tzinfo=UTC)


class PageCounter:
    """A count that nobody could make, or for which there was no room, is missing; no job waits long for it."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._waiting: dict[UUID, None] = {}
        self._urgent: dict[UUID, None] = {}
        """Printed already: before all others."""
        self._over: dict[UUID, asyncio.Event] = {}
        """Of jobs that somebody waits for."""
        self._now: UUID | None = None
        self._wake = asyncio.Event()
        self._quiet_at = 0.0
        self._due_at = 0.0

    def count_soon(self, job: Job) -> None:
        """Count this job's pages when it is its turn."""
        if not _countable(job):
            return
        if len(self._waiting) < MOST_WAITING:
            now = asyncio.get_running_loop().time()
            if not self._waiting:
                self._due_at = now + _AT_LATEST
            self._quiet_at = now + _QUIET
            self._waiting[job.id] = None
            self._wake.set()
        else:
            _log.warning("too many documents to count their pages", job=str(job.id))

    async def counted(self, job_id: UUID) -> None:
        """Its pages are counted, or nobody can say, when this returns: to be awaited before its document is destroyed."""
        with suppress(Fault, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                job = await self._spool.get(job_id)
                if not _countable(job):
                    return
                over = self._over.setdefault(job_id, asyncio.Event())
                if job_id != self._now:
                    self._urgent[job_id] = None
                    self._wake.set()
                await over.wait()

    async def run(self) -> None:
        """Count until cancelled; first what the last run did not come to."""
        for job in await self._left():
            self.count_soon(job)
        async with Sandbox() as sandbox:
            while True:
                # One at a time: each is a process, and taking documents in goes before counting their pages.
                self._now = await self._next()
                try:
                    await self._count(self._now, sandbox)
                finally:
                    over, self._now = self._over.pop(self._now, None), None
                    if over is not None:
                        over.set()

    async def _left(self) -> list[Job]:
        found = await self._spool.list(phases={Phase.HELD, Phase.RELEASED, Phase.SENDING}, limit=_AT_START)
        for outcome in (Outcome.UNKNOWN, Outcome.NOT_PRINTED):
            found += await self._spool.list_kept_after_end(outcome, _EVER, _AT_START)
        return found

    async def _next(self) -> UUID:
        while True:
            now = asyncio.get_running_loop().time()
            due = min(self._quiet_at, self._due_at)
            if self._urgent:
                return self._take(self._urgent)
            if self._waiting and now >= due:
                self._due_at = now + _AT_LATEST
                return self._take(self._waiting)
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(due - now if self._waiting else None):
                    await self._wake.wait()

    def _take(self, first: dict[UUID, None]) -> UUID:
        job_id = next(iter(first))
        del first[job_id]
        self._waiting.pop(job_id, None)
        return job_id

    async def _count(self, job_id: UUID, sandbox: Sandbox) -> None:
        try:
            pages = await self._pages(job_id, sandbox)
        except OSError:  # no process, no descriptor to be had: a count is not worth the agent
            _log.exception("pages not counted", job=str(job_id))
            return
        if pages is None:
            _log.info("pages not counted", job=str(job_id))
            return
        try:
            await self._spool.set_pages(job_id, pages)
        except Fault as fault:
            _log.warning("pages not kept", job=str(job_id), code=fault.code)

    async def _pages(self, job_id: UUID, sandbox: Sandbox) -> int | None:
        """Of all its documents together; None where one of them cannot be counted."""
        try:
            kept = [one for one in await self._spool.documents(job_id) if not one.cancelled]
        except Fault:
            return None
        pages = 0
        for one in kept:
            if one.document_format not in FORMATS:
                return None
            async with aclosing(self._spool.read(job_id, one.number)) as document:
                counted = await count_pages(document, one.document_format, sandbox=sandbox)
            if counted is None:
                return None
            pages += counted
        return pages


def _countable(job: Job) -> bool:
    return job.pages is None and job.document_kept and job.document_format in FORMATS
