"""A computer is removed: what it holds ends for its owners, and nothing else does."""

from __future__ import annotations

from uuid import UUID

import pytest

from presswork.core.errors import Forbidden, Gone, NotFound
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.server.computers import AgentPrincipal
from presswork.server.jobs import (
    JobDetail,
    apply_reports,
    delete_job,
    get_job,
    grant_hand_over,
    held_for_release,
    list_own_jobs,
    release_job,
    remove_computer,
)
from presswork.server.tenants import Principal
from presswork.testing.tenants import COMMITMENT, SECRET, World, another_computer

WAITS = ("job-held-for-release",)


@pytest.fixture(autouse=True)
async def ada(world: World) -> Principal:
    await world.bind(world.here.user)
    return world.here.user


async def waiting(world: World, **fields: object) -> UUID:
    entry = TimelineEntry(sequence=1, at=world.clock.now(), event=JobEvent.HELD)
    told = {"user_id": world.here.user.user_id, "state_reasons": WAITS, "timeline": (entry,)} | fields
    return await world.job(3, **told)


async def remove(world: World, by: Principal | None = None, computer_id: UUID | None = None) -> None:
    async with world.database.writing() as session:
        computer_id = computer_id or world.here.agent.computer_id
        await remove_computer(session, by or world.here.administrator, computer_id)


async def detail(world: World, job_id: UUID) -> JobDetail:
    async with world.database.reading() as session:
        return await get_job(session, world.here.user, job_id)


async def events(world: World, job_id: UUID) -> list[JobEvent]:
    return [entry.event for entry in (await detail(world, job_id)).timeline]


async def current(world: World) -> list[UUID]:
    async with world.database.reading() as session:
        return [job.id for job in (await list_own_jobs(session, world.here.user, which="current")).jobs]


async def test_what_waits_there_ends_and_its_owner_reads_why(world: World) -> None:
    job_id = await waiting(world)
    await remove(world)
    await remove(world)
    told = await detail(world, job_id)
    assert (told.job.state, told.job.outcome, told.job.document_kept) == ("aborted", None, False)
    assert not told.job.can_release
    assert not told.job.can_delete
    assert told.job.ended_at is not None
    assert await events(world, job_id) == [JobEvent.HELD, JobEvent.HOLDER_REMOVED]
    assert told.timeline[-1].sentence().startswith("here-pc, where the document was, was removed")
    assert await current(world) == []
    async with world.database.writing() as session:
        with pytest.raises(Gone):
            await release_job(session, world.here.user, job_id, world.here.printer_id)


async def test_an_order_that_is_open_is_answered(world: World, ada: Principal) -> None:
    job_id = await waiting(world)
    async with world.database.writing() as session:
        await delete_job(session, ada, job_id)
    await remove(world)
    order = (await detail(world, job_id)).job.order
    assert order is not None
    assert (order.open, order.refused) == (False, "The computer that holds the document was removed.")


@pytest.mark.parametrize(
    ("fields", "ends"),
    [
        ({"state": "processing", "state_reasons": ()}, ("aborted", "unknown")),
        ({"state": "pending", "state_reasons": ()}, ("aborted", None)),
        ({"state": "aborted", "outcome": "not-printed"}, ("aborted", "not-printed")),
    ],
)
async def test_nothing_is_said_that_is_not_known(
    world: World, fields: dict[str, object], ends: tuple[str, str | None]
) -> None:
    job_id = await waiting(world, **fields)
    await remove(world)
    job = (await detail(world, job_id)).job
    assert (job.state, job.outcome) == ends
    assert await current(world) == []


async def test_what_is_over_stays_as_it_was(world: World) -> None:
    printed = await waiting(
        world, state="completed", outcome="printed", document_kept=False, ended_at=world.clock.now()
    )
    before = await detail(world, printed)
    await remove(world)
    after = await detail(world, printed)
    assert (after.job, after.timeline) == (before.job, before.timeline)


async def test_jobs_of_other_computers_stay(world: World, ada: Principal) -> None:
    async with world.database.writing() as session:
        box = await another_computer(session, world.here, "Box-1")
    job_id = await waiting(world)
    await remove(world, computer_id=box.computer_id)
    assert await current(world) == [job_id]


async def test_what_was_handed_over_just_before_lives_on(world: World, ada: Principal) -> None:
    box = await granted(world, job_id := await waiting(world))
    await remove(world)
    async with world.database.writing() as session:
        story = tuple(
            TimelineEntry(sequence=number, at=world.clock.now(), event=event)
            for number, event in enumerate((JobEvent.HELD, JobEvent.MOVING, JobEvent.TAKEN_OVER), start=1)
        )
        told = {"job_id": job_id, "fence": 2, "secret": SECRET, "state_reasons": WAITS, "timeline": story}
        await apply_reports(session, box, [world.report(5, **told)])
    assert await current(world) == [job_id]
    assert (await detail(world, job_id)).job.can_release
    assert JobEvent.HOLDER_REMOVED not in await events(world, job_id)


async def granted(world: World, job_id: UUID) -> AgentPrincipal:
    async with world.database.writing() as session:
        box = await another_computer(session, world.here, "Box-1")
        job = await held_for_release(session, world.here.agent, job_id)
        assert job is not None
        await grant_hand_over(session, job, box.computer_id, COMMITMENT)
    return box


async def test_nobody_else_ends_anything(world: World) -> None:
    job_id = await waiting(world)
    with pytest.raises(NotFound):
        await remove(world, by=world.there.administrator)
    with pytest.raises(Forbidden):
        await remove(world, by=world.here.user)
    assert await current(world) == [job_id]
