"""What was learned about printers and is still to be told: the newest of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from uuid import UUID

from presswork.protocols.control.words import PrinterReport

AT_ONCE = 1000
"""At most so many in one sync (``SyncRequest.printers``)."""


class PrinterNews:
    """Between delivery, which learns, and the link, which tells.

    In memory only: what is lost by a restart is learned again at the next look.
    """

    def __init__(self) -> None:
        self._untold: dict[UUID, PrinterReport] = {}
        self._learned = asyncio.Event()

    def learned(self, report: PrinterReport) -> None:
        """Replaces what was learned about that printer before."""
        self._untold[report.printer_id] = report
        self._learned.set()

    async def wait(self) -> None:
        """Until something was learned after the last ``wait``. The caller sets the deadline."""
        await self._learned.wait()
        self._learned.clear()

    def untold(self) -> tuple[PrinterReport, ...]:
        """What the server is to be told next."""
        return tuple(self._untold.values())[:AT_ONCE]

    def told(self, reports: Iterable[PrinterReport]) -> None:
        """The server has these; what was learned since then stays."""
        for report in reports:
            if self._untold.get(report.printer_id) is report:
                del self._untold[report.printer_id]
