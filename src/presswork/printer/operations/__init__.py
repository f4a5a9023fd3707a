"""The operations of a Printer, one file each, and the table of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from presswork.printer.model import PrinterModel
from presswork.printer.operations import (
    cancel_current_job,
    cancel_document,
    cancel_job,
    cancel_jobs,
    cancel_my_jobs,
    cancel_subscription,
    close_job,
    create_job,
    create_printer_subscriptions,
    disable_printer,
    enable_printer,
    get_document_attributes,
    get_documents,
    get_job_attributes,
    get_jobs,
    get_notifications,
    get_printer_attributes,
    get_printer_supported_values,
    get_subscription_attributes,
    get_subscriptions,
    hold_job,
    hold_new_jobs,
    identify_printer,
    pause_printer,
    pause_printer_after_current_job,
    print_job,
    promote_job,
    purge_jobs,
    release_held_new_jobs,
    release_job,
    renew_subscription,
    reprocess_job,
    restart_job,
    restart_printer,
    resubmit_job,
    resume_job,
    resume_printer,
    schedule_job_after,
    send_document,
    set_document_attributes,
    set_job_attributes,
    set_printer_attributes,
    shutdown_printer,
    startup_printer,
    suspend_current_job,
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
    asks_who: bool = True
    """False: it changes nothing and answers everybody the same, so that nobody need prove who they are."""


OPERATIONS: dict[int, Entry] = {
    Operation.PRINT_JOB: Entry(print_job.print_job, print_job.ATTRIBUTES, takes_document=True),
    Operation.VALIDATE_JOB: Entry(validate_job.validate_job, validate_job.ATTRIBUTES),
    Operation.CREATE_JOB: Entry(create_job.create_job, create_job.ATTRIBUTES),
    Operation.SEND_DOCUMENT: Entry(send_document.send_document, send_document.ATTRIBUTES, takes_document=True),
    Operation.CANCEL_JOB: Entry(cancel_job.cancel_job, cancel_job.ATTRIBUTES),
    Operation.GET_JOB_ATTRIBUTES: Entry(get_job_attributes.get_job_attributes, get_job_attributes.ATTRIBUTES),
    Operation.GET_JOBS: Entry(get_jobs.get_jobs, get_jobs.ATTRIBUTES),
    Operation.GET_PRINTER_ATTRIBUTES: Entry(
        get_printer_attributes.get_printer_attributes, get_printer_attributes.ATTRIBUTES, asks_who=False
    ),
    Operation.HOLD_JOB: Entry(hold_job.hold_job, hold_job.ATTRIBUTES),
    Operation.RELEASE_JOB: Entry(release_job.release_job, release_job.ATTRIBUTES),
    Operation.CANCEL_MY_JOBS: Entry(cancel_my_jobs.cancel_my_jobs, cancel_my_jobs.ATTRIBUTES),
    Operation.CLOSE_JOB: Entry(close_job.close_job, close_job.ATTRIBUTES),
    Operation.IDENTIFY_PRINTER: Entry(identify_printer.identify_printer, identify_printer.ATTRIBUTES),
    Operation.CANCEL_DOCUMENT: Entry(cancel_document.cancel_document, cancel_document.ATTRIBUTES),
    Operation.GET_DOCUMENT_ATTRIBUTES: Entry(
        get_document_attributes.get_document_attributes, get_document_attributes.ATTRIBUTES
    ),
    Operation.GET_DOCUMENTS: Entry(get_documents.get_documents, get_documents.ATTRIBUTES),
    Operation.SET_DOCUMENT_ATTRIBUTES: Entry(
        set_document_attributes.set_document_attributes, set_document_attributes.ATTRIBUTES
    ),
}
"""What every Printer does."""

DEVICE_OPERATIONS: dict[int, Entry] = {
    Operation.PAUSE_PRINTER: Entry(pause_printer.pause_printer, pause_printer.ATTRIBUTES),
    Operation.RESUME_PRINTER: Entry(resume_printer.resume_printer, resume_printer.ATTRIBUTES),
    Operation.PURGE_JOBS: Entry(purge_jobs.purge_jobs, purge_jobs.ATTRIBUTES),
    Operation.SET_PRINTER_ATTRIBUTES: Entry(
        set_printer_attributes.set_printer_attributes, set_printer_attributes.ATTRIBUTES
    ),
    Operation.SET_JOB_ATTRIBUTES: Entry(set_job_attributes.set_job_attributes, set_job_attributes.ATTRIBUTES),
    Operation.GET_PRINTER_SUPPORTED_VALUES: Entry(
        get_printer_supported_values.get_printer_supported_values, get_printer_supported_values.ATTRIBUTES
    ),
    Operation.RESTART_JOB: Entry(restart_job.restart_job, restart_job.ATTRIBUTES),
    Operation.ENABLE_PRINTER: Entry(enable_printer.enable_printer, enable_printer.ATTRIBUTES),
    Operation.DISABLE_PRINTER: Entry(disable_printer.disable_printer, disable_printer.ATTRIBUTES),
    Operation.CANCEL_CURRENT_JOB: Entry(cancel_current_job.cancel_current_job, cancel_current_job.ATTRIBUTES),
    Operation.CANCEL_JOBS: Entry(cancel_jobs.cancel_jobs, cancel_jobs.ATTRIBUTES),
    Operation.HOLD_NEW_JOBS: Entry(hold_new_jobs.hold_new_jobs, hold_new_jobs.ATTRIBUTES),
    Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB: Entry(
        pause_printer_after_current_job.pause_printer_after_current_job, pause_printer_after_current_job.ATTRIBUTES
    ),
    Operation.PROMOTE_JOB: Entry(promote_job.promote_job, promote_job.ATTRIBUTES),
    Operation.RELEASE_HELD_NEW_JOBS: Entry(
        release_held_new_jobs.release_held_new_jobs, release_held_new_jobs.ATTRIBUTES
    ),
    Operation.REPROCESS_JOB: Entry(reprocess_job.reprocess_job, reprocess_job.ATTRIBUTES),
    Operation.RESTART_PRINTER: Entry(restart_printer.restart_printer, restart_printer.ATTRIBUTES),
    Operation.RESUBMIT_JOB: Entry(resubmit_job.resubmit_job, resubmit_job.ATTRIBUTES),
    Operation.RESUME_JOB: Entry(resume_job.resume_job, resume_job.ATTRIBUTES),
    Operation.SCHEDULE_JOB_AFTER: Entry(schedule_job_after.schedule_job_after, schedule_job_after.ATTRIBUTES),
    Operation.SHUTDOWN_PRINTER: Entry(shutdown_printer.shutdown_printer, shutdown_printer.ATTRIBUTES),
    Operation.STARTUP_PRINTER: Entry(startup_printer.startup_printer, startup_printer.ATTRIBUTES),
    Operation.SUSPEND_CURRENT_JOB: Entry(suspend_current_job.suspend_current_job, suspend_current_job.ATTRIBUTES),
}
"""Where there is a device that operators rule over IPP."""

EVENT_OPERATIONS: dict[int, Entry] = {
    Operation.CREATE_PRINTER_SUBSCRIPTIONS: Entry(
        create_printer_subscriptions.create_printer_subscriptions, create_printer_subscriptions.ATTRIBUTES
    ),
    Operation.GET_SUBSCRIPTION_ATTRIBUTES: Entry(
        get_subscription_attributes.get_subscription_attributes, get_subscription_attributes.ATTRIBUTES
    ),
    Operation.GET_SUBSCRIPTIONS: Entry(get_subscriptions.get_subscriptions, get_subscriptions.ATTRIBUTES),
    Operation.RENEW_SUBSCRIPTION: Entry(renew_subscription.renew_subscription, renew_subscription.ATTRIBUTES),
    Operation.CANCEL_SUBSCRIPTION: Entry(cancel_subscription.cancel_subscription, cancel_subscription.ATTRIBUTES),
    Operation.GET_NOTIFICATIONS: Entry(get_notifications.get_notifications, get_notifications.ATTRIBUTES),
}
"""Where there are subscriptions."""
