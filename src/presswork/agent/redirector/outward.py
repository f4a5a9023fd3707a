"""Outward: a transfer becomes a job of a queue of this computer's operating system, as the user in its ticket."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final
from urllib.parse import urlsplit

import structlog

from presswork.agent.delivery.job_ticket import beyond_always
from presswork.agent.delivery.way import SEVERAL_DOCUMENTS, End, NotNow, NotTaken
from presswork.agent.host.queues import HostJob, HostQueues
from presswork.agent.relay.receiver import Begun, Transfer
from presswork.agent.spool.job import JobTicket
from presswork.agent.spool.rows import decode_job_ticket
from presswork.core.errors import (
    Distrusted,
    Fault,
    Forbidden,
    FormatNotSupported,
    Interrupted,
    Invalid,
    NotFound,
    NotPossible,
    Unavailable,
)
from presswork.printer.proof import ticket_to_print
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ticket import Ticket, TicketRefused

SCHEME: Final = "redirector"
_log = structlog.get_logger(__name__)


class QueueReceiver:
    """See ``Receiver``. A job is followed no further than to its queue: it ends as handed over."""

    def __init__(self, queues: HostQueues, desired: Callable[[], DesiredState]) -> None:
        self._queues = queues
        self._desired = desired

    async def receive(self, transfer: Transfer) -> End:
        """See ``Receiver``."""
        job = self._judge(transfer)
        await self._look(job)
        await transfer.go()
        document = _Document(transfer)
        try:
            number = await self._queues.submit(job, document.pieces())
        except (Fault, OSError) as error:
            return _end_without(document, error)
        await transfer.taken(number, answered=True)
        return self._handed_over(transfer.ticket, number)

    async def after_restart(self, begun: Begun) -> End:
        """See ``Receiver``: what the queue said that it has is there; of all else nobody knows."""
        if begun.answered and begun.device_job_id is not None:
            return self._handed_over(begun.ticket, begun.device_job_id)
        return End.unknown(JobEvent.INTERRUPTED)

    async def cancel(self, begun: Begun) -> None:
        """See ``Receiver``: what a queue there has is no longer ours to end."""
        raise NotPossible("The job is on its way to a queue of another computer. Cancel it there.")

    def _judge(self, transfer: Transfer) -> HostJob:
        queue = queue_in(transfer.ticket)
        duties = self._desired().duties
        if not duties.redirector or queue not in duties.host_queues:
            raise Forbidden("No jobs are handed to that queue of this computer.", queue=queue)
        if not transfer.ticket.user:
            raise Distrusted("The ticket does not say as whose job this is to be handed over.")
        if len(transfer.job.documents) != 1:
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=SEVERAL_DOCUMENTS)
        asked = JobTicket(ticket_to_print(_ticket_of(transfer.job.attributes).attributes))
        impossible = () if self._queues.carries_job_tickets else beyond_always(asked)
        if impossible:
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=", ".join(impossible))
        return HostJob(
            queue=queue,
            user=transfer.ticket.user,
            title=transfer.job.name,
            document_format=transfer.job.documents[0].document_format,
            attributes=asked.attributes,
        )

    async def _look(self, job: HostJob) -> None:
        """Whether the queue takes it now. What is raised tells the owner why not, and whether to try again."""
        try:
            await self._queues.look(job)
        except (NotFound, NotPossible) as fault:
            _log.warning("a queue takes no job", queue=job.queue, why=fault.sentence)
            raise NotNow(JobEvent.QUEUE_REFUSED) from fault
        except FormatNotSupported as fault:
            raise NotTaken(JobEvent.FORMAT_NOT_TAKEN, format=job.document_format) from fault
        except Forbidden as fault:
            _log.warning("a queue takes no job of a user", queue=job.queue, user=job.user, why=fault.sentence)
            values = {"queue": job.queue, "computer": self._computer, "user": job.user}
            raise NotTaken(JobEvent.USER_NOT_TAKEN, **values) from fault

    @property
    def _computer(self) -> str:
        return self._desired().computer_name

    def _handed_over(self, ticket: Ticket, number: int) -> End:
        return End.handed_over(queue_in(ticket), self._computer, ticket.user, number)


class _Document:
    """The transfer's only document on its way to the queue, and how far it came."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self.whole = False
        """Whether all of it went to the printing system."""

    async def pieces(self) -> AsyncIterator[bytes | memoryview]:
        octets = 0
        pieces = self._transfer.read(self._transfer.job.documents[0].number)
        try:
            async for piece in pieces:
                yield piece
                octets += len(piece)
                self._transfer.sent(octets)
        finally:
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()
        self.whole = True


def queue_in(ticket: Ticket) -> str:
    """The queue of this computer that the ticket's printer is; ``TicketRefused`` where it names none."""
    printer = ticket.printer
    for uri in () if printer is None else printer.ways or (printer.device_uri,):
        parts = urlsplit(uri)
        if parts.scheme == SCHEME and parts.netloc.lower() == str(ticket.receiver_id):
            return parts.path.removeprefix("/")
    raise TicketRefused("The ticket names no queue of this computer.", reason="another-printer")


def _ticket_of(text: str) -> JobTicket:
    try:
        return decode_job_ticket(base64.b64decode(text, validate=True))
    except (ValueError, Fault):
        raise Invalid("What is asked of the job cannot be read.") from None


def _end_without(document: _Document, error: Exception) -> End:
    """Past the mark, and the queue did not say that it has the job. Of a request cut short it made none."""
    if isinstance(error, (Interrupted, OSError)) and document.whole:
        return End.unknown(JobEvent.BROKEN_OFF)
    if isinstance(error, (Unavailable, OSError)):
        return End.not_printed("the connection broke before all of the document was handed over")
    _log.warning("a queue did not take a job", why=str(error))
    return End.not_printed("the queue refused the job")
