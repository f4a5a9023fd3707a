"""Reading a device's replies, and writing names that every device takes."""

from __future__ import annotations

from presswork.agent.delivery.way import End, NotNow, NotTaken
from presswork.agent.spool.job import Job
from presswork.core.errors import PrinterUnreachable
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.text import cleaned
from presswork.protocols.ipp.values import Name, Tag

LAST_SUCCESS = 0x00FF
BUSY = frozenset(
    {
        Status.SERVER_ERROR_BUSY,
        Status.SERVER_ERROR_NOT_ACCEPTING_JOBS,
        Status.SERVER_ERROR_SERVICE_UNAVAILABLE,
        Status.SERVER_ERROR_TEMPORARY_ERROR,
        Status.SERVER_ERROR_TOO_MANY_JOBS,
        Status.SERVER_ERROR_PRINTER_IS_DEACTIVATED,
    }
)
_LONGEST_NAME = 127


def status_words(reply: Message) -> str:
    """The name of a status code, such as ``client-error-not-possible``."""
    try:
        return Status(reply.code).name.lower().replace("_", "-")
    except ValueError:
        return f"IPP status 0x{reply.code:04x}"


def job_id_of(reply: Message) -> int | None:
    """The id of the job that was created; None where there is none."""
    attribute = reply.group(Tag.JOB).get("job-id")
    value = attribute.value if attribute is not None else None
    return value if isinstance(value, int) and value > 0 else None


def unsupported(reply: Message) -> tuple[str, ...]:
    """The names of attributes the device did not do as asked (RFC 8011 §4.1.7)."""
    return tuple(attribute.name for attribute in reply.group(Tag.UNSUPPORTED_GROUP))


def refused(reply: Message, job: Job) -> End:
    """What an answer to Create-Job means that created no job."""
    if reply.code in BUSY:
        raise NotNow
    if reply.code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED:
        raise NotTaken(JobEvent.FORMAT_NOT_TAKEN, format=job.document_format)
    if reply.code in (
        Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
        Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES,
    ):
        names = ", ".join(cleaned(name, 60) for name in unsupported(reply)[:5])
        raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=names or "these options together")
    if reply.code <= LAST_SUCCESS:
        raise PrinterUnreachable("The printer does not answer as a printer does; check its address.")
    return End.not_printed(f"the printer refused the job ({status_words(reply)})")


def safe_name(account: str) -> str:
    """A short name every device takes: letters, digits, dot, hyphen, underscore; a domain before it is left out."""
    plain = account.rpartition("\\")[2].partition("@")[0]
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in plain)[
        :32
    ]


def _fitting(name: str) -> str:
    """At most 127 octets, whole characters."""
    return name.encode()[:_LONGEST_NAME].decode(errors="ignore")


def job_name(job: Job) -> Attribute:
    """``job-name``: the owner finds the job by it at the printer's panel."""
    return Attribute.of("job-name", Name(_fitting(cleaned(job.name, _LONGEST_NAME)) or "Document"))
