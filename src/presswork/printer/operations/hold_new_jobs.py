"""Hold-New-Jobs (RFC 3998 §3.3.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def hold_new_jobs(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's; jobs that are here already are printed."""
    await printer.need_device().hold_new_jobs(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
