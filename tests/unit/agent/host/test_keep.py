from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from structlog.testing import capture_logs

from presswork.agent.desired import Desired
from presswork.agent.host import keep
from presswork.agent.host.host import IsSettled, SpoolerJob
from presswork.agent.spool import open_spool
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Fault, Unavailable
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import QueueSpec
from presswork.testing.intake import PlayedSpooler


class Watched(PlayedSpooler):
    """Tells each step as it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: asyncio.Queue[str] = asyncio.Queue()

    async def converge(self, queues: Collection[QueueSpec]) -> tuple[Fault, ...]:
        self.steps.put_nowait("converge " + " ".join(queue.name for queue in queues))
        return ()

    async def reconcile(self, is_settled: IsSettled) -> None:
        self.steps.put_nowait("reconcile")
        if self.fault is not None:
            raise self.fault

    async def next(self, count: int) -> list[str]:
        async with asyncio.timeout(5):
            return [await self.steps.get() for _ in range(count)]


def state(*names: str) -> DesiredState:
    queues = tuple(QueueSpec(queue_id=uuid4(), name=name, mode="hold") for name in names)
    return DesiredState(revision=f"revision {names}", computer_name="", queues=queues, printers=(), accounts=())


async def never(job: SpoolerJob) -> bool:
    return False


@asynccontextmanager
async def keeping(directory: Path, spooler: Watched, every: float, soon: float | None = None) -> AsyncIterator[Desired]:
    spool = await open_spool(directory / "spool", SystemClock(), system_randomness)
    try:
        desired = Desired(spool)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(
                keep.run(spooler, desired, never, system_randomness, every=every, soon=soon or every)
            )
            yield desired
            running.cancel()
    finally:
        await spool.close()


async def test_a_change_is_followed_at_once_and_nothing_is_removed_before_the_server_spoke(tmp_path: Path) -> None:
    spooler = Watched()
    async with keeping(tmp_path, spooler, every=60) as desired:
        assert await spooler.next(1) == ["reconcile"]
        await desired.put(state("bureau"))
        assert await spooler.next(2) == ["converge bureau", "reconcile"]
        await desired.put(state())
        assert await spooler.next(2) == ["converge ", "reconcile"]


async def test_it_looks_again_and_again_and_says_a_fault_once(tmp_path: Path) -> None:
    spooler = Watched()
    spooler.fault = Unavailable("Nobody is there.")
    with capture_logs() as logs:
        async with keeping(tmp_path, spooler, every=0.01):
            assert await spooler.next(5) == ["reconcile"] * 5
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["Nobody is there."]


async def test_after_a_start_and_after_a_fault_it_looks_again_soon(tmp_path: Path) -> None:
    """What a crash left behind may show itself a little later; the usual look would come in an hour."""
    spooler = Watched()
    async with keeping(tmp_path, spooler, every=3600, soon=0.0001):
        assert await spooler.next(8) == ["reconcile"] * 8
        spooler.fault = Unavailable("Nobody is there.")
        await spooler.next(3)
        spooler.fault = None
        assert await spooler.next(8) == ["reconcile"] * 8
