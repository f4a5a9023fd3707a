"""A held job as it goes to another holder: all of it but the octets of its documents, which travel sealed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from presswork.protocols.control.base import Line, Word
from presswork.protocols.control.moment import Moment
from presswork.protocols.control.timeline import TimelineEntry
from presswork.protocols.control.words import Account, OwnerProof

MOST_DOCUMENTS = 100
MOST_ENTRIES = 1000
LONGEST_TICKET = 64 * 1024
"""Characters of the Job Template attributes."""


class HeldDocument(Word):
    """One document of the job; octets come only of those that are not cancelled."""

    name: Line = ""
    document_format: Line
    size: int = Field(ge=0)
    """Octets, not sealed."""
    cancelled: bool = False


class HeldJob(Word):
    """What the next holder has to know, so that it can go on where this one stops."""

    job_id: UUID
    version: int = Field(ge=1)
    """As it is while the documents travel. The one that takes over begins two higher: moving and moved are the two."""
    queue_id: UUID
    account: Account
    owner_proof: OwnerProof
    user_id: UUID
    """Its owner: only what is somebody's goes elsewhere."""
    name: Line
    ticket: Annotated[str, StringConstraints(max_length=LONGEST_TICKET, pattern=r"^[A-Za-z0-9+/]*={0,2}$")] = ""
    """The Job Template attributes: an IPP message with one job group (RFC 8010), base64; empty for none."""
    created_at: Moment
    pages: int | None = Field(None, ge=0, le=2**31 - 1)
    documents: tuple[HeldDocument, ...] = Field(min_length=1, max_length=MOST_DOCUMENTS)
    timeline: tuple[TimelineEntry, ...] = Field(min_length=1, max_length=MOST_ENTRIES)
    """All of it so far; its last entry is the one that says that the job moves."""
