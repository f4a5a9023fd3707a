"""Tables and connections. Times are microseconds since 1970 in UTC; ids are 16 octets."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from presswork.agent.spool.faults import damaged

DATABASE = "spool.db"

_FIRST = (
    """
    CREATE TABLE jobs (
        sequence           INTEGER PRIMARY KEY,
        id                 BLOB    NOT NULL UNIQUE,
        number             INTEGER NOT NULL,
        queue_id           BLOB    NOT NULL,
        account            TEXT    NOT NULL,
        owner_proof        TEXT    NOT NULL,
        user_id            BLOB,
        name               TEXT    NOT NULL,
        ticket             BLOB    NOT NULL,
        phase              TEXT    NOT NULL,
        state              INTEGER NOT NULL,
        state_reasons      TEXT    NOT NULL,
        created_at         INTEGER NOT NULL,
        version            INTEGER NOT NULL,
        submitted_uuid     BLOB,
        document_format    TEXT    NOT NULL,
        size               INTEGER NOT NULL,
        pages              INTEGER,
        document_id        BLOB,
        document_key       BLOB,
        printer_id         BLOB,
        marked_at          INTEGER,
        device_job_id      INTEGER,
        outcome            TEXT,
        ended_at           INTEGER,
        confirmed_version  INTEGER NOT NULL DEFAULT 0,
        confirmed_sequence INTEGER NOT NULL DEFAULT 0,
        UNIQUE (queue_id, number)
    ) STRICT
    """,
    # One page of a list is one range of an index for each phase asked for, however many jobs there are.
    "CREATE INDEX jobs_by_phase ON jobs (phase, sequence)",
    "CREATE INDEX jobs_by_account ON jobs (account, phase, sequence)",
    "CREATE INDEX jobs_by_queue ON jobs (queue_id, phase, sequence)",
    """
    CREATE UNIQUE INDEX jobs_by_submitted_uuid ON jobs (queue_id, account, submitted_uuid)
        WHERE submitted_uuid IS NOT NULL
    """,
    "CREATE INDEX jobs_unconfirmed ON jobs (sequence) WHERE confirmed_version < version",
    "CREATE INDEX jobs_unclaimed ON jobs (account) WHERE user_id IS NULL",
    """
    CREATE INDEX jobs_kept_after_end ON jobs (outcome, ended_at)
        WHERE phase = 'ended' AND document_key IS NOT NULL
    """,
    "CREATE INDEX jobs_with_name_after_end ON jobs (ended_at) WHERE phase = 'ended' AND name <> ''",
    """
    CREATE TABLE timeline (
        job      INTEGER NOT NULL REFERENCES jobs (sequence),
        sequence INTEGER NOT NULL,
        at       INTEGER NOT NULL,
        event    TEXT    NOT NULL,
        details  TEXT    NOT NULL,
        PRIMARY KEY (job, sequence)
    ) STRICT, WITHOUT ROWID
    """,
    # job-id of IPP: an int32 of its queue, never used again.
    """
    CREATE TABLE numbers (
        queue_id BLOB    PRIMARY KEY,
        last     INTEGER NOT NULL CHECK (last BETWEEN 1 AND 2147483647)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
)
_SMALL_DOCUMENTS = (
    # Not in the rows of the jobs: a list of jobs reads no documents.
    "CREATE TABLE small_documents (id BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT",
)
_SEVERAL_DOCUMENTS = (
    "ALTER TABLE jobs ADD COLUMN documents INTEGER NOT NULL DEFAULT 1",
    # Of jobs with several documents, or with a name for one: most jobs have no row here. The key of the first document that is
    # still to be printed stands in the job's row, as that of every job.
    """
    CREATE TABLE documents (
        job             INTEGER NOT NULL REFERENCES jobs (sequence),
        number          INTEGER NOT NULL,
        name            TEXT    NOT NULL,
        document_format TEXT    NOT NULL,
        size            INTEGER NOT NULL,
        cancelled       INTEGER NOT NULL DEFAULT 0,
        document_id     BLOB,
        document_key    BLOB,
        PRIMARY KEY (job, number)
    ) STRICT, WITHOUT ROWID
    """,
)
_HAND_OVER = (
    "ALTER TABLE jobs ADD COLUMN fence INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE jobs ADD COLUMN move TEXT",
    # Of a job taken over from another computer. Its account is written with that computer's id before it, and its queue is one of
    # its own: so nothing that looks for an account or a queue of this computer finds it.
    "ALTER TABLE jobs ADD COLUMN origin_computer BLOB",
    "ALTER TABLE jobs ADD COLUMN origin_queue BLOB",
    # What arrived whole from another holder and is not ours yet. No list of jobs looks here.
    """
    CREATE TABLE arriving (
        ticket_id  BLOB    PRIMARY KEY,
        job_id     BLOB    NOT NULL,
        fence      INTEGER NOT NULL,
        staged_at  INTEGER NOT NULL,
        job        TEXT    NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE arriving_documents (
        ticket_id    BLOB    NOT NULL REFERENCES arriving (ticket_id),
        number       INTEGER NOT NULL,
        document_id  BLOB    NOT NULL,
        document_key BLOB    NOT NULL,
        PRIMARY KEY (ticket_id, number)
    ) STRICT, WITHOUT ROWID
    """,
)
_COMMITS = (
    # What the holder said when it committed.
    "ALTER TABLE jobs ADD COLUMN origin_secret TEXT NOT NULL DEFAULT ''",
)
_CHECKPOINT = 4000
"""Pages of the write-ahead log, 16 MiB, after which it is written back: what is written more often is written once."""
MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SMALL_DOCUMENTS, _SEVERAL_DOCUMENTS, _HAND_OVER, _COMMITS)
"""Each brings the schema one version up; what is released is never changed, only added to."""


def connect_writer(directory: Path) -> sqlite3.Connection:
    """The one connection that writes, with the schema of today. Raises ``SpoolDamaged`` for one of tomorrow."""
    path = directory / DATABASE
    # Made here, not by SQLite, so that it is private from its first moment; the WAL takes its mode from it.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    with ExitStack() as stack:
        connection = stack.enter_context(closing(_connect(path)))
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
        stack.pop_all()
    return connection


def connect_reader(directory: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = _connect(directory / DATABASE)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise damaged("The spool was written by a newer Presswork than this one.")
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
