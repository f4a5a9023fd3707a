"""People with passwords."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from presswork.server.identity import User
from presswork.server.identity.passwords import hash_password
from presswork.testing.server import PASSWORD
from presswork.testing.tenants import World


@pytest.fixture
async def people(world: World) -> World:
    """A world in which everybody has the same password."""
    kept = await hash_password(PASSWORD)
    async with world.database.writing() as session:
        await session.execute(update(User).values(password_hash=kept))
    return world
