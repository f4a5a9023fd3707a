"""Cancel-Current-Job (RFC 3998 §4.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message",))


async def cancel_current_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """With ``job-id`` only if that one is current, so that a client that looked too early cancels no other job."""
    await printer.need_device().cancel_current_job(request.requester, request.job_id)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
