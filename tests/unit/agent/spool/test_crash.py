"""Killed at any moment: what was promised is there and whole, and what was not is not there by halves."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Job, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.testing.spooling import document_of
from unit.agent.spool.crashing import DEVICE_JOB_ID

CHILD = Path(__file__).with_name("crashing.py")


class Promises:
    """What the killed process had said."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.whole: dict[str, str] = {}
        self.ended: set[str] = set()
        self.reached: dict[str, str] = {}
        """How far a job was delivered: released, sending (which is the mark), or its outcome."""

    def take(self, line: str) -> None:
        match line.split():
            case ["number", job_id, number]:
                self.numbers[job_id] = int(number)
            case ["whole", job_id, digest]:
                self.whole[job_id] = digest
            case ["ended", job_id, _]:
                self.ended.add(job_id)
            case ["reached", job_id, where]:
                self.reached[job_id] = where


STAGES = ("incoming", "held", "released", "sending", "printed", "unknown", "not-printed", "ended")
OUTCOMES = ("printed", "unknown", "not-printed")


def stage(job: Job) -> int:
    """How far it is."""
    return STAGES.index(job.outcome or job.phase)


async def run_and_kill(directory: Path, promises: Promises, dice: random.Random) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, CHILD, directory, str(dice.random()), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout
    wanted = dice.randint(1, 150)
    async with asyncio.timeout(30):
        for _ in range(wanted):
            promises.take((await child.stdout.readline()).decode())
        child.send_signal(signal.SIGKILL)
        # Lines written before the kill are promises, too; one that was cut short was never said.
        for line in (await child.stdout.read()).decode().splitlines(keepends=True):
            if line.endswith("\n"):
                promises.take(line)
        await child.wait()


async def check(spool: Spool, directory: Path, promises: Promises) -> None:
    found = {str(job.id): job for job in await spool.list(limit=100_000)}
    for job_id, number in promises.numbers.items():
        assert found[job_id].number == number
    for job_id, digest in promises.whole.items():
        job = found[job_id]
        # a next step may have been committed and not yet said
        assert stage(job) >= STAGES.index(promises.reached.get(job_id, "held"))
        if job_id in promises.ended:
            assert (job.phase, job.document_kept) == (Phase.ENDED, False)
        elif job.document_kept:
            assert hashlib.sha256(await document_of(spool, job.id)).hexdigest() == digest
        else:
            assert job.phase is Phase.ENDED
            assert job.outcome in (None, Outcome.PRINTED)
        if promises.reached.get(job_id) in OUTCOMES:
            assert job.outcome == promises.reached[job_id]
        if job.phase is Phase.SENDING or job.outcome is not None:
            assert (job.marked_at is not None, job.device_job_id) == (True, DEVICE_JOB_ID)
    held = [job for job in found.values() if job.document_kept]
    for job in held:
        assert len(await document_of(spool, job.id)) == job.size
    large = [job for job in held if job.size > SMALL]
    assert len([*(directory / "documents").iterdir()]) == len(large)
    with contextlib.closing(sqlite3.connect(directory / "spool.db")) as database:
        assert database.execute("SELECT count(*) FROM small_documents").fetchone() == (len(held) - len(large),)
    assert len({job.number for job in found.values()}) == len(found)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(3))
async def test_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    dice, promises = random.Random(seed), Promises()
    for _ in range(4):
        await run_and_kill(tmp_path, promises, dice)
        spool = await open_spool(tmp_path, SystemClock(), system_randomness)
        await check(spool, tmp_path, promises)
        await spool.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "spool.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert promises.whole
    assert set(promises.reached.values()) & {*OUTCOMES}
