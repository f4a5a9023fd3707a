from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Phase
from presswork.agent.spool.recent import ROOM, Recent
from presswork.core.clock import SystemClock
from presswork.testing.spooling import QUEUE, held_job, made_up_job


def test_a_job_is_as_its_last_change_left_it() -> None:
    recent, job = Recent(), made_up_job()
    assert (recent.get(job.id), recent.by_number(QUEUE, 1)) == (None, None)
    recent.put([job, replace(job, version=4)])
    assert recent.get(job.id) == recent.by_number(QUEUE, 1) == replace(job, version=4)


def test_those_that_changed_last_are_remembered() -> None:
    recent = Recent()
    jobs = [replace(made_up_job(), number=number) for number in range(ROOM + 1)]
    recent.put(jobs[:ROOM])
    recent.put([jobs[0], jobs[ROOM]])
    assert recent.get(jobs[0].id) == jobs[0]
    assert (recent.get(jobs[1].id), recent.by_number(QUEUE, 1)) == (None, None)
    assert recent.by_number(QUEUE, ROOM) == jobs[ROOM]


async def test_a_name_that_is_forgotten_is_forgotten_here(spool: Spool) -> None:
    job = await held_job(spool)
    await spool.change(job.id, Change(phase=Phase.ENDED))
    assert (await spool.get(job.id)).name
    await spool.forget_names(SystemClock().now() + timedelta(days=1))
    assert (await spool.get(job.id)).name == (await spool.by_number(QUEUE, job.number)).name == ""
