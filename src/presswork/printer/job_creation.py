"""What Print-Job, Validate-Job and Create-Job have in common: the ticket, and the job it makes (RFC 8011 §4.2.1)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from presswork.printer.job import Job
from presswork.printer.job_attributes import CREATED, Wanted
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.printer.store import NewJob
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import OutOfBand, Tag, Uri

TICKET_ATTRIBUTES: Final = frozenset(
    (
        "job-name",
        "ipp-attribute-fidelity",
        "job-mandatory-attributes",
        "job-k-octets",
        "job-impressions",
        "job-media-sheets",
        "job-uuid",
    )
)
DOCUMENT_ATTRIBUTES: Final = frozenset(
    ("document-name", "compression", "document-format", "document-natural-language", "document-charset")
)
_ANONYMOUS = "anonymous"


def check_job(printer: PrinterModel, request: Request) -> tuple[NewJob, tuple[Attribute, ...]]:
    """The job to be, and what of its ticket will not be done; raises ``Refused``."""
    check_accepting(printer)
    accepted, unsupported = check_ticket(printer, request)
    new = NewJob(
        job_name=request.text("job-name") or request.text("document-name") or "Untitled",
        owner=request.requester.name or _ANONYMOUS,
        owner_proof=request.owner_proof,
        attributes=accepted,
        job_uuid=_job_uuid(request),
        source=request.requester.source,
    )
    return new, unsupported


def check_accepting(printer: PrinterModel) -> None:
    """Raises ``Refused`` while the printer takes no jobs."""
    if not printer.state.printer_is_accepting_jobs:
        raise Refused(
            Status.SERVER_ERROR_NOT_ACCEPTING_JOBS,
            "This printer takes no jobs at the moment. Try again later, or print elsewhere.",
        )


def check_ticket(printer: PrinterModel, request: Request) -> tuple[tuple[Attribute, ...], tuple[Attribute, ...]]:
    """What of the request's ticket will be done, and what of the request will not; raises ``Refused``."""
    ticket = request.ticket.attributes
    if request.ticket.get("media") is not None and request.ticket.get("media-col") is not None:
        raise Refused(Status.CLIENT_ERROR_BAD_REQUEST, "A job has media or media-col, not both (PWG 5100.7 §6.3).")
    checked = printer.template.check(ticket)
    if checked.unsupported and _insists(request, checked.unsupported):
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            "This printer cannot do all that the job asks for, and the job wants all or nothing. Ask for less (RFC 8011 §4.2.1.1).",
            checked.unsupported,
        )
    return checked.accepted, (*request.unsupported, *checked.unsupported)


def created(printer: PrinterModel, request: Request, job: Job, unsupported: tuple[Attribute, ...]) -> Reply:
    """The reply with the new job."""
    attributes = Wanted(CREATED, ()).of(job, printer.view(request.uri))
    return Reply.of(Tag.JOB, attributes, unsupported=unsupported)


def _insists(request: Request, unsupported: tuple[Attribute, ...]) -> bool:
    """``ipp-attribute-fidelity`` asks for all, ``job-mandatory-attributes`` for some (PWG 5100.7 §3.1)."""
    if request.get("ipp-attribute-fidelity", bool):
        return True
    mandatory = request.values("job-mandatory-attributes")
    return any(attribute.name in mandatory for attribute in unsupported)


def _job_uuid(request: Request) -> UUID | None:
    uri = request.get("job-uuid", Uri)
    if uri is None:
        return None
    prefix, _, digits = uri.rpartition(":")
    try:
        if prefix.lower() == "urn:uuid":
            return UUID(digits)
    except ValueError:
        pass
    unsupported = Attribute.of("job-uuid", OutOfBand.UNSUPPORTED)
    raise Refused(Status.CLIENT_ERROR_BAD_REQUEST, "job-uuid is not a urn:uuid (PWG 5100.13 §5.4.3).", (unsupported,))
