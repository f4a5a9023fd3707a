"""What a row knows of itself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from presswork.server.computers import Computer
from presswork.testing.tenants import World


async def test_a_computer_is_there_until_its_presence_expires_or_it_is_removed(world: World) -> None:
    async with world.database.reading() as session:
        computer = (await session.scalars(select(Computer).limit(1))).one()
    now = world.clock.now()
    assert not computer.online(now)
    computer.online_until = now + timedelta(seconds=1)
    assert computer.online(now)
    assert not computer.online(computer.online_until)
    computer.revoked_at = now
    assert not computer.online(now)
