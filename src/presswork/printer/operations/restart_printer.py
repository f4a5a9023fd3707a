"""Restart-Printer (RFC 3998 §3.5.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def restart_printer(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's; no job is lost."""
    await printer.need_device().restart(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
