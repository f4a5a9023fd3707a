from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Phase
from presswork.agent.spool.recent import DOCUMENTS_ROOM, ROOM, Recent
from presswork.agent.spool.rows import Sealed
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


def sealed(octets: int) -> Sealed:
    return Sealed(uuid4(), b"key", bytes(octets))


def test_small_documents_that_came_last_are_remembered_as_long_as_they_are_kept() -> None:
    recent, size = Recent(), DOCUMENTS_ROOM // 4
    jobs = [replace(made_up_job(), number=number) for number in range(5)]
    recent.put(jobs)
    for job in jobs:
        recent.put_document(job.id, sealed(size))
    assert [recent.document(job.id) is not None for job in jobs] == [False, True, True, True, True]
    recent.put([replace(jobs[1], document_kept=False)])
    recent.put_document(jobs[1].id, sealed(1))
    recent.put_document(jobs[0].id, sealed(size))
    assert [recent.document(job.id) is not None for job in jobs] == [True, False, True, True, True]


def test_a_document_is_forgotten_with_its_job() -> None:
    recent = Recent()
    jobs = [replace(made_up_job(), number=number) for number in range(ROOM + 1)]
    recent.put(jobs[:1])
    recent.put_document(jobs[0].id, sealed(1))
    recent.put(jobs[1:])
    recent.put_document(jobs[0].id, sealed(1))
    assert recent.document(jobs[0].id) is None


async def test_a_name_that_is_forgotten_is_forgotten_here(spool: Spool) -> None:
    job = await held_job(spool)
    await spool.change(job.id, Change(phase=Phase.ENDED))
    assert (await spool.get(job.id)).name
    await spool.forget_names(SystemClock().now() + timedelta(days=1))
    assert (await spool.get(job.id)).name == (await spool.by_number(QUEUE, job.number)).name == ""
