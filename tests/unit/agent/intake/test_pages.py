from __future__ import annotations

import asyncio

import pytest

from presswork.agent.intake.pages import PageCounter
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, Phase
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


async def test_what_needs_no_count_takes_no_place(spool: Spool) -> None:
    counter = PageCounter(spool)
    job = await held_job(spool, make_pdf(1))
    counter.count_soon(await spool.set_pages(job.id, 1))
    counter.count_soon(await spool.change(job.id, Change(phase=Phase.ENDED)))
    assert counter._waiting.empty()
    for _ in range(1001):
        counter.count_soon(job)
    assert counter._waiting.qsize() == 1000
