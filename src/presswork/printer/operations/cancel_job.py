"""Cancel-Job (RFC 8011 §4.3.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message",))


async def cancel_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """Only a job that is not over can be cancelled."""
    await printer.store.cancel_job(request.need_job_id(), request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
