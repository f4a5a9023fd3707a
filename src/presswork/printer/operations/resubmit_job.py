"""Resubmit-Job (PWG 5100.11 §4.4): a job that is over once more, with another ticket; what it does not say stays."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.job_creation import check_accepting, check_ticket, created
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("ipp-attribute-fidelity", "job-mandatory-attributes", "message"))


async def resubmit_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """A new job; of a proof it is the whole."""
    check_accepting(printer)
    accepted, unsupported = check_ticket(printer, request)
    job = await printer.need_device().copy_job(request.need_job_id(), request.requester, accepted)
    return created(printer, request, job, unsupported)
