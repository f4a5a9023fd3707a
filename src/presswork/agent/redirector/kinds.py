"""What legacy systems print: what kind of document it is, and what becomes of it before it is a job's.

What printers take is passed on as it is, PCL and PostScript, too: the printer it is released to says whether it takes that.
Plain text becomes pages here, for hardly a printer takes it, and none shows all of it alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from presswork.agent.intake.arrivals import first_octets, joined
from presswork.agent.redirector.waiting import WaitingDocument
from presswork.agent.spool.job import JobTicket
from presswork.core.clock import Randomness
from presswork.core.errors import Busy, FormatNotSupported, Invalid
from presswork.documents.convert import pages_of_text
from presswork.documents.inspect import (
    FORMATS,
    LONGEST_ESCAPE,
    PASSED_ON,
    PCL,
    PDF,
    SNIFF_SIZE,
    TEXT,
    has_pcl,
    sniff,
)
from presswork.documents.sandbox import Sandbox
from presswork.documents.text import Paper
from presswork.printer.media import SIZES, Size, size_of
from presswork.protocols.control.words import QueueDefaults
from presswork.protocols.ipp.values import Collection

TAKEN: Final = (*FORMATS, *PASSED_ON, TEXT)
"""In the order in which they are offered."""
MOST_WAITING: Final = 256
"""Documents at once: each has memory or an open file."""
_AT_ONCE = 2
_PATIENCE = 60.0
_ESCAPE = b"\x1b"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document as it goes into its job."""

    document_format: str
    octets: AsyncIterator[bytes]


class Kinds:
    """Looks, and makes pages of text. Enter ``sandbox`` while it does."""

    def __init__(self, directory: Path, document_limit: int, randomness: Randomness) -> None:
        """``directory``: where documents wait; ``document_limit``: octets of the largest one."""
        self.sandbox = Sandbox()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._directory = directory
        self._limit = document_limit
        self._waiting = 0
        self._randomness = randomness

    def waiting(self) -> WaitingDocument:
        """Room for a document that cannot go into its job yet. Raises ``Busy`` where ``MOST_WAITING`` wait."""
        if self._waiting >= MOST_WAITING:
            raise Busy("Too many documents wait here already. Send it again later.")
        waiting = WaitingDocument(self._directory, self._limit, self._randomness, gone=self._gone)
        self._waiting += 1
        return waiting

    def _gone(self) -> None:
        self._waiting -= 1

    @asynccontextmanager
    async def prepared(
        self, document: AsyncIterator[bytes], paper: Paper, *, language: str = ""
    ) -> AsyncIterator[Prepared]:
        """The document, to be read once within the context. ``language``: as PJL named it.

        Raises ``Invalid`` where there is none, ``FormatNotSupported`` for what no printer is known to take, and of text
        what ``pages_of_text`` raises.
        """
        first = await first_octets(document, SNIFF_SIZE)
        if not first:
            raise Invalid("The document is empty, so there is nothing to print.")
        document_format = sniff(first[:SNIFF_SIZE], language=language)
        if document_format not in TAKEN:
            raise _not_known()
        async with aclosing(joined(first, document)) as octets:
            if document_format != TEXT:
                yield Prepared(document_format, octets)
                return
            async with self._text(octets, paper) as prepared:
                yield prepared

    @asynccontextmanager
    async def _text(self, octets: AsyncIterator[bytes], paper: Paper) -> AsyncIterator[Prepared]:
        with self.waiting() as waiting:
            escapes, pcl, last = False, False, b""
            async for piece in octets:
                escapes = escapes or _ESCAPE in piece
                pcl = pcl or has_pcl(last + piece)
                last = (last + piece)[-LONGEST_ESCAPE:]
                await waiting.write(piece)
            if escapes and not pcl:
                raise _not_known()
            if pcl:  # only its beginning has none
                yield Prepared(PCL, waiting.read())
            else:
                async with self._turn():
                    yield Prepared(PDF, _whole(await pages_of_text(waiting.read(), paper, sandbox=self.sandbox)))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Pages are in memory until they are sealed, so only few at once are. Raises ``Busy`` where the others take too long."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise Busy("This computer is making pages of other texts. Send it again later.") from None
        try:
            yield
        finally:
            self._turns.release()


def _not_known() -> FormatNotSupported:
    return FormatNotSupported(
        "This kind of document is not known here, so no printer would print it as it is meant. "
        "Have the system send PDF, PostScript, PCL or plain text."
    )


def paper_of(ticket: JobTicket, defaults: QueueDefaults) -> Paper:
    """What a text is laid out for: the paper that the job asks for, or its queue; else the first common one."""
    asked = {attribute.name: attribute.value for attribute in ticket.attributes}
    size = size_of(str(asked.get("media", ""))) or _size_in(asked.get("media-col"))
    size = size or size_of(defaults.media or "") or size_of(SIZES[0])
    assert size is not None  # noqa: S101 - the common ones tell their size
    return Paper(min(size.x, size.y), max(size.x, size.y))


def _size_in(column: object) -> Size | None:
    size = column.get("media-size") if isinstance(column, Collection) else None
    if size is None or not isinstance(size.value, Collection):
        return None
    x, y = size.value.get("x-dimension"), size.value.get("y-dimension")
    if x is None or y is None or not isinstance(x.value, int) or not isinstance(y.value, int):
        return None
    return Size(x.value, y.value)


async def _whole(octets: bytes) -> AsyncIterator[bytes]:
    yield octets
