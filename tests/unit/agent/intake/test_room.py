from __future__ import annotations

import asyncio

import pytest

from presswork.agent.intake import room
from presswork.agent.intake.room import Room
from presswork.agent.spool import Spool
from presswork.core.errors import NoSpace
from presswork.testing.clock import StandingClock


async def test_there_is_room_until_a_document_did_not_fit(spool: Spool, clock: StandingClock) -> None:
    looked_at = Room(spool, clock)
    await looked_at.check()
    looked_at.ran_out()
    with pytest.raises(NoSpace):
        await looked_at.check()
    clock.advance(seconds=9.9)
    with pytest.raises(NoSpace):
        await looked_at.check()
    clock.advance(seconds=0.1)
    await looked_at.check()


async def test_a_reserve_stays_free(spool: Spool, clock: StandingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = Room(spool, clock)
    monkeypatch.setattr(room, "RESERVE", 1 << 62)
    with pytest.raises(NoSpace):
        await looked_at.check()


async def test_who_asks_while_the_disk_is_looked_at_is_not_told_that_it_is_full(
    spool: Spool, clock: StandingClock
) -> None:
    looked_at = Room(spool, clock)
    await asyncio.gather(looked_at.check(), looked_at.check())
