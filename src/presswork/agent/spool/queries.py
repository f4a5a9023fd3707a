"""What is read from the spool. Nothing here costs more because there are more jobs: each list is a range of an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from presswork.agent.spool import several
from presswork.agent.spool.commands import no_such_job
from presswork.agent.spool.job import Job, Outcome, Phase, Story
from presswork.agent.spool.rows import COLUMNS, Record, Sealed, entry_of, fetch, micros, record_of
from presswork.core.errors import Gone
from presswork.protocols.control.timeline import TimelineEntry
from presswork.protocols.control.words import JobReport

OPEN = (Phase.INCOMING, Phase.HELD, Phase.RELEASED, Phase.SENDING, Phase.MOVING)
_ENTRIES = "SELECT sequence, at, event, details FROM timeline WHERE job = ? AND sequence > ? ORDER BY sequence"


@dataclass(frozen=True, slots=True)
class Page:
    """Which jobs, and which stretch of them. ``before`` is the last job of the page before this one."""

    queue_id: UUID | None = None
    account: str | None = None
    phases: Collection[Phase] | None = None
    limit: int = 100
    before: UUID | None = None
    newest_first: bool = True
    first_number: int = 0
    """Only jobs with this IPP ``job-id`` or a higher one."""


def record(connection: sqlite3.Connection, job_id: UUID) -> Record:
    """The job with that id, or ``NotFound``."""
    return _found(fetch(connection, "id = ?", job_id.bytes))


def document(connection: sqlite3.Connection, job_id: UUID, number: int | None = None) -> Sealed:
    """One document of a job, None: the first there is. ``Gone`` when it is no longer kept, ``NotFound``."""
    found = record(connection, job_id)
    kept = found if number is None else several.find(several.documents_of(connection, found), number)
    if kept.document_id is None or kept.wrapped_key is None:
        raise Gone("The document of this job is destroyed. Print it again.")
    return Sealed(kept.document_id, kept.wrapped_key, small_document(connection, kept.document_id))


def small_document(connection: sqlite3.Connection, document_id: UUID) -> bytes | None:
    """A sealed document that is small; None for one that stands in a file."""
    row = connection.execute("SELECT sealed FROM small_documents WHERE id = ?", (document_id.bytes,)).fetchone()
    return None if row is None else row[0]


def by_number(connection: sqlite3.Connection, queue_id: UUID, number: int) -> Job:
    """The job of a queue with that ``job-id``, or ``NotFound``."""
    return _found(fetch(connection, "queue_id = ? AND number = ?", queue_id.bytes, number)).job


def by_submitted_uuid(connection: sqlite3.Connection, queue_id: UUID, account: str, submitted_uuid: UUID) -> Job | None:
    """The job that this account submitted to this queue under that uuid; None for none."""
    where = "queue_id = ? AND account = ? AND submitted_uuid = ?"
    found = fetch(connection, where, queue_id.bytes, account, submitted_uuid.bytes)
    return None if found is None else found.job


def _found(record: Record | None) -> Record:
    if record is None:
        raise no_such_job()
    return record


def story(connection: sqlite3.Connection, job_id: UUID) -> Story:
    """A job and its whole timeline."""
    found = record(connection, job_id)
    return Story(found.job, _entries(connection, found.sequence, 0))


def _entries(connection: sqlite3.Connection, sequence: int, after: int) -> tuple[TimelineEntry, ...]:
    return tuple(entry_of(row) for row in connection.execute(_ENTRIES, (sequence, after)))


def jobs(connection: sqlite3.Connection, page: Page) -> list[Job]:
    """One page, in order of creation."""
    start = None
    if page.before is not None:
        start = record(connection, page.before).sequence
    # One ordered range of an index for each phase, then the first of them all: never a sort of everything.
    found = [one for phase in set(page.phases or Phase) for one in _range(connection, page, phase, start)]
    found.sort(key=lambda one: one.sequence, reverse=page.newest_first)
    return [one.job for one in found[: page.limit]]


def _range(connection: sqlite3.Connection, page: Page, phase: Phase, start: int | None) -> list[Record]:
    clauses = ["phase = ?"]
    parameters: list[str | bytes | int] = [phase.value]
    if page.account is not None:
        clauses.append("account = ?")
        parameters.append(page.account)
    if page.queue_id is not None:
        clauses.append("queue_id = ?")
        parameters.append(page.queue_id.bytes)
    if start is not None:
        clauses.append("sequence < ?" if page.newest_first else "sequence > ?")
        parameters.append(start)
    if page.first_number:
        clauses.append("number >= ?")
        parameters.append(page.first_number)
    order = "DESC" if page.newest_first else "ASC"
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM jobs WHERE {' AND '.join(clauses)} ORDER BY sequence {order} LIMIT ?",  # noqa: S608
        (*parameters, page.limit),
    )
    return [record_of(row) for row in rows]


def count(connection: sqlite3.Connection, queue_id: UUID) -> int:
    """How many jobs of the queue are not over."""
    (number,) = connection.execute(
        "SELECT count(*) FROM jobs WHERE queue_id = ? AND phase IN (?, ?, ?, ?, ?)", (queue_id.bytes, *OPEN)
    ).fetchone()
    return int(number)


def kept_after_end(connection: sqlite3.Connection, outcome: Outcome, ended_before: datetime, limit: int) -> list[Job]:
    """Jobs that ended so before then and whose document is still here, first ended first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM jobs WHERE phase = 'ended' AND document_key IS NOT NULL "  # noqa: S608
        "AND outcome = ? AND ended_at < ? ORDER BY ended_at LIMIT ?",
        (outcome, micros(ended_before), limit),
    )
    return [record_of(row).job for row in rows]


def reports(connection: sqlite3.Connection, limit: int) -> list[JobReport]:
    """Jobs the server does not have as they are now, with the entries it has not confirmed; oldest job first."""
    rows = connection.execute(
        f"SELECT {COLUMNS}, confirmed_sequence FROM jobs WHERE confirmed_version < version "  # noqa: S608
        "ORDER BY sequence LIMIT ?",
        (limit,),
    ).fetchall()
    return [report_of(record_of(row).job, _entries(connection, row[0], row[-1])) for row in rows]


def report(connection: sqlite3.Connection, job_id: UUID) -> JobReport | None:
    """One of ``reports``; None where the server has the job as it is."""
    row = connection.execute(
        f"SELECT {COLUMNS}, confirmed_sequence FROM jobs WHERE id = ? AND confirmed_version < version",  # noqa: S608
        (job_id.bytes,),
    ).fetchone()
    return None if row is None else report_of(record_of(row).job, _entries(connection, row[0], row[-1]))


def report_of(job: Job, timeline: tuple[TimelineEntry, ...]) -> JobReport:
    """A job as the server and the client of this computer are told of it."""
    return JobReport(
        job_id=job.id,
        version=job.version,
        queue_id=job.queue_id if job.origin is None else job.origin.queue_id,
        account=job.account,
        owner_proof=job.owner_proof,
        user_id=job.user_id,
        name=job.name,
        document_format=job.document_format,
        size=job.size,
        pages=job.pages,
        copies=job.ticket.copies,
        sides=job.ticket.sides,
        state=job.state.keyword,
        state_reasons=job.state_reasons,
        outcome=None if job.outcome is None else job.outcome.value,
        printer_id=job.printer_id,
        fence=job.fence,
        secret="" if job.origin is None else job.origin.secret,
        document_kept=job.document_kept,
        created_at=job.created_at,
        ended_at=job.ended_at,
        timeline=timeline,
    )


def recall(connection: sqlite3.Connection, key: str) -> str | None:
    """The fact under that key."""
    row = connection.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def recall_all(connection: sqlite3.Connection, beginning: str) -> dict[str, str]:
    """The facts whose keys begin so: a range of the index."""
    rows = connection.execute(
        "SELECT key, value FROM facts WHERE key >= ? AND key < ?", (beginning, beginning + "\U0010ffff")
    )
    return dict(rows.fetchall())
