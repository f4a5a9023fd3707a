"""Validate-Job (RFC 8011 §4.2.3): the checks of Print-Job, without a job."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.document import check_document_attributes
from presswork.printer.job_creation import DOCUMENT_ATTRIBUTES, TICKET_ATTRIBUTES, check_job
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = TICKET_ATTRIBUTES | DOCUMENT_ATTRIBUTES


async def validate_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """Refused, or told what of the ticket would not be done."""
    unsupported = check_job(printer, request)[1]
    check_document_attributes(request, printer.description)
    return Reply(granted(unsupported), unsupported=unsupported)
