"""Restart-Job (RFC 8011 §4.3.7)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.job_creation import created
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message",))


async def restart_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """Only while the document is kept."""
    job = await printer.need_device().restart_job(request.need_job_id(), request.requester)
    return created(printer, request, job, request.unsupported)
