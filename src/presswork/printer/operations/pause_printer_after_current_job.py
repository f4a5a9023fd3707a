"""Pause-Printer-After-Current-Job (RFC 3998 §3.2.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def pause_printer_after_current_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's; what is being printed is printed to its end."""
    await printer.need_device().pause_after_current_job(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
