"""A job goes from one holder's spool into another's: never in two, never in none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from presswork.agent.delivery import changes
from presswork.agent.intake.expiry import expire_once
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.arriving import Arriving
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Change, Job, JobTicket, Phase
from presswork.agent.spool.moves import ArrivingDocument
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Invalid, NotFound, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.protocols.sealed.faults import Damaged
from presswork.testing.moving import PERSON, SECRET, arriving, move_to_box, sealed_documents, waiting_job
from presswork.testing.spool_files import documents_in_files, jobs_in_files
from presswork.testing.spooling import QUEUE, document_of, held_job
from presswork.testing.timing import eventually

LETTER = b"%PDF-1.4 a letter"
LARGE = bytes(range(256)) * 3000
MOVING = Change(phase=Phase.MOVING, event=JobEvent.MOVING, values=(("computer", "Box-1"),))
MOVED = Change(phase=Phase.ENDED, state=JobState.COMPLETED, event=JobEvent.MOVED, values=(("computer", "Box-1"),))


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Spool]:
    spool = await open_spool(tmp_path / "box" / "spool", SystemClock(), system_randomness)
    yield spool
    await spool.close()


async def over(spool: Spool, box: Spool, job: Job, fence: int = 2) -> Arriving:
    """The job, staged."""
    told = await arriving(spool, job, move_to_box(fence))
    await box.moves.stage(told, sealed_documents(spool, job))
    return told


@pytest.mark.parametrize("documents", [(LETTER,), (LARGE,), (LETTER, LARGE, LETTER)], ids=["small", "large", "several"])
async def test_a_job_is_taken_over_with_all_that_it_has(spool: Spool, box: Spool, documents: tuple[bytes, ...]) -> None:
    job = await waiting_job(spool, *documents)
    await spool.set_pages(job.id, 3)
    job = await spool.get(job.id)
    told = await over(spool, box, job)
    taken = await box.moves.adopt(told.ticket_id, "Box-1", SECRET)
    assert (taken.id, taken.phase, taken.account, taken.user_id) == (job.id, Phase.HELD, "ada", PERSON)
    assert (taken.name, taken.pages, taken.size, taken.created_at) == (job.name, 3, job.size, job.created_at)
    assert (taken.fence, taken.version, taken.state_reasons) == (2, job.version + 2, ("job-held-for-release",))
    stored = await box.documents(job.id)
    assert [one.name for one in stored] == [one.name for one in await spool.documents(job.id)]
    found = [b"".join([piece async for piece in box.read(job.id, one.number)]) for one in stored]
    assert found == list(documents)
    timeline = (await box.story(job.id)).timeline
    assert [entry.sequence for entry in timeline] == list(range(1, len(timeline) + 1))
    assert [entry.event for entry in timeline] == [JobEvent.HELD, JobEvent.MOVING, JobEvent.TAKEN_OVER]
    assert timeline[-1].values == {"computer": "Box-1"}


async def test_it_prints_as_it_was_asked_to(spool: Spool, box: Spool) -> None:
    ticket = JobTicket((Attribute.of("copies", 2), Attribute.of("sides", Keyword("two-sided-long-edge"))))
    job = await waiting_job(spool)
    job = await spool.change(job.id, Change(ticket=ticket))
    taken = await box.moves.adopt((await over(spool, box, job)).ticket_id, "Box-1", SECRET)
    assert taken.ticket == ticket


async def test_the_new_holder_reports_it_as_the_old_one_did(spool: Spool, box: Spool) -> None:
    job = await waiting_job(spool)
    await box.moves.adopt((await over(spool, box, job)).ticket_id, "Box-1", SECRET)
    (report,) = await box.reports(10)
    assert (report.job_id, report.queue_id, report.account, report.fence) == (job.id, QUEUE, "ada", 2)
    assert [entry.sequence for entry in report.timeline] == [1, 2, 3]


async def test_a_cancelled_document_stays_cancelled(spool: Spool, box: Spool) -> None:
    job = await waiting_job(spool, LETTER, LARGE)
    job = await spool.cancel_document(job.id, 1)
    taken = await box.moves.adopt((await over(spool, box, job)).ticket_id, "Box-1", SECRET)
    assert [one.cancelled for one in await box.documents(job.id)] == [True, False]
    assert await document_of(box, job.id) == LARGE
    assert taken.size == len(LARGE)


async def test_what_is_staged_is_seen_by_nobody(spool: Spool, box: Spool) -> None:
    job = await waiting_job(spool)
    told = await over(spool, box, job)
    assert await box.list() == []
    assert await box.reports(10) == []
    with pytest.raises(NotFound):
        await box.get(job.id)
    assert await box.moves.staged(told.ticket_id) == told
    assert not await box.moves.adopted(job.id, 2)


async def test_one_commit_makes_it_ours(spool: Spool, box: Spool) -> None:
    job = await waiting_job(spool)
    told = await over(spool, box, job)
    await box.moves.adopt(told.ticket_id, "Box-1", SECRET)
    assert await box.moves.staged(told.ticket_id) is None
    assert await box.moves.adopted(job.id, 2)
    assert not await box.moves.adopted(job.id, 3)
    with pytest.raises(NotFound):
        await box.moves.adopt(told.ticket_id, "Box-1", SECRET)
    assert len(await box.list()) == 1


async def test_it_survives_a_restart_staged_and_taken_over(spool: Spool, tmp_path: Path) -> None:
    small, large = await waiting_job(spool), await waiting_job(spool, LARGE)
    directory = tmp_path / "other" / "spool"
    box = await open_spool(directory, SystemClock(), system_randomness)
    tickets = [(await over(spool, box, job)).ticket_id for job in (small, large)]
    await box.close()
    box = await open_spool(directory, SystemClock(), system_randomness)
    for ticket in tickets:
        await box.moves.adopt(ticket, "Box-1", SECRET)
    await box.close()
    box = await open_spool(directory, SystemClock(), system_randomness)
    assert [await document_of(box, job.id) for job in (small, large)] == [b"%PDF-1.4 a letter", LARGE]
    await box.close()


async def test_what_is_given_up_leaves_nothing(spool: Spool, box: Spool, tmp_path: Path) -> None:
    job = await waiting_job(spool, LETTER, LARGE)
    told = await over(spool, box, job)
    assert documents_in_files(tmp_path / "box") == 2
    await box.moves.drop(told.ticket_id)
    await box.moves.drop(told.ticket_id)
    await eventually(lambda: documents_in_files(tmp_path / "box") == 0)


async def test_what_nobody_commits_is_given_up_after_a_while(spool: Spool, box: Spool) -> None:
    job = await waiting_job(spool)
    told = await over(spool, box, job)
    await box.moves.drop_older(datetime.now(UTC) - timedelta(hours=1))
    assert await box.moves.staged(told.ticket_id) is not None
    await box.moves.drop_older(datetime.now(UTC) + timedelta(seconds=1))
    assert await box.moves.staged(told.ticket_id) is None


async def test_a_second_attempt_makes_the_first_one_void(spool: Spool, box: Spool, tmp_path: Path) -> None:
    job = await waiting_job(spool, LARGE)
    first = await over(spool, box, job)
    second = await over(spool, box, job, fence=3)
    with pytest.raises(NotFound):
        await box.moves.adopt(first.ticket_id, "Box-1", SECRET)
    assert (await box.moves.adopt(second.ticket_id, "Box-1", SECRET)).fence == 3
    await eventually(lambda: documents_in_files(tmp_path / "box") == 1)


def flipped(sealed: bytes) -> bytes:
    return sealed[:-1] + bytes((sealed[-1] ^ 1,))


@pytest.mark.parametrize("document", [LETTER, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("spoil", [flipped, lambda sealed: sealed[:-1], lambda sealed: sealed + b"x" * 20])
async def test_a_document_that_is_not_as_it_was_sealed_is_not_kept(
    spool: Spool, box: Spool, tmp_path: Path, spoil: Any, document: bytes
) -> None:
    job = await waiting_job(spool, document)
    told = await arriving(spool, job, move_to_box())
    with pytest.raises(Invalid):
        await box.moves.stage(told, sealed_documents(spool, job, spoil))
    assert await box.moves.staged(told.ticket_id) is None
    await eventually(lambda: documents_in_files(tmp_path / "box") == 0)


async def test_another_document_than_was_said_is_not_kept(spool: Spool, box: Spool) -> None:
    job, other = await waiting_job(spool), await waiting_job(spool)

    async def exchanged() -> AsyncIterator[ArrivingDocument]:
        (said,) = [one async for one in sealed_documents(spool, job)]
        (sent,) = [one async for one in sealed_documents(spool, other)]
        yield ArrivingDocument(said.header, sent.key, sent.sealed)

    with pytest.raises(Damaged, match="another document"):
        await box.moves.stage(await arriving(spool, job, move_to_box()), exchanged())


async def test_a_document_that_does_not_come_is_missed(spool: Spool, box: Spool) -> None:
    job = await waiting_job(spool, LETTER, LETTER)

    async def first() -> AsyncIterator[ArrivingDocument]:
        async for one in sealed_documents(spool, job):
            yield one
            return

    with pytest.raises(Damaged, match="missing"):
        await box.moves.stage(await arriving(spool, job, move_to_box()), first())


@pytest.mark.parametrize(
    "wrong",
    [
        {"ticket": "AAAA"},
        {"timeline": "gap"},
        {"documents": "cancelled"},
        {"documents": "formatless"},
    ],
    ids=str,
)
async def test_what_can_be_no_job_is_refused(spool: Spool, box: Spool, wrong: dict[str, Any]) -> None:
    job = await waiting_job(spool)
    told = await arriving(spool, job, move_to_box())
    (document,) = told.job.documents
    values = {
        "gap": told.job.timeline[1:],
        "cancelled": (document.model_copy(update={"cancelled": True}),),
        "formatless": (document.model_copy(update={"document_format": ""}),),
    }
    update = {name: values.get(value, value) if isinstance(value, str) else value for name, value in wrong.items()}
    spoiled = Arriving(told.ticket_id, told.sender_id, told.fence, told.job.model_copy(update=update))
    with pytest.raises(Invalid):
        await box.moves.stage(spoiled, sealed_documents(spool, job))


async def test_a_job_that_is_or_was_here_is_not_taken_over(spool: Spool) -> None:
    job = await waiting_job(spool)
    told = await arriving(spool, job, move_to_box())
    with pytest.raises(NotPossible):
        await spool.moves.stage(told, sealed_documents(spool, job))
    await spool.change(job.id, Change(phase=Phase.ENDED, event=JobEvent.DELETED))
    with pytest.raises(NotPossible):
        await spool.moves.stage(told, sealed_documents(spool, job))


async def test_an_account_here_of_the_same_name_has_nothing_of_it(spool: Spool, box: Spool) -> None:
    own = await held_job(box, account="ada")
    job = await waiting_job(spool, account="ada")
    taken = await box.moves.adopt((await over(spool, box, job)).ticket_id, "Box-1", SECRET)
    assert [one.id for one in await box.list(account="ada")] == [own.id]
    assert [one.id for one in await box.list(queue_id=QUEUE)] == [own.id]
    assert (await box.by_number(QUEUE, own.number)).id == own.id
    assert (own.is_of("ada"), taken.is_of("ada")) == (True, False)
    assert await box.count(QUEUE) == 1
    assert [one.id for one in await box.claim("ada", uuid4(), "Ada")] == [own.id]


async def test_a_job_that_moves_is_released_or_expired_by_nobody_twice(spool: Spool) -> None:
    job = await waiting_job(spool)
    move = move_to_box()
    moving = await spool.change(job.id, Change(**_fields(MOVING), move=move), only_if={Phase.HELD}, version=job.version)
    assert (moving.phase, moving.move, moving.document_kept) == (Phase.MOVING, move, True)
    for phases in ({Phase.HELD}, {Phase.RELEASED}):
        with pytest.raises(NotPossible):
            await spool.change(job.id, changes.mark("Lobby", datetime.now(UTC), None), only_if=phases)
    gone = await spool.change(job.id, MOVED, only_if={Phase.MOVING})
    assert (gone.phase, gone.document_kept, gone.outcome, gone.move) == (Phase.ENDED, False, None, move)


async def test_a_job_that_nobody_took_over_is_held_again(spool: Spool) -> None:
    job = await waiting_job(spool)
    await spool.change(job.id, Change(**_fields(MOVING), move=move_to_box()))
    held = await spool.change(job.id, Change(phase=Phase.HELD, clear=frozenset({"move"})))
    assert (held.phase, held.move) == (Phase.HELD, None)
    assert await document_of(spool, job.id) == b"%PDF-1.4 a letter"


async def test_a_job_whose_next_holder_never_comes_back_expires(spool: Spool) -> None:
    job = await waiting_job(spool)
    await spool.change(job.id, Change(**_fields(MOVING), move=move_to_box()))
    await expire_once(spool, timedelta(hours=72), datetime.now(UTC) + timedelta(hours=73))
    job = await spool.get(job.id)
    assert (job.phase, job.document_kept, job.move) == (Phase.ENDED, False, None)


async def test_where_a_job_goes_is_known_after_a_restart(tmp_path: Path) -> None:
    directory, move = tmp_path / "agent", move_to_box()
    spool = await open_spool(directory / "spool", SystemClock(), system_randomness)
    job = await waiting_job(spool, LARGE)
    await spool.change(job.id, Change(**_fields(MOVING), move=move))
    await spool.close()
    (found,) = jobs_in_files(directory)
    assert found.phase is Phase.MOVING
    spool = await open_spool(directory / "spool", SystemClock(), system_randomness)
    assert (await spool.list(phases={Phase.MOVING}))[0].move == move
    assert await document_of(spool, job.id) == LARGE
    await spool.close()


async def test_a_transfer_that_is_broken_off_leaves_nothing(spool: Spool, box: Spool, tmp_path: Path) -> None:
    job = await waiting_job(spool, LARGE)
    told, reached = await arriving(spool, job, move_to_box()), asyncio.Event()

    async def stalls() -> AsyncIterator[ArrivingDocument]:
        async for one in sealed_documents(spool, job):
            yield ArrivingDocument(one.header, one.key, _first(one.sealed, reached))

    staging = asyncio.create_task(box.moves.stage(told, stalls()))
    await reached.wait()
    staging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await staging
    await eventually(lambda: documents_in_files(tmp_path / "box") == 0)


async def _first(sealed: AsyncIterator[bytes], reached: asyncio.Event) -> AsyncIterator[bytes]:
    count = 0
    async for piece in sealed:
        yield piece
        count += 1
        if count * 50_000 > SMALL * 5:
            reached.set()
            await asyncio.Event().wait()


def _fields(change: Change) -> dict[str, Any]:
    return {"phase": change.phase, "event": change.event, "values": change.values}


async def test_a_lost_file_is_no_reason_to_end_a_job_that_moves(tmp_path: Path) -> None:
    directory = tmp_path / "agent"
    spool = await open_spool(directory / "spool", SystemClock(), system_randomness)
    moving, staged = await waiting_job(spool, LARGE), await waiting_job(spool, LARGE)
    await spool.change(moving.id, Change(**_fields(MOVING), move=move_to_box()))
    box = await open_spool(tmp_path / "box" / "spool", SystemClock(), system_randomness)
    told = await over(spool, box, staged)
    await spool.close()
    await box.close()
    for side in (directory, tmp_path / "box"):
        for file in (side / "spool" / "documents").iterdir():
            file.unlink()
    spool = await open_spool(directory / "spool", SystemClock(), system_randomness)
    found = await spool.get(moving.id)
    assert (found.phase, found.document_kept) == (Phase.MOVING, False)
    with pytest.raises(NotPossible):
        await spool.change(moving.id, Change(phase=Phase.HELD, clear=frozenset({"move"})))
    await spool.close()
    box = await open_spool(tmp_path / "box" / "spool", SystemClock(), system_randomness)
    assert await box.moves.staged(told.ticket_id) is None
    await box.close()
