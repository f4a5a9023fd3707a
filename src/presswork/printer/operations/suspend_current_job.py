"""Suspend-Current-Job (RFC 3998 §4.3.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message",))


async def suspend_current_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """Its owner's or an operator's; others are printed meanwhile. With ``job-id`` only if that one is current."""
    await printer.need_device().suspend_current_job(request.requester, request.job_id)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
