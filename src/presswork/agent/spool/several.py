"""Several documents in one job: what stands in their own table, read and written (``schema.py``)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from uuid import UUID

from presswork.agent.spool.job import Job
from presswork.agent.spool.rows import Record
from presswork.core.errors import NotFound

MOST = 100
"""Documents of one job."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """One document of a job. Its key is here only while it is to be printed."""

    number: int
    name: str
    document_format: str
    size: int
    cancelled: bool = False
    document_id: UUID | None = None
    wrapped_key: bytes | None = None


def documents_of(connection: sqlite3.Connection, record: Record) -> list[StoredDocument]:
    """All of a job, in their order; none while the first is not here."""
    job = record.job
    if not job.document_format:
        return []
    rows = connection.execute(
        "SELECT number, name, document_format, size, cancelled, document_id, document_key "
        "FROM documents WHERE job = ? ORDER BY number",
        (record.sequence,),
    ).fetchall()
    if not rows:
        return [StoredDocument(1, "", job.document_format, job.size, False, record.document_id, record.wrapped_key)]
    found, elsewhere = [], (record.document_id, record.wrapped_key)
    for number, name, document_format, size, cancelled, document_id, key in rows:
        kept = (None if document_id is None else UUID(bytes=document_id), key)
        if not cancelled and key is None:
            kept, elsewhere = elsewhere, (None, None)
        found.append(StoredDocument(number, name, document_format, size, bool(cancelled), *kept))
    return found


def find(documents: list[StoredDocument], number: int) -> StoredDocument:
    """The one of that number, or ``NotFound``."""
    found = next((one for one in documents if one.number == number), None)
    if found is None:
        raise NotFound("This job has no document of that number.")
    return found


def put(connection: sqlite3.Connection, sequence: int, document: StoredDocument) -> None:
    """Write it, in the place of what stands there under its number."""
    connection.execute(
        "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            sequence,
            document.number,
            document.name,
            document.document_format,
            document.size,
            document.cancelled,
            None if document.document_id is None else document.document_id.bytes,
            document.wrapped_key,
        ),
    )


def drop_keys(connection: sqlite3.Connection, record: Record) -> tuple[UUID, ...]:
    """Clear the keys in the table; whose documents they were, with the one of the job's row."""
    found = [] if record.document_id is None else [record.document_id]
    if record.job.documents > 1:
        rows = connection.execute(
            "SELECT document_id FROM documents WHERE job = ? AND document_id IS NOT NULL", (record.sequence,)
        )
        found += [UUID(bytes=document_id) for (document_id,) in rows.fetchall()]
        connection.execute(
            "UPDATE documents SET document_id = NULL, document_key = NULL WHERE job = ?", (record.sequence,)
        )
    return tuple(found)


def all_kept(connection: sqlite3.Connection) -> dict[str, int]:
    """Every document in a file whose key stands in the table, with the sequence of its job."""
    rows = connection.execute(
        "SELECT document_id, job FROM documents WHERE document_id IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM small_documents WHERE id = document_id)"
    )
    return {str(UUID(bytes=document_id)): sequence for document_id, sequence in rows}


def holds(connection: sqlite3.Connection, sequence: int, document_id: UUID) -> bool:
    """Whether the table has this document under that job."""
    where = "SELECT 1 FROM documents WHERE job = ? AND document_id = ?"
    return connection.execute(where, (sequence, document_id.bytes)).fetchone() is not None


def has_room(job: Job) -> bool:
    """Whether one more may come."""
    return job.documents < MOST
