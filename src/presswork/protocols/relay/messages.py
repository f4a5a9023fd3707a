"""What holder and receiver of a transfer say to each other, each a JSON frame (``framing.py``); who may say what when: ``states.py``.

    holder                                   receiver
    Hello, Offer  ─────────────────────────►
                  ◄───────────────────────── Hello
                                             (judges the ticket, looks at the printer)
                  ◄───────────────────────── AskGo, or Declined
    (writes its mark)
    Go            ─────────────────────────►
                  ◄───────────────────────── At            from where the chunks are wanted
    chunks        ─────────────────────────►
                  ◄───────────────────────── Progress, Says, Taken
    Pages         ─────────────────────────►
                  ◄───────────────────────── Ended
    EndSeen       ─────────────────────────►

A connection that broke is opened anew with the same ticket; the receiver says again all that the transfer is at.
"""

from __future__ import annotations

import base64
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from presswork.core.errors import Invalid
from presswork.protocols.control.base import Line, Word
from presswork.protocols.control.held import HeldJob
from presswork.protocols.control.moment import Moment
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import Account, Outcome, OwnerProof, Secret
from presswork.protocols.sealed.header import CHUNK_SIZE, FIXED_SIZE
from presswork.protocols.sealed.layout import MAX_CHUNKS
from presswork.protocols.ticket import LONGEST as LONGEST_TICKET

PROTOCOL_MAJOR = 1
MOST_DOCUMENTS = 100
"""Of one job."""
MOST_PAGES = 2**31 - 1
LARGEST_DOCUMENT = MAX_CHUNKS * CHUNK_SIZE
"""Octets."""
Base64 = Annotated[str, StringConstraints(max_length=128 * 1024, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
_HEADER_CHARACTERS = -(-FIXED_SIZE // 3) * 4
SealedHeader = Annotated[
    str,
    StringConstraints(min_length=_HEADER_CHARACTERS, max_length=_HEADER_CHARACTERS, pattern=r"^[A-Za-z0-9+/]*={0,2}$"),
]
"""``Header.fixed`` of a sealed document, base64: what its chunks are bound to, and what the ticket's digest is of."""
DocumentKey = Annotated[str, StringConstraints(min_length=44, max_length=44, pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""Thirty-two octets, base64."""


class Hello(Word):
    """The first message of either end. Another major cannot be spoken to; capabilities one does not know are ignored."""

    message: Literal["hello"] = "hello"
    protocol: int = Field(PROTOCOL_MAJOR, ge=1)
    capabilities: frozenset[Line] = Field(frozenset(), max_length=64)
    version: Line = ""


class DocumentOffer(Word):
    """One sealed document of the job."""

    number: int = Field(ge=1, le=MOST_DOCUMENTS)
    document_format: Line
    size: int = Field(ge=0, le=LARGEST_DOCUMENT)
    """Octets of what is inside; how many chunks it has follows from that (``sealed.layout``)."""
    header: SealedHeader
    name: Line = ""


class JobOffer(Word):
    """The job, as far as whoever sends it on, hands it to a queue or keeps it has to know it."""

    job_id: UUID
    queue_id: UUID
    account: Account
    owner_proof: OwnerProof
    user_id: UUID | None = None
    name: Line
    attributes: Base64 = ""
    """Its Job Template attributes: an IPP message with one job group (RFC 8010 §3.1), base64; empty for none."""
    pages: int | None = Field(None, ge=0, le=MOST_PAGES)
    """None: not counted yet; ``Pages`` may follow."""
    created_at: Moment
    documents: tuple[DocumentOffer, ...] = Field(min_length=1, max_length=MOST_DOCUMENTS)
    """In their order; those that were cancelled are left out."""


class Offer(Word):
    """Take this job as the ticket says."""

    message: Literal["offer"] = "offer"
    ticket: str = Field(max_length=LONGEST_TICKET)
    job: JobOffer
    held: HeldJob | None = None
    """All of it, where the receiver is to keep it."""
    gone: bool = False
    """Whether the holder has answered GO before: then the transfer goes on, and never begins anew."""


class Cancel(Word):
    """In the place of an offer: have the printer give up the transfer of this ticket."""

    message: Literal["cancel"] = "cancel"
    ticket: str = Field(max_length=LONGEST_TICKET)


class Commit(Word):
    """In the place of an offer, of a job that arrived by a ticket of the kind hold: it is the receiver's from now on."""

    message: Literal["commit"] = "commit"
    ticket: str = Field(max_length=LONGEST_TICKET)
    secret: Secret = Field("", repr=False)
    """By which the receiver shows the server that the holder has committed."""


class KeyOf(Word):
    """The key of one document."""

    number: int = Field(ge=1, le=MOST_DOCUMENTS)
    key: DocumentKey = Field(repr=False)


class Go(Word):
    """The holder's mark is written: the first octet may go to the printer."""

    message: Literal["go"] = "go"
    keys: tuple[KeyOf, ...] = Field(min_length=1, max_length=MOST_DOCUMENTS)


class Withdrawn(Word):
    """No GO: the job was deleted, held or released elsewhere meanwhile. After GO: the document can no longer be read."""

    message: Literal["withdrawn"] = "withdrawn"


class Pages(Word):
    """How many pages the job has, now that they are counted; None: nobody can say."""

    message: Literal["pages"] = "pages"
    pages: int | None = Field(None, ge=0, le=MOST_PAGES)


class EndSeen(Word):
    """The holder has written the end down; the receiver may forget it."""

    message: Literal["end-seen"] = "end-seen"


Refusal = Literal["unreachable", "distrusted", "not-now", "not-taken", "busy", "refused", "unsupported"]
"""Why a transfer does not begin: the printer does not answer; shows another certificate; takes nothing now; never takes
this job; the receiver is full; the ticket or the offer is none; the receiver does not do that."""


class Declined(Word):
    """Nothing was accepted, and nothing is going to be from this offer."""

    message: Literal["declined"] = "declined"
    refusal: Refusal
    event: JobEvent | None = None
    """Of ``not-now`` and ``not-taken``: what the owner is told …"""
    values: dict[Line, Line] = Field({}, max_length=16)
    """… with this in it."""
    code: Line = ""
    """Of the fault, and its sentence."""
    sentence: Line = ""
    details: dict[Line, Line] = Field({}, max_length=16)


class AskGo(Word):
    """The receiver is about to send: may it?"""

    message: Literal["ask-go"] = "ask-go"
    device_job_id: int | None = Field(None, ge=1, le=2**31 - 1)
    """The job's id at the device, where there is one already."""
    way: Line = ""
    """The URI scheme of the address that takes it …"""
    instead_of: Line = ""
    """… and of a better one that did not answer."""


class At(Word):
    """Send chunks from here: all the document has from this one on, then the documents after it. One past the last: none."""

    message: Literal["at"] = "at"
    number: int = Field(ge=1, le=MOST_DOCUMENTS)
    chunk: int = Field(ge=0, le=MAX_CHUNKS)


class Progress(Word):
    """So many octets of the job the printer has taken."""

    message: Literal["progress"] = "progress"
    octets: int = Field(ge=0, le=MOST_DOCUMENTS * LARGEST_DOCUMENT)


class Says(Word):
    """What the device says of the job."""

    message: Literal["says"] = "says"
    stopped: bool = False
    """``processing-stopped`` rather than ``processing``."""
    text: Line = ""


class Taken(Word):
    """All of it was sent."""

    message: Literal["taken"] = "taken"
    device_job_id: int | None = Field(None, ge=1, le=2**31 - 1)
    answered: bool = False
    """Whether the device said that it has all of it."""


class Ended(Word):
    """What became of it. Said until it is acknowledged."""

    message: Literal["ended"] = "ended"
    outcome: Outcome
    event: JobEvent
    text: Line = ""
    impressions: int | None = Field(None, ge=0, le=MOST_PAGES)
    values: dict[Line, Line] = Field({}, max_length=16)


class Canceled(Word):
    """The answer to ``Cancel``: whether the device gives it up, and where not, why."""

    message: Literal["canceled"] = "canceled"
    done: bool
    sentence: Line = ""


class Committed(Word):
    """The answer to ``Commit``: whether the receiver holds the job; where not, it never will by this ticket."""

    message: Literal["committed"] = "committed"
    done: bool


FromHolder = Hello | Offer | Cancel | Commit | Go | Withdrawn | Pages | EndSeen
FromReceiver = Hello | Declined | AskGo | At | Progress | Says | Taken | Ended | Canceled | Committed
Message = FromHolder | FromReceiver
FROM_HOLDER: TypeAdapter[FromHolder] = TypeAdapter(Annotated[FromHolder, Field(discriminator="message")])
FROM_RECEIVER: TypeAdapter[FromReceiver] = TypeAdapter(Annotated[FromReceiver, Field(discriminator="message")])
_M = TypeVar("_M")


def decode(data: bytes | bytearray | memoryview, of: TypeAdapter[_M]) -> _M | None:
    """The message in a JSON frame. None for one of a kind this version does not know; ``Invalid`` for one that is wrong."""
    try:
        return of.validate_json(bytes(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "union_tag_invalid":
            return None
        raise Invalid(f"A message of a relay cannot be understood ({first['msg']}).") from None


def header_text(fixed: bytes) -> str:
    """``Header.fixed`` as it travels."""
    return base64.b64encode(fixed).decode()
