from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from presswork.agent.spool import open_spool
from presswork.agent.spool.faults import SpoolDamaged, SpoolInUse
from presswork.agent.spool.opening import KEY_FILE
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.sealed.faults import KeyNotOurs
from presswork.testing.spooling import document_of, held_job


async def opened(directory: Path, randomness=system_randomness):  # type: ignore[no-untyped-def]
    return await open_spool(directory, SystemClock(), randomness)


async def test_a_new_spool_is_private(tmp_path: Path) -> None:
    directory = tmp_path / "agent/spool"
    spool = await opened(directory)
    await held_job(spool)
    assert directory.stat().st_mode & 0o777 == 0o700
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert len(files) >= 5  # database, its log and index, key, lock, document
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    await spool.close()


async def test_everything_is_there_after_it_was_closed(tmp_path: Path) -> None:
    spool = await opened(tmp_path)
    job = await held_job(spool, b"letter")
    await spool.remember("a", "b")
    story = await spool.story(job.id)
    await spool.close()
    spool = await opened(tmp_path)
    assert await spool.story(job.id) == story
    assert await document_of(spool, job.id) == b"letter"
    assert await spool.recall("a") == "b"
    await spool.close()


async def test_a_spool_is_open_once(tmp_path: Path) -> None:
    spool = await opened(tmp_path)
    with pytest.raises(SpoolInUse):
        await opened(tmp_path)
    await spool.close()
    await (await opened(tmp_path)).close()


async def test_a_lost_key_is_not_replaced_while_documents_wait_for_it(tmp_path: Path) -> None:
    spool = await opened(tmp_path)
    job = await held_job(spool)
    await spool.close()
    key = (tmp_path / KEY_FILE).read_bytes()
    for damage in (
        lambda path: path.unlink(),
        lambda path: path.write_bytes(key[:31]),
        lambda path: path.write_bytes(key * 2),
    ):
        damage(tmp_path / KEY_FILE)
        with pytest.raises(SpoolDamaged):
            await opened(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(bytes(32))
    spool = await opened(tmp_path)
    with pytest.raises(KeyNotOurs):
        await document_of(spool, job.id)
    await spool.close()
    (tmp_path / KEY_FILE).write_bytes(key)
    spool = await opened(tmp_path)
    assert await document_of(spool, job.id)
    await spool.close()


async def test_a_lost_key_is_replaced_where_nothing_waits(tmp_path: Path) -> None:
    await (await opened(tmp_path)).close()
    (tmp_path / KEY_FILE).unlink()
    (tmp_path / "spool.key.new").write_bytes(b"of a start that was killed")
    await (await opened(tmp_path)).close()
    assert len((tmp_path / KEY_FILE).read_bytes()) == 32


async def test_the_key_and_what_is_sealed_come_from_the_given_randomness(tmp_path: Path) -> None:
    spool = await opened(tmp_path, lambda count: b"\7" * count)
    assert (tmp_path / KEY_FILE).read_bytes() == b"\7" * 32
    await spool.close()


async def test_a_database_that_is_none_is_a_fault_and_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "spool.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(SpoolDamaged):
        await opened(tmp_path)
    os.unlink(tmp_path / "spool.db")
    await (await opened(tmp_path)).close()


async def test_two_that_start_at_once_are_one(tmp_path: Path) -> None:
    outcomes = await asyncio.gather(opened(tmp_path), opened(tmp_path), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Spool", "SpoolInUse"]
    for outcome in outcomes:
        if not isinstance(outcome, BaseException):
            await outcome.close()
