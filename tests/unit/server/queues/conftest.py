"""The scene that tests of queues play in."""

from __future__ import annotations

import pytest

from presswork.testing.tenants import World
from unit.server.queues.scene import Scene


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)
