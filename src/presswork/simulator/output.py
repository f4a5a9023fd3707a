"""What came out of the simulated printer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from presswork.core.errors import Fault
from presswork.documents.render import render_pages
from presswork.documents.sandbox import Sandbox
from presswork.printer.job import Job
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import IntegerRange
from presswork.simulator.store import Way

SHOWN_PAGES = 20
"""Pages of one job that are shown as pictures."""
_DPI = 60


@dataclass(frozen=True, slots=True)
class JobTicket:
    """How a job is printed, of what the simulator honours."""

    copies: int = 1
    sides: str = "one-sided"
    monochrome: bool = False
    page_ranges: tuple[tuple[int, int], ...] = ()
    number_up: int = 1
    cover_sheet: bool = False

    @classmethod
    def of(cls, attributes: tuple[Attribute, ...]) -> JobTicket:
        """From Job Template attributes the Printer accepted."""
        by_name = {attribute.name: attribute for attribute in attributes}
        copies = by_name["copies"].value if "copies" in by_name else 1
        number_up = by_name["number-up"].value if "number-up" in by_name else 1
        ranges = by_name["page-ranges"].values if "page-ranges" in by_name else ()
        return cls(
            copies=copies if isinstance(copies, int) else 1,
            sides=str(by_name["sides"].value) if "sides" in by_name else "one-sided",
            monochrome="print-color-mode" in by_name and by_name["print-color-mode"].value == "monochrome",
            number_up=int(number_up) if isinstance(number_up, int) else 1,
            cover_sheet="job-sheets" in by_name and by_name["job-sheets"].value == "standard",
            page_ranges=tuple((one.lower, one.upper) for one in ranges if isinstance(one, IntegerRange)),
        )

    def pages(self, count: int) -> tuple[int, ...]:
        """The numbers of the pages that are printed, of a document of so many."""
        if not self.page_ranges:
            return tuple(range(1, count + 1))
        return tuple(page for lower, upper in self.page_ranges for page in range(lower, min(upper, count) + 1))

    def sides_a_copy(self, pages: int) -> int:
        """Sides with something on them, of one copy of so many pages."""
        return -(-pages // self.number_up)

    def impressions(self, pages: Sequence[int]) -> int:
        """All sides of documents of so many pages each, with the cover sheet's; a document begins on a new side."""
        return sum(self.sides_a_copy(one) for one in pages) * self.copies + self.cover_sheet


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """One document that came out."""

    octets: bytes = field(repr=False)
    document_format: str
    count: int
    """Its pages, printed or not."""
    pages: tuple[int, ...]
    """The numbers of those that were printed, once each."""


@dataclass(slots=True, eq=False)
class PrintedJob:
    """One job that came out, in whole or in part."""

    job: Job
    way: Way
    ticket: JobTicket
    documents: tuple[PrintedDocument, ...]
    """Their octets are kept until the pictures are made, or newer jobs need the room."""
    impressions: int
    """Sides with something on them, all copies together."""
    finished_at: datetime

    _pictures: tuple[bytes, ...] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages that were printed, once each: of all documents, counted through."""
        found: list[int] = []
        before = 0
        for one in self.documents:
            found += [before + page for page in one.pages]
            before += one.count
        return tuple(found)

    @property
    def octets(self) -> int:
        """How many are kept."""
        return sum(len(one.octets) for one in self.documents)

    @property
    def copies(self) -> int:
        """Copies asked for."""
        return self.ticket.copies

    @property
    def sides(self) -> str:
        """``sides``."""
        return self.ticket.sides

    @property
    def sheets(self) -> int:
        """Sheets of paper, all copies together; every document of every copy begins on a new one."""
        sides = 1 if self.sides == "one-sided" else 2
        of_each = [self.ticket.sides_a_copy(len(one.pages)) for one in self.documents]
        copies, left = divmod(self.impressions - self.ticket.cover_sheet, sum(of_each))
        sheets = copies * sum(-(-one // sides) for one in of_each) + self.ticket.cover_sheet
        for one in of_each:  # the copy that was not finished
            sheets += -(-min(one, left) // sides)
            left -= min(one, left)
        return sheets

    async def pictures(self, sandbox: Sandbox | None = None) -> tuple[bytes, ...]:
        """The first pages as PNG; none where they cannot be shown. Made when first asked for."""
        async with self._lock:
            if self._pictures is None:
                made: list[bytes] = []
                for one in self.documents:
                    made += await _pictures(one, SHOWN_PAGES - len(made), sandbox)
                self._pictures = tuple(made)
                self.documents = tuple(replace(one, octets=b"") for one in self.documents)
            return self._pictures


async def _pictures(document: PrintedDocument, most: int, sandbox: Sandbox | None) -> list[bytes]:
    if most <= 0:
        return []
    try:
        return list(
            await render_pages(document.octets, document.document_format, dpi=_DPI, max_pages=most, sandbox=sandbox)
        )
    except Fault:
        return []


class Output:
    """The tray: newest last, bounded."""

    def __init__(self, jobs: int = 100, octets: int = 512 * 1024 * 1024) -> None:
        self.jobs: list[PrintedJob] = []
        self.impressions = 0
        """All there ever were."""
        self.sheets = 0
        self._most_jobs = jobs
        self._most_octets = octets

    def put(self, printed: PrintedJob) -> None:
        """Lay it on top; the oldest leaves where the tray is full."""
        self.jobs.append(printed)
        self.impressions += printed.impressions
        self.sheets += printed.sheets
        while len(self.jobs) > self._most_jobs or sum(one.octets for one in self.jobs) > self._most_octets:
            self.jobs.pop(0)

    def find(self, job_id: int) -> PrintedJob | None:
        """What came out of that job."""
        return next((one for one in self.jobs if one.job.job_id == job_id), None)

    def clear(self) -> None:
        """Take the paper out of the tray; the counters stay."""
        self.jobs.clear()
