"""Reprocess-Job (RFC 3998 §4.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.job_creation import check_accepting, created
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message",))


async def reprocess_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """A new job with the documents and the ticket of one that is over, which stays as it is."""
    check_accepting(printer)
    job = await printer.need_device().copy_job(request.need_job_id(), request.requester, ())
    return created(printer, request, job, request.unsupported)
