"""Every situation of the table with real programs, one after the other: each job is printed once, or waits and says why."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from e2e.routes.case import Case
from e2e.routes.rows import SHOWN
from e2e.routes.situations import SITUATIONS, End
from e2e.routes.world import world
from presswork.testing.namespaces import POSSIBLE
from presswork.testing.timing import MS

pytestmark = [
    pytest.mark.timeout(int(900_000 * MS)),
    pytest.mark.skipif(not POSSIBLE, reason="needs root, ip of iproute2 and nft of nftables"),
]
_EACH = 60_000 * MS
_PRINTED = {"all_well", "large_document", "connection_breaks", "two_sites"}
"""Of these the names are known there; others are of strangers, or of printers that were switched off."""


async def test_situations(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with world(tmp_path) as here:
        for row in SITUATIONS:
            if row.not_shown:
                continue
            with subtests.test(row.name):
                async with asyncio.timeout(_EACH):
                    await here.calm()
                    await SHOWN[row.name](Case(here, row))
        with subtests.test("when all is over nothing came out twice, or late"):
            came_out = Counter(await here.came_out())
            assert [name for name, times in came_out.items() if times > 1] == []
            assert came_out.keys() & {row.name for row in SITUATIONS if row.end in {End.UNKNOWN, End.NOTHING}} == set()
            assert came_out.keys() >= _PRINTED
        for agent in here.agents.values():
            assert "Traceback" not in agent.said, agent.said[-6000:]
