"""Get-Documents (PWG 5100.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.document_attributes import LISTED, WantedOfDocument
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.protocols.ipp.values import Tag

ATTRIBUTES = frozenset(("requested-attributes", "limit"))


async def get_documents(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """One group a document, in their order."""
    job = await printer.store.get_job(request.need_job_id(), request.requester)
    documents = await printer.store.get_documents(job.job_id, request.requester)
    requested = [str(value) for value in request.values("requested-attributes")] or LISTED
    wanted, view = WantedOfDocument(requested), printer.view(request.uri)
    limit = request.get("limit", int) or len(documents)
    groups = tuple((Tag.DOCUMENT, (wanted.of(one, job, view),)) for one in documents[:limit])
    return Reply(granted(request.unsupported), groups, request.unsupported)
