from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.spooling import LIMIT, document_of, held_job, incoming_job, pieces

LARGE = bytes(SMALL + 1)
"""It has a file of its own."""


class Restart:
    """A spool that is closed as it stands and opened again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    async def __call__(self, before: Callable[[Spool], Awaitable[Job]], lose: bool = False) -> tuple[Job, Spool]:
        spool = await open_spool(self.directory, SystemClock(), system_randomness)
        job = await before(spool)
        await spool.close()
        if lose:
            for path in self.files():
                path.unlink()
        return job, await open_spool(self.directory, SystemClock(), system_randomness)

    def files(self) -> list[Path]:
        return [*(self.directory / "documents").iterdir()]


@pytest.fixture
def restart(tmp_path: Path) -> Restart:
    return Restart(tmp_path / "spool")


async def test_a_job_without_its_document_is_ended_as_incomplete(restart: Restart) -> None:
    submitted_uuid = uuid4()
    job, spool = await restart(lambda spool: incoming_job(spool, submitted_uuid=submitted_uuid))
    story = await spool.story(job.id)
    assert (story.job.phase, story.job.state, story.job.outcome) == (Phase.ENDED, JobState.ABORTED, None)
    assert [entry.event for entry in story.timeline] == [JobEvent.INCOMPLETE]
    assert [report.state for report in await spool.reports(10)] == ["aborted"]
    again = await incoming_job(spool, submitted_uuid=submitted_uuid)
    assert again.id != job.id
    assert again.number == job.number + 1
    await spool.close()


async def test_a_job_with_its_document_that_was_not_yet_held_is_left_as_it_is(restart: Restart) -> None:
    async def received(spool: Spool) -> Job:
        job = await incoming_job(spool)
        return await spool.receive(job.id, "text/plain", pieces(b"text"), limit=LIMIT)

    job, spool = await restart(received)
    assert await spool.get(job.id) == job
    assert await document_of(spool, job.id) == b"text"
    await spool.close()


async def test_a_small_document_is_there_after_a_restart(restart: Restart) -> None:
    job, spool = await restart(held_job, lose=True)
    assert await spool.get(job.id) == job
    assert await document_of(spool, job.id)
    await spool.close()


async def test_files_no_row_names_are_removed(restart: Restart) -> None:
    (restart.directory / "documents").mkdir(parents=True)
    (restart.directory / "documents" / str(uuid4())).write_bytes(b"half")
    (restart.directory / "documents" / "other").symlink_to("/etc/hostname")
    job, spool = await restart(lambda spool: held_job(spool, LARGE))
    assert len(restart.files()) == 1
    assert await document_of(spool, job.id)
    await spool.close()
    assert Path("/etc/hostname").exists()


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.RELEASED])
async def test_a_waiting_job_whose_file_is_gone_says_so_and_ends(restart: Restart, phase: Phase) -> None:
    async def waiting(spool: Spool) -> Job:
        return await spool.change((await held_job(spool, LARGE)).id, Change(phase=phase))

    job, spool = await restart(waiting, lose=True)
    story = await spool.story(job.id)
    assert (story.job.phase, story.job.document_kept) == (Phase.ENDED, False)
    assert story.timeline[-1].event is JobEvent.LOST
    await spool.close()


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.NOT_PRINTED])
async def test_an_ended_job_whose_file_is_gone_keeps_its_outcome(restart: Restart, outcome: Outcome) -> None:
    async def ended(spool: Spool) -> Job:
        return await spool.change((await held_job(spool, LARGE)).id, Change(phase=Phase.ENDED, outcome=outcome))

    job, spool = await restart(ended, lose=True)
    found = await spool.get(job.id)
    assert (found.phase, found.outcome, found.document_kept) == (Phase.ENDED, outcome, False)
    await spool.close()


async def test_a_job_that_was_being_sent_is_left_to_delivery(restart: Restart) -> None:
    async def sending(spool: Spool) -> Job:
        return await spool.change((await held_job(spool, LARGE)).id, Change(phase=Phase.SENDING))

    job, spool = await restart(sending)
    assert await spool.get(job.id) == job
    await spool.close()
    job, spool = await restart(sending, lose=True)
    found = await spool.get(job.id)
    assert (found.phase, found.document_kept) == (Phase.SENDING, False)
    await spool.close()
