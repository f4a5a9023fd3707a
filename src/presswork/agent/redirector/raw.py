"""RAW inward: a connection to a queue's port is a job; where it speaks PJL, each of its documents is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog

from presswork.agent.redirector.inward import RAW, Inward
from presswork.agent.spool.job import JobTicket
from presswork.core.errors import Fault
from presswork.protocols.control.route import InwardSpec
from presswork.protocols.pjl import Document, Interpreter, JobWords, Line

IDLE_SECONDS = 60.0
MOST_JOBS = 50
"""Of one connection."""
_PIECE = 64 * 1024
_log = structlog.get_logger(__name__)


async def receive(reader: asyncio.StreamReader, inward: Inward, spec: InwardSpec) -> bool:
    """One connection, to its end; whether all that came is durably here. RAW has no other answer than how it ends."""
    events = _Events(reader)
    try:
        for _ in range(MOST_JOBS):
            words = await events.until_document()
            if words is None:
                return True
            document = events.document()
            await inward.take(
                spec, words.user, RAW, document, name=words.name or "RAW job", ticket=JobTicket(words.attributes)
            )
    except (Fault, OSError) as error:  # TimeoutError is an OSError
        _log.info("a raw job is not taken", why=str(error))
    return False


class _Events:
    """The connection as lines of PJL and documents between them."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._interpreter = Interpreter()
        self._events: list[Line | Document] = []
        self._words = JobWords()
        self._over = False

    async def until_document(self) -> JobWords | None:
        """What was said before the next document; None where no further one comes."""
        while (event := await self._next()) is not None:
            if isinstance(event, Document):
                self._events.insert(0, event)
                return self._words
            self._words = self._words.heard(event.text)
        return None

    async def document(self) -> AsyncIterator[bytes]:
        """The document that comes now, to its end."""
        while (event := await self._next()) is not None:
            if isinstance(event, Line):
                self._events.insert(0, event)
                return
            yield event.data

    async def _next(self) -> Line | Document | None:
        while not self._events and not self._over:
            async with asyncio.timeout(IDLE_SECONDS):
                data = await self._reader.read(_PIECE)
            self._over = not data
            self._events = list(self._interpreter.feed(data) if data else self._interpreter.feed_eof())
        return self._events.pop(0) if self._events else None
