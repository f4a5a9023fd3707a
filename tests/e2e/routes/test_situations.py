"""Every situation of the table with real programs, one after the other: each job is printed once, or waits and says why."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from e2e.routes.case import Case
from e2e.routes.rows import SHOWN
from e2e.routes.situations import SITUATIONS
from e2e.routes.world import world
from presswork.testing.namespaces import POSSIBLE
from presswork.testing.timing import MS

pytestmark = [
    pytest.mark.timeout(int(900_000 * MS)),
    pytest.mark.skipif(not POSSIBLE, reason="needs root, ip of iproute2 and nft of nftables"),
]
_EACH = 60_000 * MS


async def test_situations(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with world(tmp_path) as here:
        for row in SITUATIONS:
            if row.not_shown:
                continue
            with subtests.test(row.name):
                async with asyncio.timeout(_EACH):
                    await here.calm()
                    await SHOWN[row.name](Case(here, row))
        for agent in here.agents.values():
            assert "Traceback" not in agent.said, agent.said[-6000:]
