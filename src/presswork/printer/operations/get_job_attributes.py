"""Get-Job-Attributes (RFC 8011 §4.3.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.job_attributes import Wanted
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.protocols.ipp.values import Tag

ATTRIBUTES = frozenset(("requested-attributes",))


async def get_job_attributes(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """All of them where nothing is asked for."""
    job = await printer.store.get_job(request.need_job_id(), request.requester)
    requested = [str(value) for value in request.values("requested-attributes")] or ["all"]
    attributes = Wanted(requested, printer.template.names).of(job, printer.view(request.uri))
    return Reply.of(Tag.JOB, attributes, unsupported=request.unsupported)
