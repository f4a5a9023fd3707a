from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.agent.spool import Spool, open_spool
from presswork.core.clock import SystemClock, system_randomness


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    spool = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
    yield spool
    await spool.close()
