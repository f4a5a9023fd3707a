"""What was learned about printers and is still to be told: the newest of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from uuid import UUID

from presswork.protocols.control.words import PrinterReport

AT_ONCE = 1000
"""At most so many in one sync (``SyncRequest.printers``), and …"""
OCTETS_AT_ONCE = 512 * 1024
"""… so many octets of them: a quarter of what the server takes in one request."""


class PrinterNews:
    """Between those who learn, and the link, which tells.

    In memory only: what is lost by a restart is learned again at the next look.
    """

    def __init__(self) -> None:
        self._untold: dict[UUID, PrinterReport] = {}
        self._learned = asyncio.Event()
        self._left = False

    def learned(self, report: PrinterReport, *, soon: bool = True) -> None:
        """Over what was learned about that printer before; what is left out stays. ``soon``: worth a sync of its own."""
        earlier = self._untold.get(report.printer_id)
        self._untold[report.printer_id] = report if earlier is None else _over(earlier, report)
        if soon:
            self._learned.set()

    async def wait(self) -> None:
        """Until something was learned after the last ``wait``. The caller sets the deadline."""
        await self._learned.wait()
        self._learned.clear()

    def untold(self) -> tuple[PrinterReport, ...]:
        """What the server is to be told next."""
        found: list[PrinterReport] = []
        room = OCTETS_AT_ONCE
        self._left = False
        for report in self._untold.values():
            room -= len(report.model_dump_json())
            if len(found) == AT_ONCE or (found and room < 0):
                self._left = True
                break
            found.append(report)
        return tuple(found)

    def told(self, reports: Iterable[PrinterReport]) -> None:
        """The server has these; what was learned since then stays."""
        for report in reports:
            if self._untold.get(report.printer_id) is report:
                del self._untold[report.printer_id]
        if self._left:
            self._learned.set()


_KEPT = (
    "make_and_model",
    "certificate_sha256",
    "uuid",
    "serial_number",
    "mac",
    "firmware",
    "impressions",
    "trays",
    "supplies",
    "answers_to",
)


def _over(earlier: PrinterReport, later: PrinterReport) -> PrinterReport:
    left_out = [name for name in _KEPT if getattr(later, name) in (None, "")]
    if not later.document_formats:
        left_out.append("document_formats")
    return later.model_copy(update={name: getattr(earlier, name) for name in left_out})
