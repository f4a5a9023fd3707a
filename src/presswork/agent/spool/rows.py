"""A job as a row and back."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from presswork.agent.spool.job import Job, JobTicket, Move, Origin, Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import VERSION_2_0, Group, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.values import Tag

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
COLUMNS = (
    "sequence, id, number, queue_id, account, owner_proof, user_id, name, ticket, phase, state, state_reasons, "
    "created_at, version, submitted_uuid, document_format, size, pages, document_id, document_key, printer_id, "
    "marked_at, device_job_id, outcome, ended_at, documents, fence, move, origin_computer, origin_queue, origin_secret"
)
"""What ``record_of`` reads, in its order."""
DURING_LIFE = (
    "user_id",
    "name",
    "ticket",
    "phase",
    "state",
    "state_reasons",
    "version",
    "submitted_uuid",
    "document_format",
    "size",
    "pages",
    "printer_id",
    "marked_at",
    "device_job_id",
    "outcome",
    "ended_at",
    "documents",
    "fence",
    "move",
)
"""Columns that a job's life changes; the document's own two are set and cleared where its file is."""


class Record(NamedTuple):
    """A job with what only the spool knows of it."""

    sequence: int
    job: Job
    document_id: UUID | None
    wrapped_key: bytes | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document that is kept, and how it is opened."""

    document_id: UUID
    wrapped_key: bytes
    octets: bytes | None
    """Of a small one; None where it stands in a file."""


def micros(moment: datetime) -> int:
    """Microseconds since 1970: exact, unlike ``timestamp()``."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The inverse of ``micros``."""
    return _EPOCH + microseconds * _MICROSECOND


def encode_job_ticket(ticket: JobTicket) -> bytes:
    """The attributes as an IPP message with one job group; empty for none."""
    if not ticket.attributes:
        return b""
    return encode(Message(VERSION_2_0, 0, 0, (Group.of(Tag.JOB, ticket.attributes),)))


@lru_cache(maxsize=256)
def decode_job_ticket(octets: bytes) -> JobTicket:
    """The inverse of ``encode_job_ticket``; most jobs of a computer have one of few tickets."""
    if not octets:
        return JobTicket()
    message, _ = parse(octets)
    return JobTicket(message.group(Tag.JOB).attributes)


def record_of(row: tuple[Any, ...]) -> Record:
    """The record of a row of ``COLUMNS``."""
    origin = None if row[28] is None else Origin(UUID(bytes=row[28]), UUID(bytes=row[29]), row[30])
    job = Job(
        id=UUID(bytes=row[1]),
        number=row[2],
        queue_id=UUID(bytes=row[3]),
        account=row[4] if origin is None else row[4].partition("/")[2],
        owner_proof=row[5],
        user_id=_uuid(row[6]),
        name=row[7],
        ticket=decode_job_ticket(row[8]),
        phase=Phase(row[9]),
        state=JobState(row[10]),
        state_reasons=_reasons(row[11]),
        created_at=moment(row[12]),
        version=row[13],
        submitted_uuid=_uuid(row[14]),
        document_format=row[15],
        size=row[16],
        pages=row[17],
        document_kept=row[19] is not None,
        printer_id=_uuid(row[20]),
        marked_at=_moment(row[21]),
        device_job_id=row[22],
        outcome=Outcome(row[23]) if row[23] else None,
        ended_at=_moment(row[24]),
        documents=row[25],
        fence=row[26],
        move=None if row[27] is None else Move.model_validate_json(row[27]),
        origin=origin,
    )
    return Record(row[0], job, _uuid(row[18]), row[19])


def column(job: Job, name: str) -> Any:
    """The value of one column of ``DURING_LIFE``, as SQLite keeps it."""
    value = getattr(job, name)
    match value:
        case UUID():
            return value.bytes
        case JobTicket():
            return encode_job_ticket(value)
        case datetime():
            return micros(value)
        case tuple() | Move():
            return value.model_dump_json() if isinstance(value, Move) else json.dumps(value)
        case Enum():
            return value.value
        case _:
            return value


def entry_of(row: tuple[Any, ...]) -> TimelineEntry:
    """The entry of a row ``sequence, at, event, details``."""
    return TimelineEntry(sequence=row[0], at=moment(row[1]), event=JobEvent(row[2]), values=json.loads(row[3]))


def fetch(connection: sqlite3.Connection, where: str, *values: Any) -> Record | None:
    """The one job for which ``where`` holds. ``where`` is written in the code, never made from input."""
    row = connection.execute(f"SELECT {COLUMNS} FROM jobs WHERE {where}", values).fetchone()  # noqa: S608
    return None if row is None else record_of(row)


@lru_cache(maxsize=256)
def _reasons(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _uuid(octets: bytes | None) -> UUID | None:
    return None if octets is None else UUID(bytes=octets)


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else moment(microseconds)
