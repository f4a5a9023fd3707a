"""Disable-Printer (RFC 3998 §3.1.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def disable_printer(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's; jobs that are here are still printed."""
    await printer.need_device().disable(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
