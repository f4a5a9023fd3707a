from __future__ import annotations

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
