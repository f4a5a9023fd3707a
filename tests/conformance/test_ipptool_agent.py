"""The suites of the reference client against an agent's own printer: real spool, the kernel's word for who prints.

The URI names the account, which tells ipptool that this printer knows who prints and takes nobody's word for it.
Delivery is played: what is released is printed a moment later, and held jobs are released by their owner, who is quick.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent.jobs import release
from presswork.agent.spool.job import Change, Outcome, Phase
from presswork.core.clock import SystemClock
from presswork.core.errors import Gone, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.testing import ipptool
from presswork.testing.intake import DIRECT, HOLD, ME, PRINTER, RunningIntake, running_intake
from presswork.testing.timing import MS

pytestmark = pytest.mark.skipif(not ipptool.available(), reason="ipptool is not installed (cups-ipp-utils)")
PRINTED = Change(
    phase=Phase.ENDED,
    outcome=Outcome.PRINTED,
    state=JobState.COMPLETED,
    state_reasons=("job-completed-successfully",),
    event=JobEvent.PRINTED,
)


@pytest.fixture(scope="module")
def suites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ipptool.suites(tmp_path_factory.mktemp("ipptool"))


@asynccontextmanager
async def printed_after(running: RunningIntake, seconds: float) -> AsyncIterator[None]:
    async def print_it(job_id: UUID) -> None:
        await asyncio.sleep(seconds)
        sending = Change(phase=Phase.SENDING, state=JobState.PROCESSING, marked_at=SystemClock().now())
        try:
            await running.spool.change(job_id, sending, only_if={Phase.RELEASED})
            await running.spool.change(job_id, PRINTED, only_if={Phase.SENDING})
        except NotPossible:
            return  # held or cancelled meanwhile

    async def let_it_go(job_id: UUID) -> None:
        await asyncio.sleep(seconds)
        try:
            await release(running.spool, job_id, PRINTER)
        except (NotPossible, Gone):
            return

    async def follow() -> None:
        async with running.spool.subscribe() as news:
            while True:
                job_id = await news.get()
                assert job_id is not None
                job = await running.spool.get(job_id)
                if job.phase is Phase.RELEASED:
                    tasks.create_task(print_it(job_id))
                elif job.phase is Phase.HELD and job.state_reasons == ("job-held-for-release",):
                    tasks.create_task(let_it_go(job_id))

    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow())
        yield
        following.cancel()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("queue", [HOLD.name, DIRECT.name])
@pytest.mark.parametrize(
    ("suite", "at_least"), [("ipp-1.1", 53), ("ipp-2.0", 54), ("ipp-2.1", 55), ("ipp-2.2", 56), ("ipp-everywhere", 157)]
)
async def test_the_printer_of_a_queue_passes(
    tmp_path: Path, suites: Path, suite: str, queue: str, at_least: int
) -> None:
    async with running_intake(tmp_path) as running, printed_after(running, 500 * MS):
        uri = running.uri(queue).replace("127.0.0.1", f"{ME}@127.0.0.1")
        outcome = await ipptool.run_suite(suites, suite, uri)
    print(f"{suite} at {queue}: {outcome}")
    assert outcome.failed == (), outcome.output
    assert outcome.passed >= at_least, outcome.output
