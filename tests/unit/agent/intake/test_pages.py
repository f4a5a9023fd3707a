from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from presswork.agent.intake.pages import MOST_WAITING, PageCounter
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import held_job
from presswork.testing.timing import MS

pytestmark = pytest.mark.timeout(90)


async def counted(spool: Spool, job: Job) -> int | None:
    async with asyncio.timeout(30_000 * MS):
        while (found := await spool.get(job.id)).pages is None:  # noqa: ASYNC110
            await asyncio.sleep(20 * MS)
    return found.pages


async def test_pages_are_counted_and_what_cannot_be_counted_holds_back_nothing(spool: Spool) -> None:
    before = await held_job(spool, make_pdf(3))
    async with asyncio.TaskGroup() as tasks:
        counter = PageCounter(spool)
        running = tasks.create_task(counter.run())
        gone = await held_job(spool, make_pdf(2))
        await spool.change(gone.id, Change(phase=Phase.ENDED))
        broken, whole = await held_job(spool, b"%PDF-1.4 not really"), await held_job(spool, make_pdf(5))
        for job in (gone, broken, whole):
            counter.count_soon(job)
        assert await counted(spool, whole) == 5
        assert await counted(spool, before) == 3, "what a former run left"
        running.cancel()
    assert (await spool.get(broken.id)).pages is None


async def test_what_is_printed_is_counted_before_all_others(spool: Spool) -> None:
    counter = PageCounter(spool)
    for _ in range(5):
        counter.count_soon(await held_job(spool, make_pdf(1)))
    printed = await held_job(spool, make_pdf(4))
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(counter.counted(printed.id))
        running = tasks.create_task(counter.run())
        await waiting
        assert (await spool.get(printed.id)).pages == 4
        assert [job.pages for job in await spool.list(newest_first=False)][1:5] == [None] * 4
        running.cancel()


async def test_what_cannot_be_counted_is_not_waited_for(spool: Spool) -> None:
    async with asyncio.TaskGroup() as tasks:
        counter = PageCounter(spool)
        running = tasks.create_task(counter.run())
        broken = await held_job(spool, b"%PDF-1.4 not really")
        for job_id in (broken.id, (await spool.set_pages((await held_job(spool)).id, 2)).id, uuid4()):
            await counter.counted(job_id)
        running.cancel()
    assert (await spool.get(broken.id)).pages is None


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.NOT_PRINTED])
async def test_what_ended_and_was_not_counted_before_a_restart(spool: Spool, outcome: Outcome) -> None:
    job = await held_job(spool, make_pdf(3))
    await spool.change(job.id, Change(phase=Phase.ENDED, outcome=outcome))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(PageCounter(spool).run())
        assert await counted(spool, job) == 3
        running.cancel()


async def test_what_needs_no_count_takes_no_place(spool: Spool) -> None:
    counter = PageCounter(spool)
    job = await held_job(spool, make_pdf(1))
    counter.count_soon(await spool.set_pages(job.id, 1))
    counter.count_soon(await spool.change(job.id, Change(phase=Phase.ENDED)))
    assert not counter._waiting
    for number in range(MOST_WAITING + 1):
        counter.count_soon(replace(job, id=UUID(int=number)))
    assert len(counter._waiting) == MOST_WAITING


async def test_while_documents_come_only_some_are_counted(spool: Spool) -> None:
    """Counting goes after taking in; but it does not stand still."""
    jobs = [await held_job(spool, make_pdf(1)) for _ in range(40)]
    async with asyncio.TaskGroup() as tasks:
        counter = PageCounter(spool)
        running = tasks.create_task(counter.run())
        coming = tasks.create_task(keep_coming(counter, jobs))
        await counted(spool, jobs[0])
        assert len(counter._waiting) > len(jobs) // 4
        coming.cancel()
        await counted(spool, jobs[-1])
        running.cancel()


async def keep_coming(counter: PageCounter, jobs: list[Job]) -> None:
    while True:
        for job in jobs:
            if (found := await counter._spool.get(job.id)).pages is None:
                counter.count_soon(found)
        await asyncio.sleep(MS)
