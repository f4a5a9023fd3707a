"""Print-Job (RFC 8011 §4.2.1): a job and its only document in one request."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.document import IncomingDocument, check_document_attributes
from presswork.printer.job_creation import DOCUMENT_ATTRIBUTES, TICKET_ATTRIBUTES, check_job, created
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.printer.store import NewDocument
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Keyword

ATTRIBUTES = TICKET_ATTRIBUTES | DOCUMENT_ATTRIBUTES


async def print_job(printer: PrinterModel, request: Request, octets: AsyncIterator[bytes]) -> Reply:
    """Nothing is created before the document's first octets show a format the Printer takes."""
    new, unsupported = check_job(printer, request)
    claimed = check_document_attributes(request, printer.description)
    document = IncomingDocument(octets, request.get("compression", Keyword))
    if not await document.first_octets():
        raise Refused(
            Status.CLIENT_ERROR_BAD_REQUEST,
            "No document came with the job, so there is nothing to print (RFC 8011 §4.2.1.1).",
        )
    document_format = await document.format(claimed, printer.description)
    about = NewDocument(document_format, request.text("document-name"))
    job = await printer.store.print_job(new, request.requester, about, document.octets())
    return created(printer, request, job, unsupported)
