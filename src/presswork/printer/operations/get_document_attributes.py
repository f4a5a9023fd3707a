"""Get-Document-Attributes (PWG 5100.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.document_attributes import WantedOfDocument, find_document
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.protocols.ipp.values import Tag

ATTRIBUTES = frozenset(("document-number", "requested-attributes"))


async def get_document_attributes(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """All of them where nothing is asked for."""
    job = await printer.store.get_job(request.need_job_id(), request.requester)
    documents = await printer.store.get_documents(job.job_id, request.requester)
    document = find_document(documents, request.need("document-number"))
    requested = [str(value) for value in request.values("requested-attributes")] or ["all"]
    attributes = WantedOfDocument(requested).of(document, job, printer.view(request.uri))
    return Reply.of(Tag.DOCUMENT, attributes, unsupported=request.unsupported)
