"""Create-Job (RFC 8011 §4.2.4): a job whose document follows by Send-Document."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.job_creation import TICKET_ATTRIBUTES, check_job, created
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request

ATTRIBUTES = TICKET_ATTRIBUTES


async def create_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """The same ``job-uuid`` again is the same job, so that a repeated request makes no second one."""
    new, unsupported = check_job(printer, request)
    return created(printer, request, await printer.store.create_job(new), unsupported)
