"""What is written to the spool: each function is one piece of work inside the writer's transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from presswork.agent.spool import several
from presswork.agent.spool.job import Change, Job, Phase
from presswork.agent.spool.rows import (
    DURING_LIFE,
    Record,
    Sealed,
    column,
    fetch,
    micros,
)
from presswork.agent.spool.several import StoredDocument
from presswork.agent.spool.transition import apply, check
from presswork.agent.spool.writer import Transaction
from presswork.core.errors import NotFound, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent

_WITHOUT_DOCUMENTS = Change(
    phase=Phase.ENDED,
    state=JobState.CANCELED,
    state_reasons=("job-canceled-by-user",),
    event=JobEvent.DELETED,
)
_CHANGEABLE = (Phase.INCOMING, Phase.HELD, Phase.RELEASED, Phase.SENDING)
_NO_DOCUMENT: Mapping[str, bytes | None] = {"document_id": None, "document_key": None}


def no_such_job() -> NotFound:
    """There is none with that id."""
    return NotFound("There is no such job on this computer.")


def number_of(transaction: Transaction, queue_id: UUID) -> int:
    """The next ``job-id`` of a queue; none comes twice, whatever became of the job that had it."""
    (number,) = transaction.connection.execute(
        "INSERT INTO numbers VALUES (?, 1) ON CONFLICT (queue_id) DO UPDATE SET last = last + 1 RETURNING last",
        (queue_id.bytes,),
    ).fetchone()
    return int(number)


def create(transaction: Transaction, job: Job) -> Job:
    """Keep a new job under the next number of its queue; or the job that this account submitted under that uuid before."""
    if job.submitted_uuid is not None:
        before = fetch(
            transaction.connection,
            "queue_id = ? AND account = ? AND submitted_uuid = ?",
            job.queue_id.bytes,
            job.account,
            job.submitted_uuid.bytes,
        )
        if before is not None:
            return before.job
    job = replace(job, number=number_of(transaction, job.queue_id))
    insert(transaction, job, {})
    return job


def submit(transaction: Transaction, job: Job, document: Sealed, then: Iterable[Change], now: datetime) -> Job:
    """Keep a new job together with its small document; ``then`` follows in the same commit."""
    changes = tuple(then)
    job = replace(job, number=number_of(transaction, job.queue_id), document_kept=True)
    for what in changes:
        job = apply(job, what, now)
    columns = {"document_id": document.document_id.bytes, "document_key": document.wrapped_key}
    sequence = insert(transaction, job, columns)
    keep_octets(transaction, document.document_id, document.octets)
    for what in changes:
        _tell(transaction, sequence, what, now)
    return job


def insert(transaction: Transaction, job: Job, document: Mapping[str, bytes | None]) -> int:
    """A new row, and its sequence. ``document``: its two columns."""
    fixed = {
        "id": job.id.bytes,
        "number": job.number,
        "queue_id": job.queue_id.bytes,
        "account": job.account,
        "owner_proof": job.owner_proof,
        "created_at": micros(job.created_at),
    }
    if job.origin is not None:
        fixed |= {
            "account": f"{job.origin.computer_id}/{job.account}",
            "origin_computer": job.origin.computer_id.bytes,
            "origin_queue": job.origin.queue_id.bytes,
            "origin_secret": job.origin.secret,
        }
    values = fixed | {name: column(job, name) for name in DURING_LIFE} | dict(document)
    (sequence,) = transaction.connection.execute(
        f"INSERT INTO jobs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))}) RETURNING sequence",  # noqa: S608
        tuple(values.values()),
    ).fetchone()
    transaction.changed.append(job)
    return int(sequence)


def change(
    transaction: Transaction,
    job_id: UUID,
    what: Change,
    now: datetime,
    *,
    only_if: Collection[Phase] | None = None,
    version: int | None = None,
) -> tuple[Job, tuple[UUID, ...]]:
    """Apply ``what`` if the job is as expected; the job, and the documents whose keys went with it."""
    record = record_of_id(transaction, job_id)
    check(record.job, only_if, version)
    return _change(transaction, record, what, now)


def record_of_id(transaction: Transaction, job_id: UUID) -> Record:
    """The job, as this transaction sees it, or ``NotFound``."""
    record = fetch(transaction.connection, "id = ?", job_id.bytes)
    if record is None:
        raise no_such_job()
    return record


def _change(transaction: Transaction, record: Record, what: Change, now: datetime) -> tuple[Job, tuple[UUID, ...]]:
    job = apply(record.job, what, now)
    ends = record.job.document_kept and not job.document_kept
    destroyed = several.drop_keys(transaction.connection, record) if ends else ()
    _store(transaction, record, job, _NO_DOCUMENT if ends else {})
    _tell(transaction, record.sequence, what, now)
    return job, destroyed


def _store(transaction: Transaction, record: Record, job: Job, document: Mapping[str, bytes | None]) -> None:
    """Write the columns that differ: an index is touched only when its column changed. ``document``: its two columns."""
    changed = [name for name in DURING_LIFE if getattr(job, name) != getattr(record.job, name)]
    values = {name: column(job, name) for name in changed} | dict(document)
    assignments = ", ".join(f"{name} = ?" for name in values)
    transaction.connection.execute(
        f"UPDATE jobs SET {assignments} WHERE sequence = ?",  # noqa: S608 - names are ours
        (*values.values(), record.sequence),
    )
    transaction.changed.append(job)
    transaction.destroyed_key |= document is _NO_DOCUMENT


def _tell(transaction: Transaction, sequence: int, what: Change, now: datetime) -> None:
    if what.event is not None:
        add_entry(transaction, sequence, now, what.event, dict(what.values))


def add_entry(
    transaction: Transaction, sequence: int, now: datetime, event: JobEvent, values: Mapping[str, str]
) -> None:
    """One more entry of a job's timeline."""
    transaction.connection.execute(
        "INSERT INTO timeline SELECT ?, coalesce(max(sequence), 0) + 1, ?, ?, ? FROM timeline WHERE job = ?",
        (sequence, micros(now), event, json.dumps(values), sequence),
    )


def keep_document(
    transaction: Transaction,
    job_id: UUID,
    document_id: UUID,
    wrapped_key: bytes,
    *,
    document_format: str,
    size: int,
    then: Iterable[Change],
    now: datetime,
    octets: bytes | None,
    name: str = "",
) -> Job:
    """The document is whole: from this commit on it is the job's, after those it has.

    ``octets``: None where its file is on the disk.

    ``then`` follows in the same commit; none of it may end the job.
    """
    record = record_of_id(transaction, job_id)
    before = record.job
    check_takes_document(before)
    keep_octets(transaction, document_id, octets)
    first = not before.document_format
    job = replace(
        before,
        version=before.version + 1,
        document_format=before.document_format or document_format,
        size=before.size + size,
        document_kept=True,
        documents=1 if first else before.documents + 1,
    )
    changes = tuple(then)
    for what in changes:
        job = apply(job, what, now)
    beside = before.document_kept  # the key in the job's row is that of a document before it
    _store(transaction, record, job, {} if beside else {"document_id": document_id.bytes, "document_key": wrapped_key})
    if not first or job.phase is Phase.INCOMING:
        kept = (document_id, wrapped_key) if beside else (None, None)
        document = StoredDocument(job.documents, name, document_format, size, False, *kept)
        several.put(transaction.connection, record.sequence, document)
    for what in changes:
        _tell(transaction, record.sequence, what, now)
    return job


def keep_octets(transaction: Transaction, document_id: UUID, octets: bytes | None) -> None:
    """A document's octets where it is small; None: its file is in the directory, which must be on the disk, too."""
    if octets is None:
        transaction.needs_directory_sync = True
    else:
        transaction.connection.execute("INSERT INTO small_documents VALUES (?, ?)", (document_id.bytes, octets))


def remove_small(transaction: Transaction, document_id: UUID) -> bool:
    """Remove a document that has no file of its own; False where there is no such one."""
    removed = transaction.connection.execute("DELETE FROM small_documents WHERE id = ?", (document_id.bytes,))
    return removed.rowcount > 0


def keeps(transaction: Transaction, job_id: UUID, document_id: UUID) -> bool:
    """Whether this document is the job's."""
    record = record_of_id(transaction, job_id)
    return record.document_id == document_id or several.holds(transaction.connection, record.sequence, document_id)


def check_takes_document(job: Job) -> None:
    """``NotPossible`` unless the job waits for a document. The spooler sends one, and perhaps the same again."""
    if job.phase is not Phase.INCOMING or (job.document_kept and job.owner_proof == "spooler"):
        raise NotPossible("This job has its document already, or is over. Print it as a new job.", phase=job.phase)
    if not several.has_room(job):
        raise NotPossible(f"A job has {several.MOST} documents at most. Print the other ones as a new job.")


def destroy(transaction: Transaction, job_id: UUID) -> tuple[UUID, ...]:
    """Clear the keys of the job's documents; which documents those were."""
    record = record_of_id(transaction, job_id)
    if not record.job.document_kept:
        return ()
    job = replace(record.job, version=record.job.version + 1, document_kept=False)
    destroyed = several.drop_keys(transaction.connection, record)
    _store(transaction, record, job, _NO_DOCUMENT)
    return destroyed


def cancel_document(transaction: Transaction, job_id: UUID, number: int, now: datetime) -> tuple[Job, tuple[UUID, ...]]:
    """Destroy one document of a job that is not on its way; with its last one the job ends."""
    record = record_of_id(transaction, job_id)
    documents = several.documents_of(transaction.connection, record)
    document = several.find(documents, number)
    if document.cancelled or record.job.phase not in (Phase.INCOMING, Phase.HELD, Phase.RELEASED):
        raise NotPossible("This document is cancelled already, or its job is on its way or over.")
    left = [one for one in documents if not one.cancelled and one is not document]
    if not left and record.job.phase is not Phase.INCOMING:
        return _change(transaction, record, _WITHOUT_DOCUMENTS, now)
    cancelled = replace(document, cancelled=True, document_id=None, wrapped_key=None)
    several.put(transaction.connection, record.sequence, cancelled)
    in_the_row: Mapping[str, bytes | None] = {}
    if document.document_id == record.document_id:
        in_the_row = _NO_DOCUMENT
        if left:
            several.put(transaction.connection, record.sequence, replace(left[0], document_id=None, wrapped_key=None))
            assert left[0].document_id is not None  # noqa: S101 - what is not cancelled has its key somewhere
            in_the_row = {"document_id": left[0].document_id.bytes, "document_key": left[0].wrapped_key}
    before = record.job
    job = replace(
        before,
        version=before.version + 1,
        size=before.size - document.size,
        pages=None,
        document_kept=bool(left),
    )
    _store(transaction, record, job, in_the_row)
    transaction.destroyed_key = True
    return job, () if document.document_id is None else (document.document_id,)


def rename_document(transaction: Transaction, job_id: UUID, number: int, name: str) -> None:
    """Another name for one document of a job that is not over."""
    record = record_of_id(transaction, job_id)
    document = several.find(several.documents_of(transaction.connection, record), number)
    check(record.job, _CHANGEABLE, None)
    if document.document_id == record.document_id:
        document = replace(document, document_id=None, wrapped_key=None)  # they stand in the job's row
    several.put(transaction.connection, record.sequence, replace(document, name=name))


def set_pages(transaction: Transaction, job_id: UUID, pages: int) -> Job:
    """Record how many pages the document has."""
    record = record_of_id(transaction, job_id)
    job = replace(record.job, version=record.job.version + 1, pages=pages)
    _store(transaction, record, job, {})
    return job


def claim(transaction: Transaction, account: str, user_id: UUID, person: str, now: datetime) -> list[Job]:
    """Jobs of the account that are nobody's become this person's."""
    rows = transaction.connection.execute(
        "SELECT id FROM jobs WHERE account = ? AND user_id IS NULL ORDER BY sequence", (account,)
    ).fetchall()
    what = Change(user_id=user_id, event=JobEvent.CLAIMED, values=(("person", person), ("account", account)))
    return [change(transaction, UUID(bytes=job_id), what, now)[0] for (job_id,) in rows]


def confirm(transaction: Transaction, confirmed: Iterable[tuple[UUID, int, int]]) -> None:
    """The server has these jobs up to that version, and their timelines up to that sequence."""
    transaction.connection.executemany(
        "UPDATE jobs SET confirmed_version = max(confirmed_version, ?), "
        "confirmed_sequence = max(confirmed_sequence, ?) WHERE id = ?",
        [(version, sequence, job_id.bytes) for job_id, version, sequence in confirmed],
    )


def forget_names(transaction: Transaction, ended_before: datetime) -> int:
    """Names of jobs that ended before then are forgotten; how many. Their counts stay."""
    transaction.connection.execute(
        "UPDATE documents SET name = '' WHERE name <> '' AND job IN "
        "(SELECT sequence FROM jobs WHERE phase = 'ended' AND name <> '' AND ended_at < ?)",
        (micros(ended_before),),
    )
    return transaction.connection.execute(
        "UPDATE jobs SET name = '' WHERE phase = 'ended' AND name <> '' AND ended_at < ?", (micros(ended_before),)
    ).rowcount


def remember(transaction: Transaction, key: str, value: str) -> None:
    """A small fact; the newest under its key counts."""
    transaction.connection.execute(
        "INSERT INTO facts VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
    )


def forget(transaction: Transaction, keys: Iterable[str]) -> None:
    """Those facts are of no more use."""
    transaction.connection.executemany("DELETE FROM facts WHERE key = ?", [(key,) for key in keys])
