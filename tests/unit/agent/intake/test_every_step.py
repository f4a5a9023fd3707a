"""The intake is broken off at each step while a document comes: killed, cancelled, or by an error that nobody foresaw.

What was promised is there and whole at the next start; what was not is whole or gone; and the same job printed again is one
job, with one document. Every third step is tried; all with PRESSWORK_STRIDE=1.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.testing.stepping import STRIDE, Mode, driver
from presswork.testing.timing import MS

DRIVER = Path(__file__).with_name("stepping.py")
MOST_STEPS = 2000
SMALL, LARGE = 2_000, 300_000
"""Octets; a large document is a file of its own."""


@pytest.mark.timeout(int(600_000 * MS))
@pytest.mark.parametrize(("way", "size"), [("print-job", SMALL), ("create-job", LARGE)])
@pytest.mark.parametrize("mode", ["killed", "cancelled", "failed"])
async def test_a_document_comes(tmp_path: Path, mode: Mode, way: str, size: int) -> None:
    promised = set()
    async with driver(DRIVER) as program:
        for step in range(1, MOST_STEPS, STRIDE):
            story = await program.attempt(tmp_path / str(step), mode=mode, step=step, way=way, size=size)
            where = f"{mode} at step {step}: {story}"
            assert not story["mistake"], where
            assert story["before"] in ([True], []), where
            assert story["before"] == [True] or not story["promised"], where
            assert story["again"], where
            assert story["after"] == [True], where
            assert story["others"] in ([], [["ended", False]]), where
            assert story["sealed"] == 1, where
            promised.add(story["promised"])
            if story["survived"]:
                break
    assert story["survived"]
    assert promised == {False, True}
