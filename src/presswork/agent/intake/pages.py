"""Counts the pages of documents that arrived: after the promise, beside the main way, in a throw-away process."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from uuid import UUID

import structlog

from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Phase
from presswork.core.errors import Fault
from presswork.documents.inspect import count_pages
from presswork.documents.sandbox import Sandbox

_log = structlog.get_logger(__name__)
_WAITING = 1000


class PageCounter:
    """A count that nobody could make, or for which there was no room, is missing; no job waits for it."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._waiting: asyncio.Queue[tuple[UUID, str]] = asyncio.Queue(_WAITING)

    def count_soon(self, job: Job) -> None:
        """Count this job's pages when it is its turn."""
        if job.pages is not None or not job.document_kept:
            return
        try:
            self._waiting.put_nowait((job.id, job.document_format))
        except asyncio.QueueFull:
            _log.warning("too many documents to count their pages", job=str(job.id))

    async def run(self) -> None:
        """Count until cancelled; first what the last run did not come to."""
        for job in await self._spool.list(phases={Phase.HELD, Phase.RELEASED}, limit=_WAITING // 2):
            self.count_soon(job)
        async with Sandbox() as sandbox:
            while True:
                # One at a time: each is a process, and taking documents in goes before counting their pages.
                await self._count(*await self._waiting.get(), sandbox)

    async def _count(self, job_id: UUID, document_format: str, sandbox: Sandbox) -> None:
        try:
            async with aclosing(self._spool.read(job_id)) as document:
                pages = await count_pages(document, document_format, sandbox=sandbox)
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
