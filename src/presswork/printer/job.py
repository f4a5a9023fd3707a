"""What a Printer knows of a Job (RFC 8011 §5.3). A field that holds an IPP attribute is called so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from presswork.protocols.ipp.message import Attribute


class JobState(IntEnum):
    """``job-state`` (RFC 8011 §5.3.7)."""

    PENDING = 3
    PENDING_HELD = 4
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @property
    def terminated(self) -> bool:
        """Whether the job is over: no state follows."""
        return self >= JobState.CANCELED

    @property
    def keyword(self) -> str:
        """The state's name in the standard, such as ``pending-held``."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as IPP shows it; ``attributes`` are the Job Template attributes it was submitted with."""

    job_id: int
    job_uuid: UUID
    job_name: str
    job_originating_user_name: str
    job_state: JobState
    job_state_reasons: tuple[str, ...]
    time_at_creation: datetime
    job_state_message: str = ""
    time_at_processing: datetime | None = None
    time_at_completed: datetime | None = None
    document_format: str | None = None
    number_of_documents: int = 0
    job_k_octets: int = 0
    job_impressions: int | None = None
    job_impressions_completed: int = 0
    takes_document_again: bool = False
    """Its document is here, and its sender may send it once more, not knowing that: the store reads and drops it."""
    attributes: tuple[Attribute, ...] = ()


class DocumentState(IntEnum):
    """``document-state`` (PWG 5100.5)."""

    PENDING = 3
    PROCESSING = 5
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a job as IPP shows it (PWG 5100.5)."""

    document_number: int
    """From 1, in the order they came; a number stays a document's own when others are cancelled."""
    document_name: str
    document_format: str
    document_state: DocumentState
    document_state_reason: str
    k_octets: int
    impressions: int | None
    """Pages, where they are counted."""
    last_document: bool


@dataclass(frozen=True, slots=True)
class Requester:
    """Who speaks, as the channel proves it.

    ``name`` is the proven owner name (an account of this computer, a signed-in user); None where the channel proves
    nobody. ``may_name_owner`` is true for a channel an administrator declared trusted (the spooler's account): only
    then is ``requesting-user-name`` believed.
    """

    name: str | None
    may_name_owner: bool = False
    operator: bool = False
    """May see and cancel the jobs of others."""
    source: str = ""
    """Where it comes from, on a channel where that tells requesters apart."""
