"""Without a cupsd; with one: tests/interop/test_host_queues.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.agent.host.linux.cupsd import CupsdUnavailable
from presswork.agent.host.linux.host_queues import CupsHostQueues
from presswork.agent.host.queues import HostJob
from presswork.core.errors import NotFound


def job(queue: str) -> HostJob:
    return HostJob(queue, "ada", "A letter", "application/pdf")


async def document() -> AsyncIterator[bytes]:
    yield b"%PDF-1.7"


async def test_no_cupsd_is_no_answer(tmp_path: Path) -> None:
    queues = CupsHostQueues(tmp_path / "cups.sock", 21339)
    with pytest.raises(CupsdUnavailable):
        await queues.names()
    with pytest.raises(CupsdUnavailable):
        await queues.look(job("ledger"))
    with pytest.raises(CupsdUnavailable):
        await queues.submit(job("ledger"), document())


@pytest.mark.parametrize("name", ["", "../admin", "a/b", "a b", "a\nb", "-h", "x" * 128])
async def test_what_cannot_be_a_queue_is_asked_of_nobody(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound):
        await CupsHostQueues(tmp_path / "cups.sock", 21339).look(job(name))
