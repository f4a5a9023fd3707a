"""What the disk has when a promise is made, what it no longer has when a document is destroyed, and what if it is full."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.documents import PIECE, SMALL
from presswork.agent.spool.faults import SpoolNotWritable
from presswork.agent.spool.job import Change, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import NoSpace
from presswork.testing.moving import SECRET, arriving, move_to_box, sealed_documents, waiting_job
from presswork.testing.spooling import LIMIT, document_of, held_job, incoming_job, pieces
from presswork.testing.timing import eventually


async def test_file_then_directory_are_synced_before_the_row_is_there(
    spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operating system's own call is watched: at each sync another connection looks whether the row is committed."""
    watcher = sqlite3.connect(tmp_path / "spool/spool.db", check_same_thread=False)
    seen: list[tuple[str, bool]] = []
    fsync = os.fsync

    def watched(file: int) -> None:
        kind = "directory" if stat.S_ISDIR(os.fstat(file).st_mode) else "file"
        (promised,) = watcher.execute("SELECT count(*) FROM jobs WHERE document_key IS NOT NULL").fetchone()
        seen.append((kind, bool(promised)))
        fsync(file)

    monkeypatch.setattr(os, "fsync", watched)
    job = await held_job(spool, bytes(SMALL + 1))
    monkeypatch.undo()
    watcher.close()
    assert seen == [("file", False), ("directory", False)]
    assert job.document_kept


async def test_a_destroyed_key_is_in_no_file_of_the_spool(spool: Spool, tmp_path: Path) -> None:
    job = await held_job(spool, b"letter")
    kept = await held_job(spool, b"another")
    database = sqlite3.connect(tmp_path / "spool/spool.db")
    keys = dict(database.execute("SELECT id, document_key FROM jobs"))
    database.close()

    def found(job_id: bytes) -> bool:
        return any(keys[job_id] in path.read_bytes() for path in (tmp_path / "spool").rglob("*") if path.is_file())

    assert found(job.id.bytes)
    await spool.change(job.id, Change(phase=Phase.ENDED))
    await eventually(lambda: not found(job.id.bytes))
    assert found(kept.id.bytes)
    assert await document_of(spool, kept.id) == b"another"


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file of this process may grow beyond 1 MiB: as a full disk, without one."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_document_that_does_not_fit_leaves_nothing(spool: Spool, tmp_path: Path, small_files: None) -> None:
    job = await incoming_job(spool)
    with pytest.raises(NoSpace):
        await spool.receive(job.id, "application/pdf", pieces(bytes(4 * PIECE)), limit=LIMIT)
    await eventually(lambda: not any((tmp_path / "spool/documents").iterdir()))
    assert (await spool.get(job.id)).phase is Phase.INCOMING
    assert await document_of(spool, (await held_job(spool, b"small")).id) == b"small"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB, mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


async def test_the_room_on_the_disk_is_known(small_disk: Path) -> None:
    spool = await open_spool(small_disk / "spool", SystemClock(), system_randomness)
    before = await spool.free_octets()
    assert 0 < before < 8 << 20
    await held_job(spool, bytes(1 << 20))
    assert await spool.free_octets() <= before - (1 << 20)
    await spool.close()


async def test_on_a_full_disk_nothing_is_half_kept(small_disk: Path) -> None:
    spool = await open_spool(small_disk / "spool", SystemClock(), system_randomness)
    waiting = await held_job(spool, bytes(SMALL + 1))
    job = await incoming_job(spool)
    with pytest.raises(NoSpace):
        await spool.receive(job.id, "application/pdf", pieces(bytes(20 * PIECE)), limit=LIMIT)
    await eventually(lambda: len([*(small_disk / "spool/documents").iterdir()]) == 1)
    # the room of a removed file comes back a moment after its name is gone
    await eventually(lambda: shutil.disk_usage(small_disk).free > 4 << 20)
    filler = small_disk / "filler"
    fill(filler)
    assert filler.stat().st_size > 4 << 20
    numbers: list[int] = []
    with pytest.raises(NoSpace):
        await hold_as_many_as_fit(spool, numbers)
    assert await document_of(spool, waiting.id) == bytes(SMALL + 1)
    filler.unlink()
    assert (await held_job(spool, b"after")).number > max(numbers, default=job.number)
    await spool.close()
    spool = await open_spool(small_disk / "spool", SystemClock(), system_randomness)
    held = await spool.list(phases={Phase.HELD}, limit=1000)
    assert len(held) == len(numbers) + 2
    for one in held:
        assert await document_of(spool, one.id)
    await spool.close()


async def hold_as_many_as_fit(spool: Spool, numbers: list[int]) -> None:
    while len(numbers) < 10_000:
        job = await held_job(spool)
        numbers.append(job.number)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(4096)):
            continue


async def test_a_disk_that_became_read_only_is_a_fault_and_what_is_there_can_be_read(small_disk: Path) -> None:
    spool = await open_spool(small_disk / "spool", SystemClock(), system_randomness)
    job = await held_job(spool, b"before")
    await spool.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(SpoolNotWritable):
        await open_spool(small_disk / "spool", SystemClock(), system_randomness)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    spool = await open_spool(small_disk / "spool", SystemClock(), system_randomness)
    assert await document_of(spool, job.id) == b"before"
    await spool.close()


async def test_a_job_of_another_holder_that_does_not_fit_stays_there(small_disk: Path, tmp_path: Path) -> None:
    laptop = await open_spool(tmp_path / "laptop", SystemClock(), system_randomness)
    box = await open_spool(small_disk / "spool", SystemClock(), system_randomness)
    large, small = await waiting_job(laptop, bytes(6 * PIECE), bytes(10 * PIECE)), await waiting_job(laptop)
    told = await arriving(laptop, large, move_to_box())
    with pytest.raises(NoSpace):
        await box.moves.stage(told, sealed_documents(laptop, large))
    assert await box.moves.staged(told.ticket_id) is None
    await eventually(lambda: not any((small_disk / "spool/documents").iterdir()))
    told = await arriving(laptop, small, move_to_box())
    await box.moves.stage(told, sealed_documents(laptop, small))
    assert (await box.moves.adopt(told.ticket_id, "Box-1", SECRET)).id == small.id
    await box.close()
    await laptop.close()
