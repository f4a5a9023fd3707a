"""Jobs for other queues of cupsd, as jobs of the user they are of there.

Asked over the domain socket without credentials, cupsd takes ``requesting-user-name`` for the owner, on every queue whose
operation policy does not want proof. With the agent's credentials all jobs would be the agent's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from presswork.agent.host.linux.cupsd import CUPS_GET_PRINTERS, Cupsd, CupsdUnavailable, queue_uri
from presswork.agent.host.linux.queues import OurQueues, requested
from presswork.agent.host.queues import MOST, QUEUE_NAME, HostJob, no_such_queue
from presswork.core.errors import (
    Fault,
    Forbidden,
    FormatNotSupported,
    Interrupted,
    NotFound,
    NotPossible,
    NotSignedIn,
    Unavailable,
)
from presswork.documents.inspect import PCL, PCL_XL
from presswork.net.http_client_exchange import Deadlines
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.text import cleaned, cleaned_value
from presswork.protocols.ipp.values import MimeMediaType, Name, Tag

_DEADLINES = Deadlines(connect=5, stall=60, reply=60)
_LAST_SUCCESS = 0x00FF
_LONGEST_TITLE = 255
_LONGEST_USER = 255
_SENT = frozenset(
    {
        "copies",
        "finishings",
        "job-priority",
        "media",
        "media-col",
        "multiple-document-handling",
        "number-up",
        "orientation-requested",
        "output-bin",
        "page-ranges",
        "print-color-mode",
        "print-content-optimize",
        "print-quality",
        "print-rendering-intent",
        "print-scaling",
        "printer-resolution",
        "sides",
    }
)
"""What of a job's ticket a queue is asked for; ``job-hold-until`` is not in it: the job was released."""
_REFUSALS: dict[int, type[Fault]] = {
    Status.CLIENT_ERROR_NOT_FOUND: NotFound,
    Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED: FormatNotSupported,
    Status.CLIENT_ERROR_FORBIDDEN: Forbidden,
    Status.CLIENT_ERROR_NOT_AUTHENTICATED: Forbidden,
    Status.CLIENT_ERROR_NOT_AUTHORIZED: Forbidden,
    Status.CLIENT_ERROR_NOT_POSSIBLE: Forbidden,  # so cupsd refuses those whom the queue's list of users leaves out
}

_PASSED_ON = (PCL, PCL_XL)
"""What cupsd knows only as something that goes to a printer as it is …"""
_AS_IT_IS = "application/vnd.cups-raw"
_WITHOUT_DRIVER = "Local Raw Printer"
"""… and, by ``printer-make-and-model``, the queues that are there for that."""
_ALLOWED, _DENIED = "requesting-user-name-allowed", "requesting-user-name-denied"
"""Attributes of cupsd: a queue's list of users. Validate-Job does not look at it, Print-Job does."""
_KNOWN_THERE = ("@", "#")
"""Entries of such a list for groups and UUIDs begin so: only cupsd can tell who that is."""


class CupsHostQueues:
    """See ``HostQueues``."""

    carries_job_tickets = True

    def __init__(self, socket: Path, local_web_port: int) -> None:
        self._socket = socket
        self._ours = OurQueues(local_web_port)

    async def names(self) -> tuple[str, ...]:
        """See ``HostQueues``."""
        cupsd = Cupsd(self._socket)
        try:
            reply = await cupsd.call(CUPS_GET_PRINTERS, requested("printer-name", "device-uri"))
        except NotFound:  # cupsd has no queue at all
            return ()
        finally:
            await cupsd.close()
        found = {
            _text(group, "printer-name")
            for group in reply.all(Tag.PRINTER)
            if not self._ours.is_ours(_text(group, "device-uri"))
        }
        return tuple(sorted(name for name in found if QUEUE_NAME.fullmatch(name)))[:MOST]

    async def look(self, job: HostJob) -> None:
        """See ``HostQueues``."""
        async with self._client(job) as client:
            wanted = ("device-uri", "printer-is-accepting-jobs", "printer-make-and-model", _ALLOWED, _DENIED)
            reply = await _call(client, Operation.GET_PRINTER_ATTRIBUTES, requested(*wanted))
            queue = reply.group(Tag.PRINTER)
            if self._ours.is_ours(_text(queue, "device-uri")):
                raise no_such_queue(job.queue)
            accepting = queue.get("printer-is-accepting-jobs")
            if accepting is not None and accepting.value is False:
                raise NotPossible(
                    f"The queue {job.queue} takes no jobs now. Have it accept jobs (cupsaccept {job.queue})."
                )
            if _leaves_out(queue, job.user):
                raise Forbidden(f"The queue {job.queue} has a list of users that leaves {job.user} out (lpadmin -u).")
            if job.document_format in _PASSED_ON and _text(queue, "printer-make-and-model") != _WITHOUT_DRIVER:
                raise FormatNotSupported(
                    f"The driver of the queue {job.queue} makes nothing of PCL. Have it go to a queue without one."
                )
            await _call(client, Operation.VALIDATE_JOB, *_about(job), groups=_wishes(job))

    async def submit(self, job: HostJob, document: AsyncIterator[bytes | memoryview]) -> int:
        """See ``HostQueues``. cupsd makes no job of a request that does not come to its end."""
        async with self._client(job) as client:
            reply = await _call(client, Operation.PRINT_JOB, *_about(job), groups=_wishes(job), document=document)
        number = reply.group(Tag.JOB).get("job-id")
        if number is None or not isinstance(number.value, int):
            raise Interrupted(
                f"cupsd took a job for the queue {job.queue} without saying its number. Look there for it."
            )
        return number.value

    def _client(self, job: HostJob) -> IppClient:
        if not QUEUE_NAME.fullmatch(job.queue):
            raise no_such_queue(job.queue)
        user = cleaned(job.user, _LONGEST_USER)
        return IppClient(queue_uri(job.queue), user=user, unix_socket=self._socket, deadlines=_DEADLINES)


async def _call(
    client: IppClient,
    operation: int,
    *attributes: Attribute,
    groups: tuple[Group, ...] = (),
    document: AsyncIterator[bytes | memoryview] | None = None,
) -> Message:
    try:
        reply = await client.call(operation, *attributes, groups=groups, document=document)
    except (NotSignedIn, Forbidden) as fault:
        raise Forbidden(
            "This queue wants proof of who prints, so no job can be handed to it for somebody else."
        ) from fault
    except Interrupted:
        raise
    except Unavailable as fault:
        raise CupsdUnavailable("cupsd does not answer. Install it (package cups-daemon) or start it.") from fault
    if reply.code > _LAST_SUCCESS:
        raise _refusal(reply)
    return reply


def _refusal(reply: Message) -> Fault:
    message = reply.group(Tag.OPERATION).get("status-message")
    said = cleaned_value(message.value, 200) if message is not None else f"IPP status 0x{reply.code:04x}"
    return _REFUSALS.get(reply.code, NotPossible)(f"cupsd refuses: {said}")


def _about(job: HostJob) -> tuple[Attribute, ...]:
    document_format = _AS_IT_IS if job.document_format in _PASSED_ON else job.document_format
    return (
        Attribute.of("job-name", Name(cleaned(job.title, _LONGEST_TITLE) or "Untitled")),
        Attribute.of("document-format", MimeMediaType(document_format)),
    )


def _wishes(job: HostJob) -> tuple[Group, ...]:
    wishes = tuple(one for one in job.attributes if one.name in _SENT)
    return (Group(Tag.JOB, wishes),) if wishes else ()


def _leaves_out(queue: Group, user: str) -> bool:
    allowed, denied = ([str(one).casefold() for one in _values(queue, name)] for name in (_ALLOWED, _DENIED))
    if allowed:
        return user.casefold() not in allowed and not any(one.startswith(_KNOWN_THERE) for one in allowed)
    return user.casefold() in denied


def _values(group: Group, name: str) -> tuple[object, ...]:
    attribute = group.get(name)
    return () if attribute is None else attribute.values


def _text(group: Group, name: str) -> str:
    attribute = group.get(name)
    return "" if attribute is None else str(attribute.value)
