"""Jobs as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from presswork.core.errors import NotFound
from presswork.server.computers import list_account_bindings, remove_account_binding
from presswork.server.jobs import (
    JobPage,
    count_by_person,
    get_job,
    list_jobs_of_tenant,
    list_own_jobs,
    release_job,
)
from presswork.server.printers import remove_printer
from presswork.server.queues import remove_queue
from presswork.testing.tenants import World


@pytest.fixture
async def bound(world: World) -> World:
    await world.bind(world.here.user)
    return world


async def _own(world: World, **fields: Any) -> JobPage:
    async with world.database.reading() as session:
        return await list_own_jobs(session, world.here.user, **fields)


@contextmanager
def _statements(world: World) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_what_an_account_printed_before_its_person_was_known_is_theirs(world: World) -> None:
    job_id = await world.job()
    assert (await _own(world)).jobs == ()
    await world.bind(world.here.user)
    (job,) = (await _own(world)).jobs
    assert (job.id, job.person, job.user_id) == (job_id, "", None)


async def test_what_nobody_claimed_goes_with_the_account(bound: World) -> None:
    claimed = await bound.job(user_id=bound.here.user.user_id)
    unclaimed = await bound.job()
    assert {job.id for job in (await _own(bound)).jobs} == {claimed, unclaimed}
    async with bound.database.writing() as session:
        (binding,) = await list_account_bindings(session, bound.here.user)
        await remove_account_binding(session, bound.here.user, binding.id)
    assert [job.id for job in (await _own(bound)).jobs] == [claimed]
    with pytest.raises(NotFound):
        async with bound.database.reading() as session:
            await get_job(session, bound.here.user, unclaimed)


async def test_pages_follow_each_other_newest_first(bound: World) -> None:
    made: list[UUID] = []
    for number in range(7):
        made.append(await bound.job(user_id=bound.here.user.user_id if number % 2 else None))
        bound.clock.advance(seconds=1)
    seen: list[UUID] = []
    page = await _own(bound, limit=3)
    while True:
        seen += [job.id for job in page.jobs]
        if page.next is None:
            break
        page = await _own(bound, limit=3, before=page.next)
    assert seen == made[::-1]


async def test_administrators_see_who_printed_what(bound: World) -> None:
    here = bound.here
    mine = await bound.job(user_id=here.user.user_id)
    bound.clock.advance(seconds=1)
    await bound.job(account="eve")
    async with bound.database.reading() as session:
        page = await list_jobs_of_tenant(session, here.administrator)
        assert [(job.person, job.account) for job in page.jobs] == [("", "eve"), ("User", "ada")]
        of_one = await list_jobs_of_tenant(session, here.administrator, user_id=here.user.user_id)
        assert [job.id for job in of_one.jobs] == [mine]
        first = await list_jobs_of_tenant(session, here.administrator, limit=1)
        assert first.next is not None
        second = await list_jobs_of_tenant(session, here.administrator, limit=1, before=first.next)
        assert second.next is None


async def test_pages_are_counted_where_it_is_known_that_they_came_out(bound: World) -> None:
    here = bound.here
    printed: dict[str, Any] = {"state": "completed", "outcome": "printed", "document_kept": False}
    await bound.job(user_id=here.user.user_id, pages=5, copies=3, **printed)
    await bound.job(user_id=here.user.user_id, pages=None, **printed)
    await bound.job(account="eve", pages=2, copies=1, **printed)
    await bound.job(user_id=here.user.user_id, state="completed", outcome="unknown")
    await bound.job(user_id=here.user.user_id, created_at=bound.clock.now() - timedelta(days=9), **printed)
    async with bound.database.reading() as session:
        since = bound.clock.now() - timedelta(days=1)
        counts = await count_by_person(session, here.administrator, since=since)
    assert [(one.person, one.jobs, one.pages) for one in counts] == [("User", 2, 15), ("", 1, 2)]


async def test_what_was_removed_leaves_an_empty_name(bound: World) -> None:
    here = bound.here
    job_id = await bound.job(printer_id=here.printer_id)
    async with bound.database.writing() as session:
        await release_job(session, here.user, job_id, here.printer_id)
        await remove_printer(session, here.administrator, here.printer_id)
        await remove_queue(session, here.administrator, here.queue_id)
    (job,) = (await _own(bound)).jobs
    assert (job.printer_name, job.queue_name) == ("", "")
    assert job.order is not None
    assert job.order.printer_name == ""


@pytest.mark.parametrize("which", ["own", "tenant"])
async def test_a_longer_page_asks_no_more_questions(bound: World, which: str) -> None:
    async def ask() -> int:
        async with bound.database.reading() as session:
            with _statements(bound) as seen:
                if which == "own":
                    await list_own_jobs(session, bound.here.user)
                else:
                    await list_jobs_of_tenant(session, bound.here.administrator)
        return len(seen)

    async def one_more() -> None:
        job_id = await bound.job(user_id=bound.here.user.user_id, printer_id=bound.here.printer_id)
        async with bound.database.writing() as session:
            await release_job(session, bound.here.user, job_id, bound.here.printer_id)

    await one_more()
    few = await ask()
    for _ in range(10):
        await one_more()
    assert await ask() == few <= 9


async def test_own_jobs_are_found_by_an_index_without_sorting(bound: World) -> None:
    async with bound.database.reading() as session:
        with _statements(bound) as seen:
            await list_own_jobs(session, bound.here.user, which="current")
        query = next(statement for statement in seen if "FROM jobs" in statement and "user_id = ?" in statement)
        plan = (
            await (await session.connection()).exec_driver_sql(
                f"EXPLAIN QUERY PLAN {query}", (*(["x"] * (query.count("?") - 2)), 1, 0)
            )
        ).all()
    told = " ".join(row[3] for row in plan)
    assert "USING INDEX ix_jobs_tenant_id_user_id_current_id" in told
    assert "SCAN" not in told
    assert "B-TREE" not in told
