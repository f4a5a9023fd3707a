from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from presswork.agent.spool.faults import SpoolNotWritable
from presswork.agent.spool.job import Job
from presswork.agent.spool.schema import connect_reader, connect_writer
from presswork.agent.spool.writer import Transaction, Work, Writer
from presswork.core.errors import NoSpace, NotFound
from presswork.testing.spooling import made_up_job


class Bench:
    """A writer over a real database, and what it did."""

    def __init__(self, directory: Path, connection: sqlite3.Connection) -> None:
        self.directory = directory
        self.statements: list[str] = []
        self.published: list[Job] = []
        self.directory_syncs = 0
        self.sync_error: OSError | None = None
        connection.set_trace_callback(self.statements.append)
        self.writer = Writer(connection, self._sync, self.published.extend)

    def _sync(self) -> None:
        self.directory_syncs += 1
        if self.sync_error is not None:
            raise self.sync_error

    async def facts(self) -> dict[str, str]:
        return await asyncio.to_thread(self._facts)

    def _facts(self) -> dict[str, str]:
        connection = connect_reader(self.directory)
        found = dict(connection.execute("SELECT key, value FROM facts"))
        connection.close()
        return found

    async def together(self, *works: Work[None]) -> list[BaseException | None]:
        """Let these wait while the writer is busy, so that one commit takes them all; what each came to."""
        busy, go_on = threading.Event(), threading.Event()

        def occupy(_: Transaction) -> None:
            busy.set()
            assert go_on.wait(10)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.writer.run(occupy))
            assert await asyncio.to_thread(busy.wait, 10)
            self.statements.clear()
            waiting = [tasks.create_task(_outcome(self.writer, work)) for work in works]
            await asyncio.sleep(0)
            go_on.set()
        return [task.result() for task in waiting]


async def _outcome(writer: Writer, work: Work[None]) -> BaseException | None:
    try:
        await writer.run(work)
    except Exception as error:
        return error
    return None


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path, await asyncio.to_thread(connect_writer, tmp_path))
    yield bench
    await bench.writer.close()


def put(key: str, then: Callable[[Transaction], None] = lambda _: None) -> Work[None]:
    def work(transaction: Transaction) -> None:
        transaction.connection.execute("INSERT INTO facts VALUES (?, ?)", (key, "yes"))
        then(transaction)

    return work


async def test_what_waits_together_is_committed_together(bench: Bench) -> None:
    assert await bench.together(*(put(str(n)) for n in range(20))) == [None] * 20
    assert await bench.facts() == {str(n): "yes" for n in range(20)}
    assert bench.statements.count("COMMIT") == 2  # the one that kept it busy, and one for the twenty


async def test_work_that_fails_is_undone_alone(bench: Bench) -> None:
    def fail(_: Transaction) -> None:
        raise NotFound("There is no such job on this computer.")

    first, failed, doubled, last = await bench.together(put("first"), put("failed", fail), put("first"), put("last"))
    assert (first, last) == (None, None)
    assert isinstance(failed, NotFound)
    assert isinstance(doubled, sqlite3.IntegrityError)
    assert await bench.facts() == {"first": "yes", "last": "yes"}
    await bench.writer.run(put("afterwards"))


async def test_the_directory_is_synced_once_for_all_that_ask_and_before_the_commit(bench: Bench) -> None:
    def needs(transaction: Transaction) -> None:
        transaction.needs_directory_sync = True

    await bench.together(put("a", needs), put("b"), put("c", needs))
    assert bench.directory_syncs == 1
    await bench.writer.run(put("d"))
    assert bench.directory_syncs == 1


async def test_when_the_directory_cannot_be_synced_nothing_is_committed(bench: Bench) -> None:
    def needs(transaction: Transaction) -> None:
        transaction.needs_directory_sync = True
        transaction.after_commit.append(lambda: called.append(1))
        transaction.changed.append(made_up_job())

    called: list[int] = []
    bench.sync_error = OSError(5, "Input/output error")
    outcomes = await bench.together(put("a", needs), put("b"))
    assert [type(outcome) for outcome in outcomes] == [SpoolNotWritable, SpoolNotWritable]
    assert (await bench.facts(), called, bench.published) == ({}, [], [])
    bench.sync_error = None
    await bench.writer.run(put("a", needs))
    assert (await bench.facts(), called) == ({"a": "yes"}, [1])


async def test_when_the_database_is_full_nobody_is_promised_anything(bench: Bench) -> None:
    def fill(transaction: Transaction) -> None:
        transaction.connection.execute("PRAGMA max_page_count = 30")
        transaction.connection.execute("INSERT INTO facts VALUES ('big', ?)", ("x" * 500_000,))

    outcomes = await bench.together(put("a"), fill, put("b"))
    assert isinstance(outcomes[1], NoSpace)
    assert {key for key, outcome in zip("ab", outcomes[::2], strict=True) if outcome is None} == set(
        await bench.facts()
    )
    assert "big" not in await bench.facts()
    await bench.writer.run(put("afterwards"))


async def test_a_change_is_published_when_it_is_durable(bench: Bench) -> None:
    job = made_up_job()
    await bench.writer.run(put("a", lambda transaction: transaction.changed.append(job)))
    assert bench.published == [job]


async def test_what_fails_after_a_commit_neither_undoes_it_nor_stops_the_writer(bench: Bench) -> None:
    def fails() -> None:
        raise RuntimeError("can't start new thread")

    with capture_logs() as said:
        await bench.writer.run(put("a", lambda transaction: transaction.after_commit.append(fails)))
        await bench.writer.run(put("b"))
    assert set(await bench.facts()) == {"a", "b"}
    assert [entry["log_level"] for entry in said] == ["error"]


async def test_who_stops_waiting_does_not_stop_the_work(bench: Bench) -> None:
    task = asyncio.create_task(bench.writer.run(put("a")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await bench.writer.run(put("b"))
    assert set(await bench.facts()) == {"a", "b"}


async def test_closing_finishes_what_waits_and_takes_nothing_more(bench: Bench) -> None:
    waiting = asyncio.create_task(bench.writer.run(put("a")))
    await asyncio.sleep(0)
    await bench.writer.close()
    await waiting
    assert set(await bench.facts()) == {"a"}
    with pytest.raises(SpoolNotWritable):
        await bench.writer.run(put("b"))
