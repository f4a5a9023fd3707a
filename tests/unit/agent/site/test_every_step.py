"""A hand-over is broken off at each step, at both computers at once: killed, cancelled, or by an error that nobody foresaw.

The next start finds at most one holder, never none but for the window between commit and answer, and brings the job to exactly
one: whole, and where it was released, there. Every third step is tried; all with PRESSWORK_STRIDE=1.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.testing.stepping import STRIDE, Mode, driver
from presswork.testing.timing import MS

DRIVER = Path(__file__).with_name("stepping.py")
MODES: tuple[Mode, ...] = ("killed", "cancelled", "failed")
MOST_STEPS = 2000


@pytest.mark.timeout(int(600_000 * MS))
@pytest.mark.parametrize("released", [False, True], ids=["alone", "released meanwhile"])
@pytest.mark.parametrize("mode", MODES)
async def test_there_is_one_holder(tmp_path: Path, mode: Mode, released: bool) -> None:
    seen = set()
    async with driver(DRIVER) as program:
        for step in range(1, MOST_STEPS, STRIDE):
            story = await program.attempt(tmp_path / str(step), mode=mode, step=step, released=released)
            assert not story["mistake"], story
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
