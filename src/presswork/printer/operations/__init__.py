"""The operations of a Printer, one file each, and the table of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from presswork.printer.model import PrinterModel
from presswork.printer.operations import (
    cancel_job,
    cancel_my_jobs,
    close_job,
    create_job,
    get_job_attributes,
    get_jobs,
    get_printer_attributes,
    hold_job,
    identify_printer,
    print_job,
    release_job,
    send_document,
    validate_job,
)
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.protocols.ipp.registry import Operation


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation."""

    run: Callable[[PrinterModel, Request, AsyncIterator[bytes]], Awaitable[Reply]]
    attributes: frozenset[str]
    """Operation attributes it knows, beside the common ones."""
    takes_document: bool = False


OPERATIONS: dict[int, Entry] = {
    Operation.PRINT_JOB: Entry(print_job.print_job, print_job.ATTRIBUTES, takes_document=True),
    Operation.VALIDATE_JOB: Entry(validate_job.validate_job, validate_job.ATTRIBUTES),
    Operation.CREATE_JOB: Entry(create_job.create_job, create_job.ATTRIBUTES),
    Operation.SEND_DOCUMENT: Entry(send_document.send_document, send_document.ATTRIBUTES, takes_document=True),
    Operation.CANCEL_JOB: Entry(cancel_job.cancel_job, cancel_job.ATTRIBUTES),
    Operation.GET_JOB_ATTRIBUTES: Entry(get_job_attributes.get_job_attributes, get_job_attributes.ATTRIBUTES),
    Operation.GET_JOBS: Entry(get_jobs.get_jobs, get_jobs.ATTRIBUTES),
    Operation.GET_PRINTER_ATTRIBUTES: Entry(
        get_printer_attributes.get_printer_attributes, get_printer_attributes.ATTRIBUTES
    ),
    Operation.HOLD_JOB: Entry(hold_job.hold_job, hold_job.ATTRIBUTES),
    Operation.RELEASE_JOB: Entry(release_job.release_job, release_job.ATTRIBUTES),
    Operation.CANCEL_MY_JOBS: Entry(cancel_my_jobs.cancel_my_jobs, cancel_my_jobs.ATTRIBUTES),
    Operation.CLOSE_JOB: Entry(close_job.close_job, close_job.ATTRIBUTES),
    Operation.IDENTIFY_PRINTER: Entry(identify_printer.identify_printer, identify_printer.ATTRIBUTES),
}
