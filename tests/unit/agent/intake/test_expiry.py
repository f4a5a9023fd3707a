from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from presswork.agent.desired import Desired
from presswork.agent.intake import expire
from presswork.agent.intake.acceptance import received
from presswork.agent.intake.expiry import expire_once
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, JobTicket, Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection
from presswork.testing.clock import StandingClock
from presswork.testing.spooling import HOLD as HOLD_CHANGE
from presswork.testing.spooling import held_job, incoming_job, pieces
from presswork.testing.timing import MS

HOLD = timedelta(hours=72)


async def last_event(spool: Spool, job: Job) -> JobEvent | None:
    timeline = (await spool.story(job.id)).timeline
    return timeline[-1].event if timeline else None


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.RELEASED])
async def test_what_nobody_printed_in_time_is_destroyed(spool: Spool, clock: StandingClock, phase: Phase) -> None:
    old = await spool.change((await held_job(spool)).id, Change(phase=phase))
    clock.advance(hours=1)
    young = await spool.change((await held_job(spool)).id, Change(phase=phase))
    clock.advance(hours=71, seconds=1)
    await expire_once(spool, HOLD, clock.now())
    ended = await spool.get(old.id)
    assert (ended.phase, ended.state, ended.outcome, ended.document_kept) == (
        Phase.ENDED,
        JobState.ABORTED,
        None,
        False,
    )
    assert await last_event(spool, old) is JobEvent.EXPIRED
    assert await spool.get(young.id) == young


async def test_what_is_being_sent_is_left_alone(spool: Spool, clock: StandingClock) -> None:
    job = await spool.change((await held_job(spool)).id, Change(phase=Phase.SENDING))
    clock.advance(days=100)
    await expire_once(spool, HOLD, clock.now())
    assert await spool.get(job.id) == job


async def test_a_job_whose_document_never_came_is_dropped(spool: Spool, clock: StandingClock) -> None:
    job = await incoming_job(spool)
    clock.advance(seconds=299)
    await expire_once(spool, HOLD, clock.now())
    assert await spool.get(job.id) == job
    clock.advance(seconds=2)
    await expire_once(spool, HOLD, clock.now())
    assert await last_event(spool, job) is JobEvent.INCOMPLETE


async def test_a_document_that_still_arrives_is_not_dropped(spool: Spool, clock: StandingClock) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow():  # type: ignore[no-untyped-def]
        yield b"%PDF-"
        begun.set()
        await go_on.wait()

    job = await incoming_job(spool)
    receiving = asyncio.create_task(spool.receive(job.id, "application/pdf", slow(), limit=1000))
    await begun.wait()
    clock.advance(hours=1)
    await expire_once(spool, HOLD, clock.now())
    go_on.set()
    assert (await receiving).document_kept


@pytest.mark.parametrize(
    ("outcome", "kept"), [(Outcome.UNKNOWN, timedelta(days=1)), (Outcome.NOT_PRINTED, timedelta(hours=72))]
)
async def test_a_document_whose_end_is_a_question_is_kept_for_its_time(
    spool: Spool, clock: StandingClock, outcome: Outcome, kept: timedelta
) -> None:
    job = await spool.change((await held_job(spool)).id, Change(phase=Phase.ENDED, outcome=outcome))
    clock.advance(seconds=kept.total_seconds())
    await expire_once(spool, HOLD, clock.now())
    assert await spool.get(job.id) == job
    clock.advance(seconds=1)
    await expire_once(spool, HOLD, clock.now())
    cleared = await spool.get(job.id)
    assert (cleared.document_kept, cleared.outcome) == (False, outcome)
    assert await last_event(spool, job) is JobEvent.CLEARED


async def test_names_are_forgotten_and_counts_stay(spool: Spool, clock: StandingClock) -> None:
    job = await spool.change((await held_job(spool, b"letter")).id, Change(phase=Phase.ENDED))
    clock.advance(days=30)
    await expire_once(spool, HOLD, clock.now())
    assert (await spool.get(job.id)).name == "Letter"
    clock.advance(seconds=1)
    await expire_once(spool, HOLD, clock.now())
    forgotten = await spool.get(job.id)
    assert (forgotten.name, forgotten.size) == ("", 6)


async def test_many_are_cleared_in_pages(spool: Spool, clock: StandingClock) -> None:
    jobs = await asyncio.gather(*(held_job(spool) for _ in range(450)))
    clock.advance(hours=73)
    late = await held_job(spool)
    await expire_once(spool, HOLD, clock.now())
    assert [job.id for job in await spool.list(phases={Phase.HELD}, limit=1000)] == [late.id]
    assert await spool.count(late.queue_id) == 1
    assert len(jobs) == 450


async def test_it_looks_by_itself_and_by_the_servers_hours(
    spool: Spool, desired: Desired, clock: StandingClock
) -> None:
    job = await held_job(spool)
    await desired.put(desired.state.model_copy(update={"revision": "2", "hold_hours": 1}))
    clock.advance(hours=1, seconds=1)
    async with asyncio.TaskGroup() as tasks, spool.subscribe() as news:
        running = tasks.create_task(expire(spool, desired, clock))
        async with asyncio.timeout(5000 * MS):
            assert await news.get() == job.id
        running.cancel()
    assert await last_event(spool, job) is JobEvent.EXPIRED


async def test_an_open_job_has_its_time_anew_with_each_document(spool: Spool, clock: StandingClock) -> None:
    job = await incoming_job(spool)
    for _ in range(3):
        await spool.receive(job.id, "application/pdf", pieces(b"%PDF-"), limit=1000, then=(received(job, "desk"),))
        clock.advance(seconds=200)
        await expire_once(spool, HOLD, clock.now())
        assert (await spool.get(job.id)).phase is Phase.INCOMING
    clock.advance(seconds=200)
    await expire_once(spool, HOLD, clock.now())
    assert await last_event(spool, job) is JobEvent.INCOMPLETE
    assert not (await spool.get(job.id)).document_kept


@pytest.mark.parametrize("outcome", [Outcome.PRINTED, Outcome.HANDED_OVER])
async def test_a_proof_is_kept_as_long_as_a_job_may_wait(spool: Spool, clock: StandingClock, outcome: Outcome) -> None:
    proof = JobTicket((Attribute.of("proof-print", Collection(())),))
    job = await incoming_job(spool, ticket=proof)
    await spool.receive(job.id, "application/pdf", pieces(b"%PDF-"), limit=1000, then=(HOLD_CHANGE,))
    await spool.change(job.id, Change(phase=Phase.ENDED, outcome=outcome))
    clock.advance(hours=71)
    await expire_once(spool, HOLD, clock.now())
    assert (await spool.get(job.id)).document_kept
    clock.advance(hours=2)
    await expire_once(spool, HOLD, clock.now())
    assert not (await spool.get(job.id)).document_kept
