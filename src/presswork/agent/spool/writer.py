"""The one thread that writes. Whatever waits while a commit reaches the disk is committed together by the next one."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import structlog

from presswork.agent.spool.faults import SpoolNoAnswer, fault_of, not_writable
from presswork.agent.spool.job import Job

_log = structlog.get_logger(__name__)
T = TypeVar("T")
GROUP = 256
"""At most so many pieces of work in one commit."""
WAITING = 4096
"""At most so many pieces of work wait; more callers wait before they are let in."""
DEADLINE = 60.0
"""Seconds after which a disk that does not answer is told to whoever waits."""
CLEAR_LOG_AFTER = 1.0
"""Seconds without work after which the write-ahead log is emptied of keys that were destroyed."""
CLEAR_LOG_AT_LATEST = 256
"""So many groups after a key was destroyed, the log is emptied even without a pause."""


class Transaction:
    """What a piece of work sees: the connection, inside a savepoint of its own, and what is to follow."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.needs_directory_sync = False
        """The directory of documents must be on disk before this commit."""
        self.destroyed_key = False
        """A key was cleared: it must leave the log, too."""
        self.after_commit: list[Callable[[], None]] = []
        """Called in the writer's thread when it is durable; must be quick and not fail."""
        self.changed: list[Job] = []
        """Jobs that changed: published on the loop when it is durable."""


Work = Callable[[Transaction], T]


class _Item:
    __slots__ = ("error", "future", "result", "transaction", "work")

    def __init__(self, work: Work[Any], future: asyncio.Future[Any]) -> None:
        self.work = work
        self.future = future
        self.result: Any = None
        self.error: Exception | None = None
        self.transaction: Transaction | None = None


class Writer:
    """Runs work in order, groups commits. A piece of work that fails is rolled back alone."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        sync_directory: Callable[[], None],
        publish: Callable[[Sequence[Job]], None],
    ) -> None:
        self._connection = connection
        self._sync_directory = sync_directory
        self._publish = publish
        self._items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(WAITING)
        self._loop = asyncio.get_running_loop()
        self._groups_with_key_in_log: int | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="spool-writer", daemon=True)
        self._thread.start()

    async def run(self, work: Work[T]) -> T:
        """The result of ``work``, durable. Raises what it raised; a fault when the disk failed; then nothing of it is kept.

        A caller that is cancelled, or whose deadline passes, does not know whether it was done: it may still be.
        """
        try:
            async with asyncio.timeout(DEADLINE), self._room:
                if self._closed:
                    raise not_writable()
                item = _Item(work, self._loop.create_future())
                self._items.put(item)
                return cast("T", await item.future)
        except TimeoutError:
            raise SpoolNoAnswer(
                "The disk of this computer does not answer. Look for the job before you print again."
            ) from None

    def later(self, work: Work[None]) -> None:
        """Do ``work`` after all that was asked for before; nobody waits for it."""
        future = self._loop.create_future()
        future.add_done_callback(_log_failure)
        self._items.put(_Item(work, future))

    async def close(self) -> None:
        """Finishes what waits, then ends the thread and closes the connection."""
        if self._closed:
            return
        self._closed = True
        self._items.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        more = True
        while more:
            group, more = self._next_group()
            if group:
                self._commit(group)
                self._loop.call_soon_threadsafe(self._answer, group)
            self._clear_log(idle=not group)
        self._clear_log(idle=True)
        self._connection.close()

    def _next_group(self) -> tuple[list[_Item], bool]:
        """What waits, at most ``GROUP``; nothing after a pause. False when this was the last."""
        group: list[_Item] = []
        try:
            item = self._items.get(timeout=None if self._groups_with_key_in_log is None else CLEAR_LOG_AFTER)
            while item is not None:
                group.append(item)
                if len(group) == GROUP:
                    return group, True
                item = self._items.get_nowait()
        except queue.Empty:
            return group, True
        return group, False

    def _commit(self, group: list[_Item]) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for item in group:
                self._work(item)
            done = [item.transaction for item in group if item.transaction is not None]
            if any(transaction.needs_directory_sync for transaction in done):
                self._sync_directory()
            self._connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._fail(group, error)
            return
        if any(transaction.destroyed_key for transaction in done) and self._groups_with_key_in_log is None:
            self._groups_with_key_in_log = 0
        for transaction in done:
            for call in transaction.after_commit:
                try:
                    call()
                except Exception:  # no thread to be had: what is committed stays so, and the next one must be served
                    _log.exception("what follows a commit failed")

    def _work(self, item: _Item) -> None:
        """One piece of work in its savepoint; raises only when the whole group is lost."""
        transaction = Transaction(self._connection)
        self._connection.execute("SAVEPOINT work")
        try:
            item.result = item.work(transaction)
            item.transaction = transaction
        except Exception as error:
            # SQLite ends the whole transaction by itself when the disk is full or failing.
            if not self._connection.in_transaction:
                raise
            item.error = fault_of(error) or error
            self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")

    def _fail(self, group: list[_Item], error: Exception) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        for item in group:
            item.error = item.error or fault_of(error) or error
            item.transaction = None

    def _answer(self, group: list[_Item]) -> None:
        for item in group:
            if item.transaction is not None and item.transaction.changed:
                self._publish(item.transaction.changed)
            if item.future.done():
                continue
            if item.error is None:
                item.future.set_result(item.result)
            else:
                item.future.set_exception(item.error)

    def _clear_log(self, *, idle: bool) -> None:
        """A page written again zeroes a cleared key, but old pages stand in the log until it is emptied."""
        if self._groups_with_key_in_log is None:
            return
        self._groups_with_key_in_log += 1
        if not idle and self._groups_with_key_in_log < CLEAR_LOG_AT_LATEST:
            return
        try:
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            # A full or failing disk is told to the next one who writes; the log is tried again then.
            busy = True
        if not busy:
            self._groups_with_key_in_log = None


def _log_failure(future: asyncio.Future[None]) -> None:
    error = future.exception()
    if error is not None:
        _log.warning("clearing up in the spool failed", error=type(error).__name__)
