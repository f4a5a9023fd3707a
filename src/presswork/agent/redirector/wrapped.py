"""Documents as they stand in a stream with PJL around them: lines, and the documents between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from presswork.protocols.pjl import Document, Interpreter, JobWords, Line

MARKS: Final = (b"\x1b%-12345X", b"@PJL")
"""With one of these a stream begins in which PJL is spoken."""


class WrappedDocuments:
    """Read in order: ``until_document``, then all of ``document``, then anew."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
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
            data = await anext(self._pieces, b"")
            self._over = not data
            self._events = list(self._interpreter.feed(data) if data else self._interpreter.feed_eof())
        return self._events.pop(0) if self._events else None
