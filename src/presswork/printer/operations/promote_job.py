"""Promote-Job (RFC 3998 §4.4.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message",))


async def promote_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's: the next job after the current one."""
    await printer.need_device().schedule_job(request.need_job_id(), request.requester, None)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
