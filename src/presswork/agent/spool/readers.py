"""The threads that read: each has its own connection and never waits for the writer."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from presswork.agent.spool.faults import fault_of
from presswork.agent.spool.schema import connect_reader

T = TypeVar("T")
READERS = 2


class Readers:
    """Runs queries off the loop; each sees everything committed before it began."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="spool-reader")
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []

    async def run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """The result of ``query``."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, query)

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._connection()
            # One transaction a query: all its statements see the same moment.
            connection.execute("BEGIN")
            try:
                return query(connection)
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise fault_of(error) or error from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = connect_reader(self._directory)
            self._connections.append(connection)
        return connection

    async def close(self) -> None:
        """Ends the threads, then their connections."""
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()
