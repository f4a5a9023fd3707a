"""Startup-Printer (RFC 3998 §3.5.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def startup_printer(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's."""
    await printer.need_device().startup(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
