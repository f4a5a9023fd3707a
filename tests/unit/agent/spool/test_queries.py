from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.agent.spool.queries import Page, count, jobs, kept_after_end, reports
from presswork.agent.spool.schema import connect_writer
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import NotFound
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.clock import StandingClock
from presswork.testing.spooling import QUEUE, held_job, incoming_job

OTHER_QUEUE = uuid4()
RELEASE = Change(phase=Phase.RELEASED)
END = Change(phase=Phase.ENDED)


async def numbers(spool: Spool, **page: object) -> list[int]:
    return [job.number for job in await spool.list(**page)]  # type: ignore[arg-type]


@pytest.fixture
async def seven(spool: Spool) -> list[Job]:
    """Of ada: 1 held, 2 released, 3 ended, 4 incoming, 5 held, 7 held; of bob: 6 held."""
    made = [await held_job(spool, account="ada") for _ in range(3)]
    made.append(await incoming_job(spool, "ada"))
    made += [await held_job(spool, account=account) for account in ("ada", "bob", "ada")]
    await spool.change(made[1].id, RELEASE)
    await spool.change(made[2].id, END)
    return made


async def test_a_list_is_newest_first_or_oldest_first(spool: Spool, seven: list[Job]) -> None:
    assert await numbers(spool) == [7, 6, 5, 4, 3, 2, 1]
    assert await numbers(spool, newest_first=False) == [1, 2, 3, 4, 5, 6, 7]


async def test_a_list_is_of_an_account_a_queue_and_phases(spool: Spool, seven: list[Job]) -> None:
    elsewhere = await held_job(spool, account="ada", queue_id=OTHER_QUEUE)
    assert [job.id for job in await spool.list(queue_id=OTHER_QUEUE)] == [elsewhere.id]
    assert await numbers(spool, queue_id=QUEUE, account="ada") == [7, 5, 4, 3, 2, 1]
    assert await numbers(spool, queue_id=QUEUE, account="bob") == [6]
    assert await numbers(spool, queue_id=QUEUE, phases={Phase.HELD}) == [7, 6, 5, 1]
    assert await numbers(spool, queue_id=QUEUE, account="ada", phases=[Phase.ENDED, Phase.RELEASED]) == [3, 2]
    assert await numbers(spool, account="nobody") == []


@pytest.mark.parametrize("newest_first", [True, False])
async def test_pages_follow_each_other_without_gap(spool: Spool, seven: list[Job], newest_first: bool) -> None:
    seen: list[int] = []
    before: UUID | None = None
    while page := await spool.list(limit=2, before=before, newest_first=newest_first):
        seen += [job.number for job in page]
        before = page[-1].id
    assert seen == (list(range(7, 0, -1)) if newest_first else list(range(1, 8)))
    with pytest.raises(NotFound):
        await spool.list(before=uuid4())


async def test_a_list_begins_at_a_number(spool: Spool, seven: list[Job]) -> None:
    assert await numbers(spool, queue_id=QUEUE, first_number=4, newest_first=False) == [4, 5, 6, 7]
    assert await numbers(spool, account="ada", first_number=5, phases={Phase.HELD}) == [7, 5]
    assert await numbers(spool, first_number=8) == []


async def test_a_job_is_found_by_the_uuid_its_account_gave_it(spool: Spool) -> None:
    submitted_uuid = uuid4()
    job = await incoming_job(spool, submitted_uuid=submitted_uuid)
    assert await spool.by_submitted_uuid(QUEUE, "ada", submitted_uuid) == job
    assert await spool.by_submitted_uuid(QUEUE, "eve", submitted_uuid) is None
    assert await spool.by_submitted_uuid(OTHER_QUEUE, "ada", submitted_uuid) is None
    assert await spool.by_submitted_uuid(QUEUE, "ada", uuid4()) is None


async def test_jobs_that_are_not_over_are_counted(spool: Spool, seven: list[Job]) -> None:
    assert await spool.count(QUEUE) == 6
    assert await spool.count(OTHER_QUEUE) == 0


async def test_a_count_is_that_of_the_moment_it_is_asked_for(spool: Spool) -> None:
    job = await held_job(spool)
    assert [await spool.count(QUEUE), await spool.count(QUEUE)] == [1, 1]
    await held_job(spool)
    assert await spool.count(QUEUE) == 2
    await spool.change(job.id, END)
    assert await spool.count(QUEUE) == 1


async def test_what_is_kept_after_its_end_is_found_by_outcome_and_age(tmp_path: Path) -> None:
    clock = StandingClock()
    spool = await open_spool(tmp_path / "spool", clock, system_randomness)
    unknown = Change(phase=Phase.ENDED, outcome=Outcome.UNKNOWN)
    old, destroyed = await held_job(spool), await held_job(spool)
    await spool.change(old.id, unknown)
    await spool.change(destroyed.id, unknown)
    await spool.destroy(destroyed.id)
    clock.advance(hours=2)
    await spool.change((await held_job(spool)).id, unknown)
    await spool.change((await held_job(spool)).id, Change(phase=Phase.ENDED, outcome=Outcome.NOT_PRINTED))
    an_hour_ago = clock.now() - timedelta(hours=1)
    assert [job.id for job in await spool.list_kept_after_end(Outcome.UNKNOWN, an_hour_ago)] == [old.id]
    await spool.close()


async def test_names_are_forgotten_and_counts_stay(tmp_path: Path) -> None:
    clock = StandingClock()
    spool = await open_spool(tmp_path / "spool", clock, system_randomness)
    old, waiting = await held_job(spool, b"letter"), await held_job(spool)
    await spool.change(old.id, END)
    clock.advance(days=1)
    assert await spool.forget_names(clock.now()) == 1
    forgotten = await spool.get(old.id)
    assert (forgotten.name, forgotten.size) == ("", 6)
    assert (await spool.get(waiting.id)).name == "Letter"
    await spool.close()


@pytest.mark.parametrize(
    "query",
    [
        lambda c: jobs(c, Page()),
        lambda c: jobs(c, Page(account="ada", phases={Phase.HELD})),
        lambda c: jobs(c, Page(queue_id=QUEUE, newest_first=False)),
        lambda c: jobs(c, Page(queue_id=QUEUE, account="ada")),
        lambda c: count(c, QUEUE),
        lambda c: kept_after_end(c, Outcome.UNKNOWN, SystemClock().now(), 10),
        lambda c: reports(c, 10),
    ],
    ids=["all", "account", "queue", "both", "count", "kept after end", "reports"],
)
def test_no_list_looks_at_every_job_or_sorts_them(tmp_path: Path, query: object) -> None:
    """The plan of SQLite itself: a search in an index, in its order."""
    connection = connect_writer(tmp_path)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    query(connection)  # type: ignore[operator]
    connection.set_trace_callback(None)
    plans = [_plan(connection, statement) for statement in statements]
    connection.close()
    assert plans
    for plan in plans:
        assert "USING" in plan
        assert "INDEX" in plan
        assert "TEMP B-TREE" not in plan


def _plan(connection: sqlite3.Connection, statement: str) -> str:
    return "\n".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}"))


async def test_a_job_is_shown_with_the_timeline_of_the_same_moment(spool: Spool) -> None:
    job = await held_job(spool)

    async def change() -> None:
        for _ in range(100):
            await spool.change(job.id, Change(event=JobEvent.DEVICE_SAYS))

    async def look() -> None:
        for _ in range(100):
            story = await spool.story(job.id)
            assert story.job.version - job.version == len(story.timeline) - 1

    await asyncio.gather(change(), look())
