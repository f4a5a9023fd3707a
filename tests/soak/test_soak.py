"""A short run of ``chaos.py``; the long one is `make soak`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from presswork.testing.timing import MS
from soak.chaos import run
from soak.world import unique_folder

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(int(420_000 * MS))]
JOBS, KILLS, SEED = 20, 4, 3


@pytest.fixture
def folder() -> Iterator[Path]:
    """Of pytest's own, other accounts may enter none."""
    made = unique_folder()
    yield made
    shutil.rmtree(made)


async def test_nothing_lost_nothing_twice(folder: Path) -> None:
    verdict = await run(folder, jobs=JOBS, kills=KILLS, seed=SEED)
    assert verdict.violations == [], verdict.report()
    assert verdict.jobs == JOBS
    assert verdict.kills.total() >= KILLS
    assert verdict.outcomes["printed"] + verdict.outcomes["unknown"] > JOBS // 2, verdict.report()
