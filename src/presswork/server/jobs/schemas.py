"""Jobs as people see them: everything a page needs, names included, read at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from presswork.protocols.control.timeline import TimelineEntry

TERMINATED = frozenset({"canceled", "aborted", "completed"})
RELEASE_LIFE = timedelta(minutes=10)
"""A release nobody took in that time is void: paper must not come out long after its owner went away."""
_NOT_COMPLETE = "job-incoming"


@dataclass(frozen=True, slots=True)
class OrderView:
    """What a person asked for, and what became of it."""

    id: UUID
    kind: Literal["release", "delete"]
    printer_id: UUID | None
    printer_name: str
    issued_at: datetime
    open: bool
    """The holder has not answered yet."""
    refused: str
    """The sentence with which the holder refused; empty otherwise."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job. Names of what was removed since are empty; ``name`` is empty once it is forgotten."""

    id: UUID
    name: str
    user_id: UUID | None
    person: str
    """Its owner; empty: unclaimed."""
    account: str
    declared: bool
    """Whether its owner is known by a name that came over a channel an administrator declared trusted."""
    computer_id: UUID
    """Its holder …"""
    computer_name: str
    computer_online: bool
    """… and whether that is there."""
    queue_name: str
    printer_id: UUID | None
    printer_name: str
    document_format: str
    size: int
    pages: int | None
    copies: int
    sides: str
    state: str
    state_reasons: tuple[str, ...]
    outcome: str | None
    document_kept: bool
    created_at: datetime
    ended_at: datetime | None
    order: OrderView | None
    """The newest order, where it is open or was refused."""
    offered_printer_id: UUID | None = None
    """Where its queue prints, if that is one printer: what is offered first while the job waits."""
    offered_printer_name: str = ""
    submitted_on: str = ""
    """The computer where it came in; empty where that was removed."""
    handed_over: bool = False
    """Whether its holder is another computer than that."""
    asks: bool = False
    """Whether its queue asks to print it now."""

    @property
    def can_release(self) -> bool:
        """Whether it waits for its owner: whole, and not on its way."""
        return releasable(self.state, self.state_reasons, document_kept=self.document_kept) and not self._ordered

    @property
    def can_delete(self) -> bool:
        """Whether there is something to destroy or to stop."""
        return (self.document_kept or self.state not in TERMINATED) and not self._ordered

    @property
    def _ordered(self) -> bool:
        return self.order is not None and self.order.open


@dataclass(frozen=True, slots=True)
class JobDetail:
    """A job with its whole timeline."""

    job: JobView
    timeline: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs, newest first; ``next`` is what to ask ``before`` for the page after, None at the end."""

    jobs: tuple[JobView, ...]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class PersonCount:
    """What a person printed: jobs, and pages times copies where pages are known."""

    user_id: UUID | None
    person: str
    jobs: int
    pages: int


def releasable(state: str, state_reasons: tuple[str, ...], *, document_kept: bool) -> bool:
    """Whether a job in this state can be released: held and whole, or over with its document kept."""
    whole = document_kept and _NOT_COMPLETE not in state_reasons
    return whole and (state == "pending-held" or state in TERMINATED)
