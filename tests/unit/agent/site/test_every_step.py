"""A hand-over is broken off at each step, at both computers at once: killed, cancelled, or by an error that nobody foresaw.

The next start finds at most one holder, never none but for the window between commit and answer, and brings the job to exactly
one: whole, and where it was released, there. Every third step is tried; all with PRESSWORK_STRIDE=1.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from presswork.testing.stepping import STRIDE, Mode
from presswork.testing.timing import MS

DRIVER = Path(__file__).with_name("stepping.py")
MODES: tuple[Mode, ...] = ("killed", "cancelled", "failed")
MOST_STEPS = 2000


@asynccontextmanager
async def driver() -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, DRIVER, stdin=PIPE, stdout=PIPE)
    try:
        yield process
        assert process.stdin
        process.stdin.close()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def broken_off(process: Process, directory: Path, mode: Mode, step: int, *, released: bool) -> dict[str, Any]:
    assert process.stdin
    assert process.stdout
    wish = {"directory": str(directory), "mode": mode, "step": step, "released": released}
    process.stdin.write(json.dumps(wish).encode() + b"\n")
    async with asyncio.timeout(120_000 * MS):
        story: dict[str, Any] = json.loads(await process.stdout.readline())
    shutil.rmtree(directory)
    assert not story["mistake"], story
    return story


@pytest.mark.timeout(int(600_000 * MS))
@pytest.mark.parametrize("released", [False, True], ids=["alone", "released meanwhile"])
@pytest.mark.parametrize("mode", MODES)
async def test_there_is_one_holder(tmp_path: Path, mode: Mode, released: bool) -> None:
    seen = set()
    async with driver() as process:
        for step in range(1, MOST_STEPS, STRIDE):
            story = await broken_off(process, tmp_path / str(step), mode, step, released=released)
            where = f"{mode} at step {step}: {story}"
            seen.add((story["found"], story["here"]))
            assert story["owners"] == 1 or (story["found"] == "moving" and story["owners"] == 0), where
            assert story["here"] + story["there"] == 1, where
            assert story["whole"], where
            if not released:
                assert not story["here"], where
            if story["survived"]:
                break
    assert story["survived"]
    assert STRIDE > 1 or released or {("held", False), ("moving", False), ("ended", False)} <= seen
