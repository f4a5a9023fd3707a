"""How a spool is opened: private directory, one process at a time, its key, its tables, what the last run left."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from presswork.agent.directory import make_durably, write_durably
from presswork.agent.spool.documents import Documents
from presswork.agent.spool.faults import SpoolInUse, damaged, fault_of
from presswork.agent.spool.job import Job
from presswork.agent.spool.news import News
from presswork.agent.spool.readers import Readers
from presswork.agent.spool.recent import Recent
from presswork.agent.spool.recovery import recover
from presswork.agent.spool.schema import connect_writer
from presswork.agent.spool.spool import Spool
from presswork.agent.spool.writer import Writer
from presswork.core.clock import Clock, Randomness
from presswork.protocols.sealed.keys import KEY_SIZE

KEY_FILE = "spool.key"
_LOCK_FILE = "spool.lock"


async def open_spool(directory: Path, clock: Clock, randomness: Randomness) -> Spool:
    """The spool in ``directory``, made there when it is not; what a crash left is put right first.

    Raises ``SpoolInUse`` while another process has it open, ``SpoolNotWritable``, ``NoSpace`` or ``SpoolDamaged``.
    """
    lock, connection, documents, key = await asyncio.to_thread(_open, directory, clock, randomness)
    news, recent = News(), Recent()

    def publish(jobs: Sequence[Job]) -> None:
        recent.put(jobs)
        news.publish(jobs)

    writer = Writer(connection, documents.sync, publish)
    return Spool(
        writer=writer,
        readers=Readers(directory),
        documents=documents,
        news=news,
        recent=recent,
        key_encryption_key=key,
        clock=clock,
        randomness=randomness,
        lock=lock,
    )


def _open(directory: Path, clock: Clock, randomness: Randomness) -> tuple[int, sqlite3.Connection, Documents, bytes]:
    with ExitStack() as stack:
        try:
            make_durably(directory, 0o700)
            directory.chmod(0o700)
            lock = _take_lock(directory)
            stack.callback(os.close, lock)
            connection = stack.enter_context(closing(connect_writer(directory)))
            key = _key(directory, connection, randomness)
            documents = Documents(directory)
            stack.callback(documents.close_now)
            recover(connection, documents, clock.now())
        except (OSError, sqlite3.Error) as error:
            raise fault_of(error) or error from error
        stack.pop_all()
    return lock, connection, documents, key


def _take_lock(directory: Path) -> int:
    lock = os.open(directory / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise SpoolInUse(
            "Another Presswork agent is running with the same directory. Stop it first, or give this one its own."
        ) from None
    return lock


def _key(directory: Path, connection: sqlite3.Connection, randomness: Randomness) -> bytes:
    """The key-encryption key. A new one is made only where there is nothing to open with the old one."""
    try:
        file = os.open(directory / KEY_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        connection.execute("DELETE FROM arriving_documents")  # not ours yet: they come again
        connection.execute("DELETE FROM arriving")
        if connection.execute("SELECT 1 FROM jobs WHERE document_key IS NOT NULL LIMIT 1").fetchone():
            raise damaged("The key of the spool is missing, so no waiting document can be opened.") from None
        write_durably(directory / KEY_FILE, key := randomness(KEY_SIZE))
        return key
    try:
        key = os.read(file, KEY_SIZE + 1)
    finally:
        os.close(file)
    if len(key) != KEY_SIZE:
        raise damaged("The key of the spool is not whole, so no waiting document can be opened.")
    return key
