"""A job as its holder keeps it, and its states.

                     receive          release            mark             follow
    (created) incoming ───────► held ─────────► released ─────► sending ───────► printed
                  │              │  ▲             │  │             │  ├────────► unknown      (sent; no report)
                  │ incomplete   │  └─────────────┘  │             │  └────────► not-printed  (document kept)
                  │              │                   │             ├────────► handed-over  (to a queue elsewhere)
                  ▼              │   held again      │ deleted     │ interrupted
               (dropped)         └──► deleted, expired ◄───────────┘──► unknown

The *mark* is written before the first octet goes to the device: a job past it is never sent again by itself. A
person may release a job again as long as its document is kept.

A held job may go to another holder (docs/explanation/site-node.md): held ──commit──► moving ──taken over──► ended as
moved, or back to held where the other one certainly has not got it, or where the server undid it. Who holds it, and since when,
says its *fence*.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from presswork.printer.job import JobState
from presswork.printer.proof import ticket_to_print
from presswork.protocols.control.base import Word
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import OwnerProof
from presswork.protocols.ipp.message import Attribute


class Phase(StrEnum):
    """Where a job stands; ``ENDED`` goes with an ``outcome``, or none when it was deleted, expired or dropped."""

    INCOMING = "incoming"
    HELD = "held"
    RELEASED = "released"
    SENDING = "sending"
    MOVING = "moving"
    """Another computer may hold it already: only that one can say."""
    ENDED = "ended"


class Outcome(StrEnum):
    """The honest ends of a delivery."""

    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    UNKNOWN = "unknown"
    HANDED_OVER = "handed-over"
    """To a queue of an operating system, which is not looked into any further."""


@dataclass(frozen=True, slots=True)
class JobTicket:
    """How to print it: the Job Template attributes as submitted. Copies are applied by exactly one stage: the device."""

    attributes: tuple[Attribute, ...] = ()

    @property
    def copies(self) -> int:
        """``copies``; 1 where it is not said. Of a proof, its own."""
        value = next((a.value for a in ticket_to_print(self.attributes) if a.name == "copies"), 1)
        return value if isinstance(value, int) else 1

    @property
    def sides(self) -> str:
        """``sides``; ``one-sided`` where it is not said."""
        return next((str(a.value) for a in self.attributes if a.name == "sides"), "one-sided")


class Move(Word):
    """Where a job goes, or went: kept so that a restart can ask there what became of it."""

    ticket_id: UUID
    peer: PeerSpec
    fence: int
    """Under which the other one holds it."""
    ticket: str
    """As the server signed it."""
    secret: str = Field("", repr=False)
    """Told with the commit, and nobody before: by it the server knows that this computer has committed."""
    back: bool = False
    """It is to be undone. From here on only the server says whose the job is; the other computer is asked no more."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a job came in that was taken over: its account is one of that computer, and its queue, too."""

    computer_id: UUID
    queue_id: UUID
    secret: str = field(default="", repr=False)
    """What its holder said when it committed."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job of this computer. Every change makes a new ``Job`` with a higher ``version``."""

    id: UUID
    number: int
    """``job-id`` of IPP: an int32 of its queue, never used again."""
    queue_id: UUID
    account: str
    owner_proof: OwnerProof
    user_id: UUID | None
    name: str
    ticket: JobTicket
    phase: Phase
    state: JobState
    state_reasons: tuple[str, ...]
    created_at: datetime
    version: int
    submitted_uuid: UUID | None = None
    """``job-uuid`` as the spooler named it: makes a repeated Create-Job one job."""
    document_format: str = ""
    size: int = 0
    pages: int | None = None
    document_kept: bool = False
    printer_id: UUID | None = None
    """Where it was released to."""
    marked_at: datetime | None = None
    device_job_id: int | None = None
    """The job's id at the device (IPP), to follow it after a restart."""
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    documents: int = 1
    """How many it has, cancelled ones among them, once the first is here. ``size`` and ``pages`` are of all together."""
    fence: int = 1
    """Grows by each hand-over: reports of a holder with a smaller one are of the past."""
    move: Move | None = None
    """Of a job that another computer holds, or may hold: while it moves, and once it moved."""
    origin: Origin | None = None
    """Of a job that was taken over; then ``queue_id`` is one that no queue of this computer has."""

    def is_of(self, account: str) -> bool:
        """Whether it is of this account of this computer; an account of another one may have the same name."""
        return self.origin is None and self.account == account


@dataclass(frozen=True, slots=True)
class Change:
    """What one transition does to a job: fields left None stay, except where ``clear`` names them."""

    phase: Phase | None = None
    state: JobState | None = None
    state_reasons: tuple[str, ...] | None = None
    event: JobEvent | None = None
    """The timeline entry written in the same transaction, with ``values``."""
    values: tuple[tuple[str, str], ...] = ()
    printer_id: UUID | None = None
    user_id: UUID | None = None
    marked_at: datetime | None = None
    device_job_id: int | None = None
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    ticket: JobTicket | None = None
    move: Move | None = None
    fence: int | None = None
    clear: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Story:
    """A job and its whole timeline."""

    job: Job
    timeline: tuple[TimelineEntry, ...]
