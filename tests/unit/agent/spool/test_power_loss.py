"""The power goes at any moment: what was promised is there and whole on what the disk is sure to have kept.

A process (``crashing.py``) takes jobs in and says what it promises, while strace writes down its system calls. From those
``power_loss.py`` builds what a disk may hold at any moment; each is opened as the next start of an agent would.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path

import pytest

from presswork.agent.spool import open_spool
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Fault
from presswork.testing.timing import MS
from unit.agent.spool.power_loss import STRACE, Call, Disk, calls
from unit.agent.spool.test_crash import CHILD, Promises, check

pytestmark = [pytest.mark.timeout(int(240_000 * MS)), pytest.mark.interop]
PROMISES = 45
"""Lines after which the traced process is ended."""
SPOOL = "agent/spool"


async def traced(directory: Path, seed: int) -> Path:
    """The system calls of a process that works in ``directory``."""
    if shutil.which(STRACE[0]) is None:
        pytest.skip("strace is not installed")
    trace = directory.parent / "trace"
    process = await asyncio.create_subprocess_exec(
        *STRACE, "-o", trace, sys.executable, CHILD, directory / SPOOL, str(seed), stdout=PIPE
    )
    assert process.stdout
    try:
        async with asyncio.timeout(60_000 * MS):
            for _ in range(PROMISES):
                if not await process.stdout.readline():
                    break
    finally:
        kill_children(process.pid)  # strace ends with what it traces, and writes down all of it
        await process.communicate()
    if "PTRACE" in trace.read_text()[:1000]:
        pytest.skip("strace may not trace here")
    return trace


def kill_children(pid: int) -> None:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)


async def opened(image: Path, promises: Promises) -> None:
    """The next start finds everything that was promised."""
    spool = await open_spool(image / SPOOL, SystemClock(), system_randomness)
    try:
        await check(spool, image / SPOOL, promises)
    finally:
        await spool.close()
        shutil.rmtree(image)


def is_synced(call: Call) -> bool:
    """Every sync counts."""
    return True


async def replay(
    trace: Path, root: Path, *, counts: Callable[[Call], bool] = is_synced, chance: float = 0.0, seed: int = 0
) -> int:
    """Let the power go at each sync and each promise, else with ``chance``; how often it went."""
    disk, promises, dice, times, line = Disk(root), Promises(), random.Random(seed), 0, b""
    for call in calls(trace):
        before = disk.syncs
        if counts(call):
            disk.do(call)
        if call.name == "write" and call.arguments[0] == "1":
            line += call.strings[0]
        if said := line.endswith(b"\n"):
            promises.take(line.decode())
            line = b""
        image = root.parent / f"image-{times}"
        if promises.numbers and (said or disk.syncs > before or dice.random() < chance):
            disk.image(image)
            await opened(image, promises)
            times += 1
        if chance and promises.numbers and dice.random() < chance:
            disk.image(image, dice)
            await opened(image, promises)
            times += 1
    return times


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_was_promised_survives_on_synced_octets_alone(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    trace = await traced(root, seed)
    assert await replay(trace, root, chance=0.1, seed=seed) > PROMISES


async def test_it_would_be_seen_if_syncs_were_left_out(tmp_path: Path) -> None:
    """The same, with the syncs of the write-ahead log, or of documents and directories, taken for nothing."""
    root = tmp_path / "disk"
    root.mkdir()
    trace = await traced(root, 3)
    for left_out in ("fsync", "fdatasync"):
        with pytest.raises((AssertionError, KeyError, Fault)):
            await replay(trace, root, counts=lambda call, name=left_out: call.name != name)
