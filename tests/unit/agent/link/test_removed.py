"""Which computers were removed is remembered, and forgotten when the server names them no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent.link.removed import Removed
from presswork.agent.spool import Spool, open_spool
from presswork.core.clock import SystemClock, system_randomness

ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    opened = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
    yield opened
    await opened.close()


async def test_they_are_remembered_through_a_restart(spool: Spool) -> None:
    removed = Removed(spool)
    await removed.load()
    assert ONE not in removed
    await removed.take((ONE,))
    again = Removed(spool)
    await again.load()
    assert (ONE in again, OTHER in again) == (True, False)
    await again.take((OTHER,))
    assert (ONE in again, OTHER in again) == (False, True)


async def test_what_cannot_be_read_is_nobody(spool: Spool) -> None:
    await spool.remember("removed-computers", "nonsense")
    removed = Removed(spool)
    await removed.load()
    assert ONE not in removed
