"""What tests of the server's domains start from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.testing.tenants import World, two_tenants


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with two_tenants(tmp_path) as found:
        yield found
