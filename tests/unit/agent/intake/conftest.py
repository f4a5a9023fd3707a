from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.agent.desired import Desired
from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.intake.room import Room
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Job
from presswork.core.clock import system_randomness
from presswork.testing.clock import StandingClock
from presswork.testing.intake import STATE


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def spool(tmp_path: Path, clock: StandingClock) -> AsyncIterator[Spool]:
    spool = await open_spool(tmp_path / "spool", clock, system_randomness)
    yield spool
    await spool.close()


@pytest.fixture
async def desired(spool: Spool) -> Desired:
    desired = Desired(spool)
    await desired.put(STATE)
    return desired


@pytest.fixture
def arrived() -> list[Job]:
    """Jobs of which somebody was told that they are whole."""
    return []


@pytest.fixture
def arrivals(spool: Spool, desired: Desired, clock: StandingClock, arrived: list[Job]) -> Arrivals:
    return Arrivals(spool, desired, Room(spool, clock), 1_000_000, arrived.append)
