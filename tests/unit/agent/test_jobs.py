"""Release and delete, whatever the job is doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from presswork.agent import jobs
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Gone, NotFound, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.testing.moving import move_to_box
from presswork.testing.spooling import changed, document_of, held_job, incoming_job

LOBBY = PrinterSpec(printer_id=UUID(int=1), name="Lobby", device_uri="ipp://192.0.2.1/ipp/print")
ATTIC = PrinterSpec(printer_id=UUID(int=2), name="Attic", device_uri="ipp://192.0.2.2/ipp/print")
SEND = Change(phase=Phase.SENDING, state=JobState.PROCESSING, marked_at=datetime(2030, 1, 1, tzinfo=UTC))


def _end(outcome: Outcome) -> Change:
    return Change(phase=Phase.ENDED, state=JobState.COMPLETED, outcome=outcome, event=JobEvent.UNKNOWN)


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    opened = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
    yield opened
    await opened.close()


async def _events(spool: Spool, job: Job) -> list[JobEvent]:
    return [entry.event for entry in (await spool.story(job.id)).timeline]


async def test_a_held_job_is_released_to_the_printer(spool: Spool) -> None:
    job = await jobs.release(spool, (await held_job(spool)).id, LOBBY, by="web")
    assert (job.phase, job.state, job.printer_id) == (Phase.RELEASED, JobState.PENDING, LOBBY.printer_id)
    last = (await spool.story(job.id)).timeline[-1]
    assert (last.event, last.values) == (JobEvent.RELEASED, {"printer": "Lobby", "by": "web"})


async def test_the_same_release_again_changes_nothing(spool: Spool) -> None:
    first = await jobs.release(spool, (await held_job(spool)).id, LOBBY)
    assert await jobs.release(spool, first.id, LOBBY) == first


async def test_a_job_that_waits_for_one_printer_may_go_to_another(spool: Spool) -> None:
    job = await jobs.release(spool, (await held_job(spool)).id, LOBBY)
    assert (await jobs.release(spool, job.id, ATTIC)).printer_id == ATTIC.printer_id


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.NOT_PRINTED])
async def test_a_job_that_ended_with_its_document_is_released_afresh(spool: Spool, outcome: Outcome) -> None:
    job = await jobs.release(spool, (await held_job(spool)).id, LOBBY)
    await changed(spool, job, [SEND, Change(device_job_id=7), _end(outcome)])
    again = await jobs.release(spool, job.id, ATTIC)
    assert again.phase is Phase.RELEASED
    assert (again.outcome, again.ended_at, again.marked_at, again.device_job_id) == (None, None, None, None)


async def test_what_is_on_its_way_can_be_neither_released_nor_deleted(spool: Spool) -> None:
    job = await jobs.release(spool, (await held_job(spool)).id, LOBBY)
    await spool.change(job.id, SEND)
    with pytest.raises(NotPossible, match="being sent"):
        await jobs.release(spool, job.id, ATTIC)
    with pytest.raises(NotPossible, match="being sent"):
        await jobs.delete(spool, job.id)


async def test_what_has_not_arrived_can_be_neither_released_nor_deleted(spool: Spool) -> None:
    job = await incoming_job(spool)
    with pytest.raises(NotPossible, match="arriving"):
        await jobs.release(spool, job.id, LOBBY)
    with pytest.raises(NotPossible, match="arriving"):
        await jobs.delete(spool, job.id)


async def test_a_printed_job_is_gone(spool: Spool) -> None:
    job = await jobs.release(spool, (await held_job(spool)).id, LOBBY)
    await changed(spool, job, [SEND, _end(Outcome.PRINTED)])
    with pytest.raises(Gone):
        await jobs.release(spool, job.id, LOBBY)


@pytest.mark.parametrize("released", [False, True])
async def test_deleting_destroys_the_document(spool: Spool, released: bool) -> None:
    job = await held_job(spool)
    if released:
        await jobs.release(spool, job.id, LOBBY)
    deleted = await jobs.delete(spool, job.id, by="web")
    assert (deleted.phase, deleted.state, deleted.outcome) == (Phase.ENDED, JobState.CANCELED, None)
    assert not deleted.document_kept
    with pytest.raises(Gone):
        await document_of(spool, job.id)
    assert (await _events(spool, job))[-1] is JobEvent.DELETED


async def test_deleting_what_is_over_keeps_its_outcome(spool: Spool) -> None:
    job = await jobs.release(spool, (await held_job(spool)).id, LOBBY)
    await changed(spool, job, [SEND, _end(Outcome.UNKNOWN)])
    deleted = await jobs.delete(spool, job.id)
    assert (deleted.phase, deleted.outcome, deleted.document_kept) == (Phase.ENDED, Outcome.UNKNOWN, False)
    with pytest.raises(Gone):
        await jobs.release(spool, job.id, LOBBY)


async def test_deleting_twice_is_deleting_once(spool: Spool) -> None:
    job = await held_job(spool)
    first = await jobs.delete(spool, job.id)
    assert await jobs.delete(spool, job.id) == first


async def test_no_such_job(spool: Spool) -> None:
    with pytest.raises(NotFound):
        await jobs.release(spool, uuid4(), LOBBY)
    with pytest.raises(NotFound):
        await jobs.delete(spool, uuid4())


async def test_of_many_wishes_at_once_each_ends_well_and_the_job_has_one_end(spool: Spool) -> None:
    job = await held_job(spool)
    wishes = [jobs.release(spool, job.id, LOBBY), jobs.delete(spool, job.id), jobs.release(spool, job.id, ATTIC)]
    results = await asyncio.gather(*wishes, return_exceptions=True)
    assert all(isinstance(result, Job | Gone) for result in results), results
    assert (await spool.get(job.id)).phase is Phase.ENDED
    assert (await _events(spool, job)).count(JobEvent.DELETED) == 1


async def test_a_job_that_another_computer_holds_is_neither_released_nor_deleted_here(spool: Spool) -> None:
    job = await held_job(spool)
    moving = Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move_to_box())
    moved = Change(phase=Phase.ENDED, state=JobState.COMPLETED, event=JobEvent.MOVED)
    for change in (moving, moved):
        await spool.change(job.id, change)
        with pytest.raises(NotPossible, match="handed over to Box-1"):
            await jobs.release(spool, job.id, LOBBY)
        with pytest.raises(NotPossible, match="handed over to Box-1"):
            await jobs.delete(spool, job.id)
