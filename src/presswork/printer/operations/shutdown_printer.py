"""Shutdown-Printer (RFC 3998 §3.5.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def shutdown_printer(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's; no job is lost, and only Startup-Printer and Get-Printer-Attributes are answered then."""
    await printer.need_device().shutdown(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
