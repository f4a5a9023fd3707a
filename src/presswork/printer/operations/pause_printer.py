"""Pause-Printer (RFC 8011 §4.2.7)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def pause_printer(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's; jobs are still taken."""
    await printer.need_device().pause(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
