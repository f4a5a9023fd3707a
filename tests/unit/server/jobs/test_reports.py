"""The projection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import JobReport
from presswork.server.computers import AgentPrincipal, Computer
from presswork.server.jobs import JobDetail, apply_reports, forget_names, get_job, list_own_jobs
from presswork.server.jobs.models import Job, TimelineRow
from presswork.testing.tenants import World


@pytest.fixture
async def bound(world: World) -> World:
    """The account ``ada`` here is the user."""
    await world.bind(world.here.user)
    return world


async def _apply(world: World, *reports: JobReport, agent: AgentPrincipal | None = None) -> None:
    async with world.database.writing() as session:
        await apply_reports(session, agent or world.here.agent, reports)


async def _job(world: World, job_id: UUID) -> JobDetail:
    async with world.database.reading() as session:
        return await get_job(session, world.here.user, job_id)


def _entry(world: World, sequence: int, event: JobEvent = JobEvent.HELD, **values: str) -> TimelineEntry:
    return TimelineEntry(sequence=sequence, at=world.clock.now(), event=event, values=values)


async def test_what_the_holder_says_is_what_people_see(bound: World) -> None:
    report = bound.report(
        timeline=(_entry(bound, 1, JobEvent.RECEIVED, account="ada", computer="here-pc"), _entry(bound, 2))
    )
    await _apply(bound, report)
    detail = await _job(bound, report.job_id)
    job = detail.job
    assert (job.name, job.account, job.computer_name, job.queue_name) == ("Report.pdf", "ada", "here-pc", "Office")
    assert (job.pages, job.copies, job.size, job.state) == (3, 2, 1000, "pending-held")
    assert [entry.sentence() for entry in detail.timeline] == [
        "Received from ada on here-pc.",
        "Waiting, sealed, until you release it.",
    ]


async def test_an_older_version_changes_nothing_but_its_entries_count(bound: World) -> None:
    first = bound.report(3, timeline=(_entry(bound, 2),))
    await _apply(bound, first)
    for version in (1, 2, 3):
        older = bound.report(
            version, job_id=first.job_id, name="older", state="canceled", timeline=(_entry(bound, version),)
        )
        await _apply(bound, older)
    detail = await _job(bound, first.job_id)
    assert (detail.job.name, detail.job.state) == ("Report.pdf", "pending-held")
    assert [entry.sequence for entry in detail.timeline] == [1, 2, 3]


async def test_the_same_report_twice_is_one(bound: World) -> None:
    report = bound.report(timeline=(_entry(bound, 1), _entry(bound, 1)))
    await _apply(bound, report, report)
    await _apply(bound, report)
    assert len((await _job(bound, report.job_id)).timeline) == 1


async def test_several_versions_in_one_message_end_at_the_newest_in_any_order(bound: World) -> None:
    job_id = bound.report().job_id
    versions = [bound.report(version, job_id=job_id, name=f"v{version}") for version in (2, 4, 1, 3)]
    await _apply(bound, *versions)
    assert (await _job(bound, job_id)).job.name == "v4"


async def test_another_computer_of_the_tenant_cannot_touch_it(bound: World) -> None:
    report = bound.report()
    await _apply(bound, report)
    async with bound.database.writing() as session:
        other = Computer(
            tenant_id=bound.here.tenant_id,
            id=session.new_id(),
            name="other",
            platform="",
            version="",
            capabilities=(),
            desired_revision="1",
            created_at=session.now(),
            certificate_expires_at=session.now(),
        )
        session.add(other)
    thief = AgentPrincipal(bound.here.tenant_id, other.id, "other", "2")
    taken = bound.report(9, job_id=report.job_id, name="stolen", timeline=(_entry(bound, 1),))
    await _apply(bound, taken, agent=thief)
    detail = await _job(bound, report.job_id)
    assert (detail.job.name, detail.timeline) == ("Report.pdf", ())


async def test_the_same_id_in_another_tenant_is_another_job(bound: World) -> None:
    report = bound.report()
    await _apply(bound, report)
    await _apply(bound, report.model_copy(update={"name": "theirs"}), agent=bound.there.agent)
    assert (await _job(bound, report.job_id)).job.name == "Report.pdf"
    async with bound.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Job)) == 2


async def test_an_owner_is_believed_only_where_the_account_was_that_person(bound: World) -> None:
    here = bound.here
    for claimed, account, owner in (
        (here.user.user_id, "ada", here.user.user_id),
        (here.other.user_id, "ada", None),
        (here.user.user_id, "eve", None),
        (bound.there.user.user_id, "ada", None),
        (UUID(int=5), "ada", None),
    ):
        report = bound.report(user_id=claimed, account=account)
        await _apply(bound, report)
        async with bound.database.reading() as session:
            assert await session.scalar(select(Job.user_id).where(Job.id == report.job_id)) == owner


async def test_who_it_belonged_to_keeps_it_when_the_account_goes_to_another(bound: World) -> None:
    here = bound.here
    mine = await bound.job(user_id=here.user.user_id)
    await bound.bind(here.other)
    late = await bound.job(user_id=here.user.user_id)
    unclaimed = await bound.job()
    async with bound.database.reading() as session:
        assert {job.id for job in (await list_own_jobs(session, here.user)).jobs} == {mine, late}
        assert {job.id for job in (await list_own_jobs(session, here.other)).jobs} == {unclaimed}


async def test_a_holder_cannot_give_a_job_away_again(bound: World) -> None:
    here = bound.here
    job_id = await bound.job(user_id=here.user.user_id)
    await _apply(bound, bound.report(2, job_id=job_id, user_id=None))
    assert (await _job(bound, job_id)).job.user_id == here.user.user_id


async def test_names_are_forgotten_and_stay_forgotten_and_counts_stay(bound: World) -> None:
    job_id = await bound.job()
    bound.clock.advance(days=29)
    young = await bound.job()
    async with bound.database.writing() as session:
        await forget_names(session)
    assert (await _job(bound, job_id)).job.name == "Report.pdf"
    bound.clock.advance(days=1)
    async with bound.database.writing() as session:
        await forget_names(session)
    await _apply(bound, bound.report(2, job_id=job_id, name="Report.pdf", state="completed"))
    forgotten = (await _job(bound, job_id)).job
    assert (forgotten.name, forgotten.pages, forgotten.state) == ("", 3, "completed")
    assert (await _job(bound, young)).job.name == "Report.pdf"


@pytest.mark.parametrize(
    "fields",
    [
        {"size": 10**30},
        {"pages": 2**31 - 1, "copies": 10**12},
        {"version": 10**30},
        {"state_reasons": ("x",) * 5000},
        {"sides": "x" * 255},
    ],
)
async def test_whatever_an_agent_says_is_stored_within_bounds(bound: World, fields: dict[str, Any]) -> None:
    report = bound.report(**fields)
    await _apply(bound, report)
    job = (await _job(bound, report.job_id)).job
    assert job.size < 2**63
    assert len(job.state_reasons) <= 16
    assert job.created_at.tzinfo is not None


async def test_a_story_is_bounded_too(bound: World) -> None:
    values = {f"key{number}": "x\x1b" * 500 for number in range(50)}
    now = datetime(2026, 1, 1, tzinfo=UTC)
    entries = (
        TimelineEntry(sequence=1, at=now, event=JobEvent.HELD, values=values),
        TimelineEntry(sequence=10**9, at=now, event=JobEvent.HELD),
    )
    report = bound.report(timeline=entries)
    await _apply(bound, report)
    async with bound.database.reading() as session:
        (row,) = (await session.scalars(select(TimelineRow))).all()
    assert len(row.values) == 16
    assert all(len(value) <= 255 and value.isprintable() for value in row.values.values())


async def test_what_has_nothing_left_to_do_is_not_current(bound: World) -> None:
    ended = bound.clock.now() + timedelta(minutes=1)
    held = await bound.job()
    for fields in (
        {"state": "completed", "outcome": "printed", "document_kept": False, "ended_at": ended},
        {"state": "canceled", "document_kept": False},
    ):
        await bound.job(**fields)
    kept = await bound.job(state="aborted", outcome="not-printed", document_kept=True)
    going = await bound.job(state="processing", document_kept=True)
    async with bound.database.reading() as session:
        current = await list_own_jobs(session, bound.here.user, which="current")
        everything = await list_own_jobs(session, bound.here.user)
    assert {job.id for job in current.jobs} == {held, kept, going}
    assert len(everything.jobs) == 5
