"""Send-Document (RFC 8011 §4.3.1): the next document of a job made by Create-Job."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.document import IncomingDocument, check_document_attributes
from presswork.printer.job_creation import DOCUMENT_ATTRIBUTES, created
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.printer.store import NewDocument
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Keyword

ATTRIBUTES = DOCUMENT_ATTRIBUTES | {"last-document"}


async def send_document(printer: PrinterModel, request: Request, octets: AsyncIterator[bytes]) -> Reply:
    """Without octets and with ``last-document`` it only closes the job."""
    job_id = request.need_job_id()
    last = request.get("last-document", bool)
    if last is None:
        raise Refused(
            Status.CLIENT_ERROR_BAD_REQUEST,
            "The request does not say last-document, whether this is the last one (RFC 8011 §4.3.1.1).",
        )
    job = await printer.store.get_job(job_id, request.requester)
    claimed = check_document_attributes(request, printer.description)
    document = IncomingDocument(octets, request.get("compression", Keyword))
    if not await document.first_octets():
        if not last:
            raise Refused(
                Status.CLIENT_ERROR_BAD_REQUEST, "No document came, though another one is to follow (RFC 8011 §4.3.1)."
            )
        job = await printer.store.close_job(job_id, request.requester)
    else:
        about = NewDocument(await document.format(claimed, printer.description), request.text("document-name"), last)
        job = await printer.store.add_document(job_id, request.requester, about, document.octets())
    return created(printer, request, job, request.unsupported)
