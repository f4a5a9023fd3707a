"""Held jobs go to the site node: once, whole, and only as long as nobody released them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent import jobs
from presswork.agent.desired import Desired
from presswork.agent.site import HandOver, Keeping
from presswork.agent.site.hand_over import TOGETHER
from presswork.agent.site.settling import Waits
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Change, Job, Phase
from presswork.core.clock import Clock, SystemClock, system_randomness
from presswork.core.errors import NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.held import MOST_ENTRIES
from presswork.protocols.control.route import HandOverReply, HandOverRequest
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import TicketRefused
from presswork.testing.clock import StandingClock
from presswork.testing.moving import (
    DirectCarrier,
    GrantingServer,
    move_to_box,
    read_ticket,
    site_desired,
    waiting_job,
)
from presswork.testing.spooling import document_of, held_job
from presswork.testing.timing import MS, eventually

LOBBY = PrinterSpec(printer_id=UUID(int=1), name="Lobby", device_uri="ipp://192.0.2.1/ipp/print")
QUICK = Waits(first=0.01, slowest=0.05)
LARGE = bytes(range(256)) * 3000


@dataclass
class Two:
    """A laptop and Box-1."""

    laptop: Spool
    box: Spool
    server: GrantingServer
    carrier: DirectCarrier
    desired: Desired
    hand_over: HandOver

    async def phase(self, job: Job, *phases: Phase) -> Job:
        """The job at the laptop, once it is in one of these phases."""
        async with asyncio.timeout(10_000 * MS), self.laptop.subscribe() as news:
            while (found := await self.laptop.get(job.id)).phase not in phases:
                await news.get()
        return found

    async def until(self, holds: Callable[[], bool]) -> None:
        await eventually(holds, 10_000 * MS)

    async def events(self, job: Job) -> list[JobEvent]:
        return [entry.event for entry in (await self.laptop.story(job.id)).timeline]


@asynccontextmanager
async def two(
    directory: Path, *, ask: bool = False, clock: Clock | None = None, reserve: int = 0, waits: Waits = QUICK
) -> AsyncIterator[Two]:
    """The same directory again is the next start of both."""
    clock = clock or SystemClock()
    laptop = await open_spool(directory / "laptop" / "spool", clock, system_randomness)
    box = await open_spool(directory / "box" / "spool", clock, system_randomness)
    keeping = Keeping(box, await site_desired(box, node=True), clock, reserve=reserve)
    desired, server = await site_desired(laptop, ask=ask), GrantingServer()
    carrier = DirectCarrier(laptop, keeping)

    async def counted(_: UUID) -> None:
        return None

    hand_over = HandOver(
        laptop,
        desired,
        server,
        carrier,
        read_ticket=read_ticket,
        counted=counted,
        clock=clock,
        randomness=system_randomness,
        waits=waits,
    )
    try:
        yield Two(laptop, box, server, carrier, desired, hand_over)
    finally:
        await laptop.close()
        await box.close()


@asynccontextmanager
async def running(both: Two) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(both.hand_over.run())
        yield
        task.cancel()


async def test_what_waits_goes_to_the_site_node(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        before = await waiting_job(both.laptop)
        async with running(both):
            after = await waiting_job(both.laptop, LARGE, LARGE)
            for job in (before, after):
                gone = await both.phase(job, Phase.ENDED)
                assert (gone.document_kept, gone.outcome) == (False, None)
                assert (await both.events(job))[-2:] == [JobEvent.MOVING, JobEvent.MOVED]
                taken = await both.box.get(job.id)
                assert (taken.phase, taken.version, taken.fence > 1) == (Phase.HELD, gone.version, True)
        assert await document_of(both.box, before.id) == b"%PDF-1.4 a letter"
        assert await document_of(both.box, after.id) == LARGE
        assert (await both.box.story(after.id)).timeline[-1].values == {"computer": "Box-1"}


async def test_it_is_said_where_it_is(tmp_path: Path) -> None:
    async with two(tmp_path) as both, running(both):
        job = await both.phase(await waiting_job(both.laptop), Phase.ENDED)
        for wish in (jobs.release(both.laptop, job.id, LOBBY), jobs.delete(both.laptop, job.id)):
            with pytest.raises(NotPossible, match="handed over to Box-1"):
                await wish


async def test_what_waits_for_something_else_stays(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        unclaimed, released = await held_job(both.laptop), await waiting_job(both.laptop)
        await jobs.release(both.laptop, released.id, LOBBY)
        on_wish = await waiting_job(both.laptop)
        await both.laptop.change(on_wish.id, Change(state_reasons=("job-hold-until-specified",)))
        async with running(both):
            last = await both.phase(await waiting_job(both.laptop), Phase.ENDED)
        assert last.phase is Phase.ENDED
        stay = [(await both.laptop.get(job.id)).phase for job in (unclaimed, released, on_wish)]
        assert stay == [Phase.HELD, Phase.RELEASED, Phase.HELD]
        assert both.server.asked == 1


@pytest.mark.parametrize("missing", ["server", "box"])
async def test_a_job_stays_here_until_the_site_node_is_reached(tmp_path: Path, missing: str) -> None:
    async with two(tmp_path) as both:
        both.server.there, both.carrier.there = missing != "server", missing != "box"
        async with running(both):
            job = await waiting_job(both.laptop)
            await both.until(lambda: both.server.asked >= 3)
            held = await both.laptop.get(job.id)
            assert (held.phase, held.version, held.move) == (Phase.HELD, job.version, None)
            both.server.there = both.carrier.there = True
            await both.phase(job, Phase.ENDED)
        assert len(await both.box.list()) == 1


async def test_who_releases_before_the_commit_prints_here(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        job = await waiting_job(both.laptop)
        both.carrier.staged = lambda job: jobs.release(both.laptop, job.id, LOBBY)
        async with running(both):
            await both.phase(job, Phase.RELEASED)
        assert await both.box.list() == []
        assert not await both.box.moves.adopted(job.id, 2)


async def test_who_releases_after_the_commit_is_told_where_it_is(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        job = await waiting_job(both.laptop)
        both.carrier.answers = False
        async with running(both):
            await both.phase(job, Phase.MOVING)
            with pytest.raises(NotPossible, match="handed over to Box-1"):
                await jobs.release(both.laptop, job.id, LOBBY)
            with pytest.raises(NotPossible, match="handed over to Box-1"):
                await jobs.delete(both.laptop, job.id)
            both.carrier.answers = True
            await both.phase(job, Phase.ENDED)
        assert [one.phase for one in await both.box.list()] == [Phase.HELD]


async def test_a_commit_is_asked_again_after_a_restart(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        job = await waiting_job(both.laptop)
        both.carrier.answers = False
        async with running(both):
            await both.phase(job, Phase.MOVING)
    async with two(tmp_path) as both:
        both.server.there = False
        async with running(both):
            await both.phase(job, Phase.ENDED)
        assert len(await both.box.list()) == 1


async def test_what_the_site_node_certainly_has_not_is_held_here(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        job = await waiting_job(both.laptop)
        reply = await both.server.hand_over(HandOverRequest(job_id=job.id, digest="ab" * 32))
        move = move_to_box().model_copy(update={"ticket": reply.ticket, "ticket_id": both.server.granted[-1].ticket_id})
        await both.laptop.change(job.id, Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move))
        both.server.there = False
        async with running(both):
            held = await both.phase(job, Phase.HELD)
        assert (held.move, held.state, held.state_reasons) == (None, JobState.PENDING_HELD, ("job-held-for-release",))


async def test_a_site_node_without_room_leaves_the_job_where_it_is(tmp_path: Path) -> None:
    async with two(tmp_path, reserve=1 << 62) as both, running(both):
        job = await waiting_job(both.laptop)
        await both.until(lambda: both.server.asked >= 2)
        assert (await both.laptop.get(job.id)).phase is Phase.HELD
        assert await both.box.list() == []


async def test_whoever_is_asked_keeps_the_job_for_a_moment(tmp_path: Path) -> None:
    clock = StandingClock()
    async with two(tmp_path, ask=True, clock=clock) as both:
        asked = await waiting_job(both.laptop)
        async with running(both):
            await asyncio.sleep(20 * MS)
            assert (await both.laptop.get(asked.id)).phase is Phase.HELD
            assert both.server.asked == 0
        clock.advance(seconds=timedelta(minutes=2).total_seconds())
        async with running(both):
            await both.phase(asked, Phase.ENDED)


async def test_a_new_network_is_a_new_attempt(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        state = both.desired.state
        await both.desired.put(state.model_copy(update={"site_node": None}))
        async with running(both):
            job = await waiting_job(both.laptop)
            await asyncio.sleep(10 * MS)
            assert both.server.asked == 0
            await both.desired.put(state)
            await both.phase(job, Phase.ENDED)


async def test_a_job_that_changes_while_it_goes_is_carried_over_anew(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        job = await waiting_job(both.laptop)

        async def counted_late(job: Job) -> None:
            both.carrier.staged = None
            await both.laptop.set_pages(job.id, 7)

        both.carrier.staged = counted_late
        async with running(both):
            await both.phase(job, Phase.ENDED)
        assert (await both.box.get(job.id)).pages == 7
        assert both.server.asked == 2


async def test_a_job_with_too_long_a_story_keeps_no_other_one_waiting(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        long = await waiting_job(both.laptop)
        for _ in range(MOST_ENTRIES):
            await both.laptop.change(long.id, Change(event=JobEvent.HELD))
        async with running(both):
            await both.phase(await waiting_job(both.laptop), Phase.ENDED)
        assert (await both.laptop.get(long.id)).phase is Phase.HELD


async def test_a_job_that_is_refused_there_keeps_no_other_one_waiting(tmp_path: Path) -> None:
    async with two(tmp_path, waits=Waits(first=3600, slowest=3600)) as both:
        refused = await waiting_job(both.laptop)

        async def refuse(job: Job) -> None:
            if job.id == refused.id:
                raise TicketRefused("This computer has, or had, this job already.", reason="used")

        both.carrier.staged = refuse
        async with running(both):
            await both.until(lambda: both.server.asked == 1)
            await both.phase(await waiting_job(both.laptop), Phase.ENDED)
        assert (await both.laptop.get(refused.id)).phase is Phase.HELD
        assert both.server.asked == 2


async def test_large_documents_do_not_hold_up_small_ones(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        sizes = (900, 700, 5000, 100, 500, 300)
        jobs_of = {size: await waiting_job(both.laptop, bytes(size)) for size in sizes}
        goes, under_way, most = asyncio.Event(), 0, 0
        order: list[int] = []

        async def slow(job: Job) -> None:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            order.append(job.size)
            if job.size == 5000:
                await goes.wait()
            under_way -= 1

        both.carrier.staged = slow
        large = await waiting_job(both.laptop, LARGE)
        async with running(both):
            for size in sizes:
                if size != 5000:
                    await both.phase(jobs_of[size], Phase.ENDED)
            await both.phase(large, Phase.ENDED)
            assert (await both.laptop.get(jobs_of[5000].id)).phase is Phase.HELD
            goes.set()
            await both.phase(jobs_of[5000], Phase.ENDED)
        assert most <= TOGETHER


async def test_the_smallest_goes_first(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        asked: list[UUID] = []
        grant = both.server.hand_over

        async def noted(request: HandOverRequest) -> HandOverReply:
            asked.append(request.job_id)
            return await grant(request)

        both.server.hand_over = noted  # type: ignore[method-assign]
        waiting = [await waiting_job(both.laptop, bytes(size)) for size in (9000, 50, 7000, 10, 300)]
        async with running(both):
            for job in waiting:
                await both.phase(job, Phase.ENDED)
        sizes = {job.id: job.size for job in waiting}
        assert [sizes[one] for one in asked][-2:] in ([7000, 9000], [9000, 7000])


async def test_a_job_is_not_carried_twice_at_a_time(tmp_path: Path) -> None:
    async with two(tmp_path) as both:
        job = await waiting_job(both.laptop)
        goes = asyncio.Event()

        async def slow(_: Job) -> None:
            await goes.wait()

        both.carrier.staged = slow
        async with running(both):
            await both.until(lambda: both.server.asked == 1)
            state = both.desired.state
            assert state is not None
            await both.desired.put(state.model_copy(update={"revision": "another"}))  # all are looked at anew
            await both.phase(await waiting_job(both.laptop, account="eve"), Phase.HELD)
            await both.until(lambda: both.server.asked == 2)
            await asyncio.sleep(10 * MS)
            assert both.server.asked == 2
            goes.set()
            await both.phase(job, Phase.ENDED)
