"""Whose a job on its way is: the site node says so; where somebody waits and it does not answer, the server decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent.site.settling import Settling, Waits
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Change, Job, Move, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Unavailable
from presswork.printer.job import JobState
from presswork.protocols.control.held import HeldJob
from presswork.protocols.control.route import HandOverRequest
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.moving import BOX_SPEC, SECRET, GrantingServer, waiting_job
from presswork.testing.timing import MS, eventually


@dataclass
class Box:
    """See ``Carrier``: the other computer as the test says it is."""

    says: bool | None = None
    """Its answer; None: there is none."""
    asked: int = 0
    hangs: asyncio.Event | None = None
    """Its answer waits for this …"""
    answers_at_once: UUID | None = None
    """… but not for the job of this ticket."""

    async def stage(self, move: Move, job: Job, held: HeldJob) -> None:
        """See ``Carrier``."""
        raise AssertionError("the job is there already")

    async def commit(self, move: Move) -> bool:
        """See ``Carrier``."""
        assert move.secret == SECRET
        self.asked += 1
        if self.hangs is not None and move.ticket_id != self.answers_at_once:
            await self.hangs.wait()
        if self.says is None:
            raise Unavailable("Box-1 does not answer.")
        return self.says


@dataclass
class Laptop:
    """A job on its way."""

    spool: Spool
    server: GrantingServer
    job: Job
    box: Box = field(default_factory=Box)
    rested: list[UUID] = field(default_factory=list)

    def settling(self, patience: float = 5) -> Settling:
        """As after a start."""
        return Settling(
            self.spool,
            self.server,
            self.box,
            rests=self.rested.append,
            randomness=system_randomness,
            waits=Waits(first=0.01, slowest=0.05, patience=patience),
        )

    async def until(self, holds: Callable[[Job], bool]) -> Job:
        """The job, once that holds."""
        async with asyncio.timeout(10_000 * MS), self.spool.subscribe() as news:
            while not holds(job := await self.spool.get(self.job.id)):
                await news.get()
        return job

    async def at_rest(self) -> Job:
        """The job, once it has one holder."""
        return await self.until(lambda job: job.phase is not Phase.MOVING)

    async def events(self) -> list[JobEvent]:
        """Its story since it moves."""
        story = [entry.event for entry in (await self.spool.story(self.job.id)).timeline]
        return story[story.index(JobEvent.MOVING) + 1 :]


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    spool, server = await open_spool(tmp_path / "spool", SystemClock(), system_randomness), GrantingServer()
    yield Laptop(spool, server, await moving_job(spool, server))
    await spool.close()


async def moving_job(spool: Spool, server: GrantingServer) -> Job:
    job = await waiting_job(spool)
    reply = await server.hand_over(HandOverRequest(job_id=job.id, digest="ab" * 32))
    ticket = server.granted[-1]
    move = Move(ticket_id=ticket.ticket_id, peer=BOX_SPEC, fence=ticket.fence, ticket=reply.ticket, secret=SECRET)
    return await spool.change(job.id, Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move))


@asynccontextmanager
async def running(settling: Settling) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(settling.run())
        yield
        task.cancel()


async def test_nobody_waits_so_nothing_is_undone(laptop: Laptop) -> None:
    async with running(laptop.settling()):
        await eventually(lambda: laptop.box.asked >= 3)
        assert (await laptop.spool.get(laptop.job.id)).phase is Phase.MOVING
    assert laptop.server.undone == set()


async def test_who_waits_gets_the_job_back_from_a_computer_that_does_not_answer(laptop: Laptop) -> None:
    settling = laptop.settling()
    async with running(settling):
        settling.wanted(laptop.job.id)
        job = await laptop.at_rest()
    assert (job.phase, job.fence, job.move) == (Phase.HELD, 3, None)
    assert (job.state, job.state_reasons) == (JobState.PENDING_HELD, ("job-held-for-release",))
    assert await laptop.events() == [JobEvent.TAKEN_BACK]
    assert laptop.server.undone == {2}
    assert laptop.rested == [laptop.job.id]


@pytest.mark.parametrize(("says", "phase"), [(True, Phase.ENDED), (False, Phase.HELD)])
async def test_what_the_other_computer_says_goes_before(laptop: Laptop, says: bool, phase: Phase) -> None:
    laptop.box.says, settling = says, laptop.settling()
    settling.wanted(laptop.job.id)
    async with running(settling):
        assert (await laptop.at_rest()).phase is phase
    assert laptop.server.undone == set()


async def test_what_the_server_heard_from_there_is_not_undone(laptop: Laptop) -> None:
    laptop.server.heard = {2}
    settling = laptop.settling()
    async with running(settling):
        settling.wanted(laptop.job.id)
        job = await laptop.at_rest()
    assert (job.phase, job.document_kept) == (Phase.ENDED, False)
    assert await laptop.events() == [JobEvent.MOVED]
    assert laptop.server.undone == set()


async def test_a_computer_that_hangs_is_waited_for_so_long(laptop: Laptop) -> None:
    laptop.box.hangs, laptop.box.says = asyncio.Event(), True
    settling = laptop.settling(patience=0.02)
    async with running(settling):
        await eventually(lambda: laptop.box.asked >= 1)
        settling.wanted(laptop.job.id)
        assert (await laptop.at_rest()).phase is Phase.HELD
        laptop.box.hangs.set()  # an answer that comes late is of the past
        await laptop.until(lambda job: laptop.box.asked >= 1)
        for _ in range(20):
            await asyncio.sleep(0)
    job = await laptop.spool.get(laptop.job.id)
    assert (job.phase, job.fence, job.document_kept) == (Phase.HELD, 3, True)


async def test_who_waits_does_not_wait_for_other_jobs(laptop: Laptop) -> None:
    newer = await moving_job(laptop.spool, laptop.server)  # that is asked for first
    assert laptop.job.move is not None
    laptop.box.hangs, laptop.box.says, laptop.box.answers_at_once = asyncio.Event(), True, laptop.job.move.ticket_id
    settling = laptop.settling(patience=3600)
    async with running(settling):
        settling.wanted(newer.id)
        await eventually(lambda: laptop.box.asked >= 2)
        settling.wanted(laptop.job.id)
        assert (await laptop.at_rest()).phase is Phase.ENDED
        assert (await laptop.spool.get(newer.id)).phase is Phase.MOVING


async def test_once_the_server_was_asked_only_the_server_is_believed(laptop: Laptop) -> None:
    laptop.server.answers = False
    settling = laptop.settling()
    async with running(settling):
        settling.wanted(laptop.job.id)
        await laptop.until(lambda job: job.move is not None and job.move.back)
        await eventually(lambda: laptop.server.undone == {2})
        laptop.box.says, asked = True, laptop.box.asked
        before = laptop.server.asked
        await eventually(lambda: laptop.server.asked >= before + 2)
        assert (await laptop.spool.get(laptop.job.id)).phase is Phase.MOVING
        assert laptop.box.asked == asked
        laptop.server.answers = True
        job = await laptop.at_rest()
    assert (job.phase, job.fence) == (Phase.HELD, 3)


async def test_an_answer_that_was_asked_for_before_counts_no_more(laptop: Laptop) -> None:
    laptop.box.hangs, laptop.box.says, laptop.server.there = asyncio.Event(), True, False
    settling = laptop.settling(patience=0.02)
    async with running(settling):
        await eventually(lambda: laptop.box.asked >= 1)
        settling.wanted(laptop.job.id)
        await laptop.until(lambda job: job.move is not None and job.move.back)
        laptop.box.hangs.set()
        before = laptop.server.asked
        await eventually(lambda: laptop.server.asked >= before + 2)
        assert (await laptop.spool.get(laptop.job.id)).phase is Phase.MOVING
        laptop.server.there = True
        assert (await laptop.at_rest()).fence == 3


async def test_it_is_decided_after_a_restart_without_anybody_who_waits(laptop: Laptop) -> None:
    laptop.server.there = False
    settling = laptop.settling()
    async with running(settling):
        settling.wanted(laptop.job.id)
        await laptop.until(lambda job: job.move is not None and job.move.back)
    laptop.server.there = laptop.box.says = True
    async with running(laptop.settling()):
        job = await laptop.at_rest()
    assert (job.phase, job.fence) == (Phase.HELD, 3)


async def test_without_the_server_nothing_is_taken_back(laptop: Laptop) -> None:
    laptop.server.there = False
    settling = laptop.settling()
    async with running(settling):
        settling.wanted(laptop.job.id)
        before = laptop.server.asked
        await eventually(lambda: laptop.server.asked >= before + 2)
        job = await laptop.spool.get(laptop.job.id)
        assert (job.phase, job.fence) == (Phase.MOVING, 1)


async def test_a_server_that_does_not_know_leaves_the_word_to_the_other_computer(laptop: Laptop) -> None:
    laptop.server.known.clear()
    settling = laptop.settling()
    async with running(settling):
        settling.wanted(laptop.job.id)
        await laptop.until(lambda job: job.move is not None and job.move.back)
        await laptop.until(lambda job: job.move is not None and not job.move.back)
        laptop.box.says = True
        assert (await laptop.at_rest()).phase is Phase.ENDED


async def test_a_wish_for_a_job_that_does_not_move_is_no_harm(laptop: Laptop) -> None:
    held = await waiting_job(laptop.spool)
    settling = laptop.settling()
    async with running(settling):
        settling.wanted(held.id)
        settling.wanted(UUID(int=1))
        settling.wanted(laptop.job.id)
        await laptop.at_rest()
    assert (await laptop.spool.get(held.id)).version == held.version
