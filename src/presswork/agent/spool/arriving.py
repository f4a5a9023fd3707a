"""Jobs that come from another holder, in the writer's transaction: first whole but not ours, then ours by one commit."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from presswork.agent.spool import several
from presswork.agent.spool.commands import add_entry, insert, keep_octets, number_of
from presswork.agent.spool.job import Job, Origin, Phase
from presswork.agent.spool.rows import Sealed, decode_job_ticket, fetch, micros
from presswork.agent.spool.several import StoredDocument
from presswork.agent.spool.writer import Transaction
from presswork.core.errors import NotFound, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.held import HeldJob
from presswork.protocols.control.timeline import JobEvent

_STEPS = 2
"""Versions between the job as it was described and as it is taken over: moving, moved."""
FOR_RELEASE = "job-held-for-release"


@dataclass(frozen=True, slots=True)
class Arriving:
    """A job that is on its way here: which ticket allowed it, from whom, and the number under which it is held here."""

    ticket_id: UUID
    sender_id: UUID
    fence: int
    job: HeldJob


def check_new(connection: sqlite3.Connection, job_id: UUID) -> None:
    """``NotPossible`` where the job is, or was, one of this computer."""
    if connection.execute("SELECT 1 FROM jobs WHERE id = ?", (job_id.bytes,)).fetchone():
        raise NotPossible("This computer has, or had, this job already. It stays where it is.")


def stage(
    transaction: Transaction, arriving: Arriving, documents: Sequence[Sealed | None], now: datetime
) -> tuple[UUID, ...]:
    """Keep it, not ours yet. ``documents`` in their order, None for cancelled ones.

    An earlier attempt with this job makes room; its documents.
    """
    check_new(transaction.connection, arriving.job.job_id)
    before = transaction.connection.execute(
        "SELECT ticket_id FROM arriving WHERE job_id = ?", (arriving.job.job_id.bytes,)
    ).fetchall()
    removed = tuple(document for (ticket_id,) in before for document in _remove(transaction, ticket_id))
    about = {"sender_id": str(arriving.sender_id), "job": arriving.job.model_dump(mode="json")}
    transaction.connection.execute(
        "INSERT INTO arriving VALUES (?, ?, ?, ?, ?)",
        (arriving.ticket_id.bytes, arriving.job.job_id.bytes, arriving.fence, micros(now), json.dumps(about)),
    )
    for number, document in enumerate(documents, start=1):
        if document is not None:
            transaction.connection.execute(
                "INSERT INTO arriving_documents VALUES (?, ?, ?, ?)",
                (arriving.ticket_id.bytes, number, document.document_id.bytes, document.wrapped_key),
            )
            keep_octets(transaction, document.document_id, document.octets)
    return removed


def staged(connection: sqlite3.Connection, ticket_id: UUID) -> Arriving | None:
    """What arrived whole under that ticket and is not ours yet."""
    row = connection.execute("SELECT fence, job FROM arriving WHERE ticket_id = ?", (ticket_id.bytes,)).fetchone()
    if row is None:
        return None
    about = json.loads(row[1])
    return Arriving(ticket_id, UUID(about["sender_id"]), row[0], HeldJob.model_validate(about["job"]))


def adopt(transaction: Transaction, ticket_id: UUID, computer: str, secret: str, now: datetime) -> Job:
    """From this commit on the job is ours. ``NotFound`` where nothing arrived whole under that ticket."""
    arriving = staged(transaction.connection, ticket_id)
    if arriving is None:
        raise NotFound("Nothing arrived here under this ticket, or it was given up.")
    check_new(transaction.connection, arriving.job.job_id)
    kept = {
        number: (UUID(bytes=document_id), key)
        for number, document_id, key in transaction.connection.execute(
            "SELECT number, document_id, document_key FROM arriving_documents WHERE ticket_id = ?", (ticket_id.bytes,)
        )
    }
    first = min(kept)
    job = _job(transaction, arriving, secret)
    in_the_row = {"document_id": kept[first][0].bytes, "document_key": kept[first][1]}
    sequence = insert(transaction, job, in_the_row)
    _put_documents(transaction, sequence, arriving.job, kept, first)
    transaction.connection.executemany(
        "INSERT INTO timeline VALUES (?, ?, ?, ?, ?)",
        [
            (sequence, entry.sequence, micros(entry.at), entry.event, json.dumps(entry.values))
            for entry in arriving.job.timeline
        ],
    )
    add_entry(transaction, sequence, now, JobEvent.TAKEN_OVER, {"computer": computer})
    _forget(transaction, ticket_id.bytes)
    return job


def _job(transaction: Transaction, arriving: Arriving, secret: str) -> Job:
    told = arriving.job
    here = uuid5(arriving.sender_id, told.queue_id.hex)
    left = [one for one in told.documents if not one.cancelled]
    return Job(
        id=told.job_id,
        number=number_of(transaction, here),
        queue_id=here,
        account=told.account,
        owner_proof=told.owner_proof,
        user_id=told.user_id,
        name=told.name,
        ticket=decode_job_ticket(base64.b64decode(told.ticket)),
        phase=Phase.HELD,
        state=JobState.PENDING_HELD,
        state_reasons=(FOR_RELEASE,),
        created_at=told.created_at,
        version=told.version + _STEPS,
        document_format=told.documents[0].document_format,
        size=sum(one.size for one in left),
        pages=told.pages,
        document_kept=True,
        documents=len(told.documents),
        fence=arriving.fence,
        origin=Origin(arriving.sender_id, told.queue_id, secret),
    )


def _put_documents(
    transaction: Transaction, sequence: int, told: HeldJob, kept: dict[int, tuple[UUID, bytes]], first: int
) -> None:
    """Their own rows, where there are several or one has a name; the key of ``first`` stands in the job's row."""
    if len(told.documents) == 1 and not told.documents[0].name:
        return
    for number, one in enumerate(told.documents, start=1):
        key = (None, None) if number == first else kept.get(number, (None, None))
        document = StoredDocument(number, one.name, one.document_format, one.size, one.cancelled, *key)
        several.put(transaction.connection, sequence, document)


def adopted(connection: sqlite3.Connection, job_id: UUID, fence: int) -> bool:
    """Whether the job is, or was, held here under that number."""
    record = fetch(connection, "id = ?", job_id.bytes)
    return record is not None and record.job.fence == fence and record.job.origin is not None


def drop(transaction: Transaction, ticket_id: UUID) -> tuple[UUID, ...]:
    """Give up what is not ours yet; the documents whose keys went with it. Nothing there is no fault."""
    return _remove(transaction, ticket_id.bytes)


def drop_taken_back(transaction: Transaction, job_id: UUID, fence: int) -> tuple[UUID, ...]:
    """The same of what arrived of that job under that number or a smaller one: its holder took it back."""
    rows = transaction.connection.execute(
        "SELECT ticket_id FROM arriving WHERE job_id = ? AND fence <= ?", (job_id.bytes, fence)
    )
    return tuple(document for (ticket_id,) in rows.fetchall() for document in _remove(transaction, ticket_id))


def drop_older(transaction: Transaction, before: datetime) -> tuple[UUID, ...]:
    """The same of all that came before then."""
    rows = transaction.connection.execute("SELECT ticket_id FROM arriving WHERE staged_at < ?", (micros(before),))
    return tuple(document for (ticket_id,) in rows.fetchall() for document in _remove(transaction, ticket_id))


def kept_in_files(connection: sqlite3.Connection) -> dict[str, UUID]:
    """Every such document in a file, with its ticket."""
    rows = connection.execute(
        "SELECT document_id, ticket_id FROM arriving_documents "
        "WHERE NOT EXISTS (SELECT 1 FROM small_documents WHERE id = document_id)"
    )
    return {str(UUID(bytes=document_id)): UUID(bytes=ticket_id) for document_id, ticket_id in rows}


def _remove(transaction: Transaction, ticket_id: bytes) -> tuple[UUID, ...]:
    rows = transaction.connection.execute(
        "SELECT document_id FROM arriving_documents WHERE ticket_id = ?", (ticket_id,)
    ).fetchall()
    _forget(transaction, ticket_id)
    transaction.destroyed_key |= bool(rows)
    return tuple(UUID(bytes=document_id) for (document_id,) in rows)


def _forget(transaction: Transaction, ticket_id: bytes) -> None:
    transaction.connection.execute("DELETE FROM arriving_documents WHERE ticket_id = ?", (ticket_id,))
    transaction.connection.execute("DELETE FROM arriving WHERE ticket_id = ?", (ticket_id,))
