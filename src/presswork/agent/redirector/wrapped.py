"""Documents as they stand in a stream with PJL around them: lines, and the documents between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Final

from presswork.core.errors import Invalid
from presswork.protocols.pjl import UEL, Document, Interpreter, JobWords, Line

MARKS: Final = (UEL, b"@PJL")
"""With one of these a stream begins in which PJL is spoken."""
MOST_LINES: Final = 2000
"""Of PJL before one document."""


class WrappedDocuments:
    """Read in order: ``until_document``, then all of ``document``, then anew."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._interpreter = Interpreter()
        self._events: Iterator[Line | Document] = iter(())
        self._again: Line | Document | None = None
        self._words = JobWords()
        self._over = False

    async def until_document(self) -> JobWords | None:
        """What was said before the next document; None where no further one comes. Raises ``Invalid`` beyond ``MOST_LINES``."""
        for _ in range(MOST_LINES):
            event = await self._next()
            if event is None:
                return None
            if isinstance(event, Document):
                self._again, words = event, self._words
                self._words = replace(words, language="")
                return words
            self._words = self._words.heard(event.text)
        raise Invalid(f"More than {MOST_LINES} lines of PJL stand before a document. Look at the system that sent it.")

    async def document(self) -> AsyncIterator[bytes]:
        """The document that comes now, to its end."""
        while (event := await self._next()) is not None:
            if isinstance(event, Line):
                self._again = event
                return
            yield event.data

    async def pass_over(self) -> None:
        """The rest, whatever it is."""
        self._events, self._again = iter(()), None
        async for _ in self._pieces:
            continue

    async def _next(self) -> Line | Document | None:
        event, self._again = self._again or next(self._events, None), None
        while event is None and not self._over:
            data = await anext(self._pieces, b"")
            self._over = not data
            # as far as they are wanted: a piece may hold tens of thousands
            self._events = self._interpreter.feed(data) if data else self._interpreter.feed_eof()
            event = next(self._events, None)
        return event
