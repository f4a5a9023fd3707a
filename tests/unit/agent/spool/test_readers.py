from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from presswork.agent.spool.faults import SpoolDamaged
from presswork.agent.spool.readers import Readers
from presswork.agent.spool.schema import DATABASE, connect_writer
from presswork.core.errors import NotFound


async def test_a_query_leaves_no_transaction_behind_whatever_it_came_to(tmp_path: Path) -> None:
    writer = await asyncio.to_thread(connect_writer, tmp_path)
    readers = Readers(tmp_path)

    def fail(_: sqlite3.Connection) -> None:
        raise NotFound("There is no such job on this computer.")

    for _ in range(4):
        with pytest.raises(NotFound):
            await readers.run(fail)
    await asyncio.to_thread(writer.execute, "INSERT INTO facts VALUES ('a', 'b')")
    for _ in range(4):
        assert await readers.run(lambda c: c.execute("SELECT * FROM facts").fetchall()) == [("a", "b")]
    await readers.close()
    await asyncio.to_thread(writer.close)


async def test_a_damaged_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"not a database" * 1000)
    readers = Readers(tmp_path)
    with pytest.raises(SpoolDamaged):
        await readers.run(lambda c: c.execute("SELECT * FROM facts").fetchall())
    await readers.close()
