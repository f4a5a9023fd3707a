"""What a start finds and puts right, before anybody is served.

- A job still incoming without its document: nobody was promised more than its number. It is ended as incomplete.
- A file no row names: its upload did not finish, or its key was destroyed. It is removed.
- A row whose file is missing: the document is lost; the job says so and ends, unless it was being sent or handed over.
- A job that arrived from another holder and lacks a file: it is given up, and comes again.

A job still incoming *with* its document is left to the intake, which knows where it was to go.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

import structlog

from presswork.agent.spool import arriving, several
from presswork.agent.spool.commands import change, destroy
from presswork.agent.spool.documents import Documents
from presswork.agent.spool.job import Change, Phase
from presswork.agent.spool.rows import COLUMNS, Record, record_of
from presswork.agent.spool.writer import Transaction
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent

_log = structlog.get_logger(__name__)
INCOMPLETE = Change(
    phase=Phase.ENDED,
    state=JobState.ABORTED,
    state_reasons=("submission-interrupted",),
    event=JobEvent.INCOMPLETE,
)
"""What becomes of a job whose document did not arrive."""
LOST = Change(
    phase=Phase.ENDED,
    state=JobState.ABORTED,
    state_reasons=("document-access-error",),
    event=JobEvent.LOST,
)
"""What becomes of a job whose document is no longer on the disk."""


def recover(connection: sqlite3.Connection, documents: Documents, now: datetime) -> None:
    """Bring rows and files to agree. Runs before the writer's thread has the connection."""
    connection.execute("BEGIN IMMEDIATE")
    transaction = Transaction(connection)
    incomplete = _select(connection, "phase = 'incoming' AND document_key IS NULL")
    for record in incomplete:
        change(transaction, record.job.id, INCOMPLETE, now)
    names = documents.names()
    in_files = "document_key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM small_documents WHERE id = document_id)"
    kept = {str(record.document_id): record for record in _select(connection, in_files)}
    further = several.all_kept(connection)
    arrived = arriving.kept_in_files(connection)
    for ticket_id in {ticket_id for name, ticket_id in arrived.items() if name not in names}:
        arriving.drop(transaction, ticket_id)
    lost = {record.sequence: record for name, record in kept.items() if name not in names}
    for sequence in {sequence for name, sequence in further.items() if name not in names} - lost.keys():
        (lost[sequence],) = _select(connection, f"sequence = {sequence:d}")
    for record in lost.values():
        _lose(transaction, record, now)
    connection.execute("COMMIT")
    orphans = names - kept.keys() - further.keys() - arrived.keys()
    for name in orphans:
        documents.remove(name)
    if incomplete or lost or orphans:
        _log.info("spool recovered", incomplete=len(incomplete), lost=len(lost), files_removed=len(orphans))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _select(connection: sqlite3.Connection, where: str) -> list[Record]:
    rows = connection.execute(f"SELECT {COLUMNS} FROM jobs WHERE {where}").fetchall()  # noqa: S608
    return [record_of(row) for row in rows]


def _lose(transaction: Transaction, record: Record, now: datetime) -> None:
    if record.job.phase in (Phase.SENDING, Phase.MOVING, Phase.ENDED):
        destroy(transaction, record.job.id)  # who had begun with it decides its end
    else:
        change(transaction, record.job.id, LOST, now)
