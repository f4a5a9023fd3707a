"""What came out of the simulated printer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
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
class Ticket:
    """How a job is printed, of what the simulator honours."""

    copies: int = 1
    sides: str = "one-sided"
    monochrome: bool = False
    page_ranges: tuple[tuple[int, int], ...] = ()
    number_up: int = 1
    cover_sheet: bool = False

    @classmethod
    def of(cls, attributes: tuple[Attribute, ...]) -> Ticket:
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

    def impressions(self, pages: int) -> int:
        """All sides, with the cover sheet's."""
        return self.sides_a_copy(pages) * self.copies + self.cover_sheet


@dataclass(slots=True, eq=False)
class PrintedJob:
    """One job that came out, in whole or in part."""

    job: Job
    way: Way
    ticket: Ticket
    pages: tuple[int, ...]
    """The document's pages that were printed, once each."""
    impressions: int
    """Sides with something on them, all copies together."""
    finished_at: datetime
    document: bytes = field(repr=False, default=b"")
    """Kept until the pictures are made, or newer jobs need the room."""

    _pictures: tuple[bytes, ...] | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

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
        """Sheets of paper, all copies together; every copy begins on a new one."""
        a_copy = self.ticket.sides_a_copy(len(self.pages))
        copies, rest = divmod(self.impressions - self.ticket.cover_sheet, a_copy)
        sides = 1 if self.sides == "one-sided" else 2
        return copies * -(-a_copy // sides) + -(-rest // sides) + self.ticket.cover_sheet

    async def pictures(self, sandbox: Sandbox | None = None) -> tuple[bytes, ...]:
        """The document's first pages as PNG; none where it cannot be shown. Made when first asked for."""
        async with self._lock:
            if self._pictures is None:
                try:
                    made = await render_pages(
                        self.document,
                        self.job.document_format or "",
                        dpi=_DPI,
                        max_pages=SHOWN_PAGES,
                        sandbox=sandbox,
                    )
                except Fault:
                    made = []
                self._pictures = tuple(made)
                self.document = b""
            return self._pictures


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
        while len(self.jobs) > self._most_jobs or sum(len(one.document) for one in self.jobs) > self._most_octets:
            self.jobs.pop(0)

    def find(self, job_id: int) -> PrintedJob | None:
        """What came out of that job."""
        return next((one for one in self.jobs if one.job.job_id == job_id), None)

    def clear(self) -> None:
        """Take the paper out of the tray; the counters stay."""
        self.jobs.clear()
