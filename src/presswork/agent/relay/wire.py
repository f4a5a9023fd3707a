"""What the delivery knows as messages of a transfer, and back."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from presswork.agent.delivery.way import End, News, NotNow, NotTaken, Overtaken
from presswork.agent.spool.job import Job, Outcome, Phase
from presswork.agent.spool.rows import decode_job_ticket, encode_job_ticket
from presswork.agent.spool.sealed import SealedDocument
from presswork.core.errors import Busy, Distrusted, Fault, Invalid, PrinterUnreachable, Unavailable, Unsupported
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.text import cleaned
from presswork.protocols.relay.ends import believed, event_of
from presswork.protocols.relay.messages import Declined, DocumentOffer, Ended, JobOffer, Refusal, Says, header_text
from presswork.protocols.sealed.faults import NotSealed
from presswork.protocols.sealed.header import CHUNK_SIZE, Header
from presswork.protocols.sealed.layout import TAG_SIZE, Layout
from presswork.protocols.ticket import TicketRefused, digest_of

_LONGEST: Final = 255
_MOST_VALUES: Final = 16
_RESERVED: Final = frozenset({"self", "event", "sentence"})


class HolderGone(Unavailable):
    """The computer that holds the job does not come back, or cannot send on."""

    code = "holder-gone"


class RelayBusy(Unavailable):
    """The other computer carries as much as it can."""

    code = "relay-busy"


def offer_of(job: Job, documents: Sequence[SealedDocument]) -> JobOffer:
    """A job of this computer as another one is told of it."""
    return JobOffer(
        job_id=job.id,
        queue_id=job.queue_id,
        account=job.account,
        owner_proof=job.owner_proof,
        user_id=job.user_id,
        name=_line(job.name),
        attributes=base64.b64encode(encode_job_ticket(job.ticket)).decode(),
        pages=job.pages,
        created_at=job.created_at,
        documents=tuple(
            DocumentOffer(
                number=one.number,
                document_format=one.document_format,
                size=one.size,
                header=header_text(one.header.fixed),
                name=_line(one.name),
            )
            for one in documents
        ),
    )


def job_of(offer: JobOffer) -> Job:
    """The job as the delivery ways know it. Raises ``Invalid`` for attributes that are none."""
    try:
        attributes = base64.b64decode(offer.attributes)
    except ValueError:
        raise Invalid("The attributes of the job are not written as they must be.") from None
    return Job(
        id=offer.job_id,
        number=0,
        queue_id=offer.queue_id,
        account=offer.account,
        owner_proof=offer.owner_proof,
        user_id=offer.user_id,
        name=offer.name,
        ticket=decode_job_ticket(attributes),
        phase=Phase.RELEASED,
        state=JobState.PENDING,
        state_reasons=(),
        created_at=offer.created_at,
        version=1,
        document_format=offer.documents[0].document_format,
        size=sum(one.size for one in offer.documents),
        pages=offer.pages,
        document_kept=True,
        documents=len(offer.documents),
    )


def headers_of(offer: JobOffer, digest: str) -> dict[int, Header]:
    """The sealed header of each document, by its number. ``TicketRefused`` unless they are what the ticket is for."""
    headers: dict[int, Header] = {}
    last = 0
    for one in offer.documents:
        try:
            found = Header.parse(base64.b64decode(one.header) + b"\0")  # no recipients
        except (NotSealed, ValueError):
            found = None
        if found is None or one.number <= last:
            raise TicketRefused("The documents of this job are not described as they must be.", reason="headers")
        headers[one.number], last = found[0], one.number
    if digest_of(header.digest for header in headers.values()) != digest:
        raise TicketRefused("The ticket is for other documents.", reason="another-document")
    return headers


def layout_of(one: DocumentOffer) -> Layout:
    """How the document lies in its sealed chunks, counted without a header."""
    return Layout(0, one.size + max(1, -(-one.size // CHUNK_SIZE)) * TAG_SIZE)


def declined(error: Exception) -> Declined:
    """Why a transfer does not begin."""
    match error:
        case NotNow():
            return Declined(refusal="not-now", event=error.event)
        case NotTaken():
            return Declined(refusal="not-taken", event=error.event, values=_values(error.values))
        case Fault():
            sentence, details = _line(error.sentence), _values(error.details)
            return Declined(refusal=_refusal(error), code=error.code, sentence=sentence, details=details)
        case _:
            return Declined(refusal="refused", sentence="The other computer made a mistake; its log says which.")


def _refusal(fault: Fault) -> Refusal:
    match fault:
        case TicketRefused() | Overtaken():
            return "refused"
        case Distrusted():
            return "distrusted"
        case Busy() | RelayBusy():
            return "busy"
        case Unsupported():
            return "unsupported"
        case Unavailable() | Invalid():  # an address that cannot be right is as one that does not answer
            return "unreachable"
        case _:
            return "refused"


def problem(message: Declined) -> Exception:
    """What the sender of a declined transfer raises."""
    sentence = message.sentence or "The other computer does not take the job."
    details = {name: value for name, value in message.details.items() if name not in _RESERVED}
    if message.refusal == "not-now":
        return NotNow(event_of(message) or JobEvent.PRINTER_BUSY)
    if message.refusal == "not-taken":
        event = event_of(message) or JobEvent.TICKET_NOT_TAKEN
        return NotTaken(event, **{name: value for name, value in message.values.items() if name not in _RESERVED})
    faults: dict[Refusal, type[Fault]] = {
        "distrusted": Distrusted,
        "refused": TicketRefused,
        "unreachable": PrinterUnreachable,
        "busy": RelayBusy,
    }
    return faults.get(message.refusal, Unavailable)(sentence, **details)


def ended(end: End) -> Ended:
    """An end as it is told."""
    return Ended(
        outcome=end.outcome.value,
        event=end.event,
        text=_line(end.message),
        impressions=end.impressions,
        values=_values(dict(end.values)),
    )


def end_of(message: Ended, *, held: bool = False) -> End:
    """An end as it was told, as far as that can be; ``held``: of a job that the other computer was to keep."""
    message = believed(message, held=held)
    return End(
        Outcome(message.outcome), message.event, message.text, message.impressions, tuple(message.values.items())
    )


def says(news: News) -> Says:
    """What a device says, as it is told."""
    return Says(stopped=news.state is JobState.PROCESSING_STOPPED, text=_line(news.message))


def news_of(message: Says) -> News:
    """What a device says, as it was told."""
    return News(JobState.PROCESSING_STOPPED if message.stopped else JobState.PROCESSING, message.text)


def _values(values: Mapping[str, str]) -> dict[str, str]:
    return {_line(name): _line(value) for name, value in list(values.items())[:_MOST_VALUES]}


def _line(text: str) -> str:
    return cleaned(text, _LONGEST)
