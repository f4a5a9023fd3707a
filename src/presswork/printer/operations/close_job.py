"""Close-Job (PWG 5100.11 §4.1): no more documents will come."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def close_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """A job without a document ends with it."""
    await printer.store.close_job(request.need_job_id(), request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
