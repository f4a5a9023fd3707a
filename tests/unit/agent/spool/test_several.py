"""Several documents in one job: each sealed by itself, kept and destroyed with its job."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent.spool import Spool, open_spool, several
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Change, Job, JobTicket, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Gone, NotFound, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection
from presswork.testing.spooling import HOLD, LIMIT, incoming_job, pieces
from presswork.testing.timing import eventually

DELETE = Change(phase=Phase.ENDED, state=JobState.CANCELED, event=JobEvent.DELETED)
SMALL_ONE, LARGE_ONE = b"%PDF-1.4 small", b"%PDF-1.4 large" + bytes(SMALL)


async def job_with(spool: Spool, *documents: bytes, ticket: JobTicket = JobTicket()) -> Job:  # noqa: B008 - immutable
    job = await incoming_job(spool, ticket=ticket)
    for number, document in enumerate(documents, 1):
        then = (HOLD,) if number == len(documents) else ()
        name = f"Part {number}"
        job = await spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT, then=then, name=name)
    return job


async def read(spool: Spool, job_id: UUID, number: int) -> bytes:
    return b"".join([piece async for piece in spool.read(job_id, number)])


def files(directory: Path) -> int:
    return len([*(directory / "spool/documents").iterdir()])


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


async def test_each_comes_out_as_it_went_in(spool: Spool) -> None:
    texts = [SMALL_ONE, LARGE_ONE, b"%PDF-1.4 other"]
    job = await job_with(spool, *texts)
    assert (job.phase, job.documents, job.size, job.document_kept) == (Phase.HELD, 3, sum(map(len, texts)), True)
    assert [await read(spool, job.id, number) for number in (1, 2, 3)] == texts
    kept = await spool.documents(job.id)
    assert [(one.number, one.name, one.size) for one in kept] == [
        (number, f"Part {number}", len(text)) for number, text in enumerate(texts, 1)
    ]
    assert len({one.wrapped_key for one in kept}) == 3
    assert await spool.get(job.id) == job
    with pytest.raises(NotFound):
        await read(spool, job.id, 4)


async def test_a_job_of_one_document_has_that_one(spool: Spool) -> None:
    job = await job_with(spool, SMALL_ONE)
    (only,) = await spool.documents(job.id)
    assert (only.number, only.name, only.size, job.documents) == (1, "", len(SMALL_ONE), 1)
    assert await spool.documents((await incoming_job(spool)).id) == []


@pytest.mark.parametrize("outcome", [None, Outcome.PRINTED])
async def test_all_keys_and_files_go_with_the_job(spool: Spool, tmp_path: Path, outcome: Outcome | None) -> None:
    job = await job_with(spool, LARGE_ONE, SMALL_ONE, LARGE_ONE)
    assert files(tmp_path) == 2
    job = await spool.change(job.id, replace(DELETE, outcome=outcome))
    assert not job.document_kept
    assert [one.wrapped_key for one in await spool.documents(job.id)] == [None] * 3
    await eventually(lambda: files(tmp_path) == 0)
    for number in (1, 2, 3):
        with pytest.raises(Gone):
            await read(spool, job.id, number)


async def test_destroying_destroys_all(spool: Spool, tmp_path: Path) -> None:
    job = await job_with(spool, LARGE_ONE, LARGE_ONE)
    await spool.destroy(job.id)
    assert not (await spool.get(job.id)).document_kept
    await eventually(lambda: files(tmp_path) == 0)


async def test_the_spooler_sends_one_and_perhaps_the_same_again(spool: Spool) -> None:
    draft = spool.draft(UUID(int=7), "ada", owner_proof="spooler", user_id=None, name="Letter", ticket=JobTicket())
    job = await spool.create(draft)
    await spool.receive(job.id, "application/pdf", pieces(SMALL_ONE), limit=LIMIT)
    with pytest.raises(NotPossible):
        await spool.receive(job.id, "application/pdf", pieces(SMALL_ONE), limit=LIMIT)


async def test_there_is_a_most(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(several, "MOST", 2)
    job = await incoming_job(spool)
    for _ in range(2):
        await spool.receive(job.id, "application/pdf", pieces(SMALL_ONE), limit=LIMIT)
    with pytest.raises(NotPossible, match="2 documents"):
        await spool.receive(job.id, "application/pdf", pieces(SMALL_ONE), limit=LIMIT)


@pytest.mark.parametrize("cancelled", [1, 2, 3])
async def test_one_is_cancelled_and_the_others_stay(spool: Spool, tmp_path: Path, cancelled: int) -> None:
    texts = [LARGE_ONE, LARGE_ONE + b"2", LARGE_ONE + b"3"]
    job = await job_with(spool, *texts)
    await spool.set_pages(job.id, 3)
    job = await spool.cancel_document(job.id, cancelled)
    left = [number for number in (1, 2, 3) if number != cancelled]
    assert (job.size, job.pages, job.documents) == (sum(len(texts[number - 1]) for number in left), None, 3)
    assert [await read(spool, job.id, number) for number in left] == [texts[number - 1] for number in left]
    first = b"".join([piece async for piece in spool.read(job.id)])
    assert first == texts[left[0] - 1]
    with pytest.raises(Gone):
        await read(spool, job.id, cancelled)
    with pytest.raises(NotPossible):
        await spool.cancel_document(job.id, cancelled)
    await eventually(lambda: files(tmp_path) == 2)
    await spool.change(job.id, DELETE)
    await eventually(lambda: files(tmp_path) == 0)


async def test_with_the_last_one_the_job_is_over(spool: Spool) -> None:
    job = await job_with(spool, SMALL_ONE, SMALL_ONE)
    assert (await spool.cancel_document(job.id, 1)).phase is Phase.HELD
    job = await spool.cancel_document(job.id, 2)
    assert (job.phase, job.state, job.document_kept) == (Phase.ENDED, JobState.CANCELED, False)
    assert (await spool.story(job.id)).timeline[-1].event is JobEvent.DELETED


async def test_an_open_job_without_any_left_takes_another(spool: Spool) -> None:
    job = await incoming_job(spool)
    await spool.receive(job.id, "application/pdf", pieces(SMALL_ONE), limit=LIMIT)
    job = await spool.cancel_document(job.id, 1)
    assert (job.phase, job.document_kept) == (Phase.INCOMING, False)
    job = await spool.receive(job.id, "application/pdf", pieces(LARGE_ONE), limit=LIMIT, then=(HOLD,))
    assert (job.documents, job.size) == (2, len(LARGE_ONE))
    assert await read(spool, job.id, 2) == LARGE_ONE


async def test_what_is_on_its_way_or_over_is_not_changed(spool: Spool) -> None:
    job = await job_with(spool, SMALL_ONE, SMALL_ONE)
    await spool.change(job.id, Change(phase=Phase.SENDING))
    with pytest.raises(NotPossible):
        await spool.cancel_document(job.id, 1)
    await spool.change(job.id, Change(phase=Phase.ENDED, outcome=Outcome.UNKNOWN))
    with pytest.raises(NotPossible):
        await spool.rename_document(job.id, 1, "Other")


@pytest.mark.parametrize("documents", [1, 2])
async def test_a_document_is_renamed_and_its_name_forgotten_with_the_jobs(spool: Spool, documents: int) -> None:
    job = await job_with(spool, *[SMALL_ONE] * documents)
    await spool.rename_document(job.id, documents, "Other")
    assert (await spool.documents(job.id))[-1].name == "Other"
    assert await read(spool, job.id, documents) == SMALL_ONE
    with pytest.raises(NotFound):
        await spool.rename_document(job.id, 3, "Other")
    job = await spool.change(job.id, DELETE)
    assert job.ended_at is not None
    assert await spool.forget_names(job.ended_at + timedelta(seconds=1)) == 1
    assert {one.name for one in await spool.documents(job.id)} == {""}


async def test_a_proof_that_is_printed_keeps_its_documents(spool: Spool) -> None:
    proof = JobTicket((Attribute.of("copies", 9), Attribute.of("proof-print", Collection(()))))
    assert proof.copies == 1
    job = await job_with(spool, SMALL_ONE, ticket=proof)
    job = await spool.change(job.id, Change(phase=Phase.ENDED, outcome=Outcome.PRINTED, event=JobEvent.PRINTED))
    assert job.document_kept
    job = await spool.change(job.id, Change(event=JobEvent.CLEARED))
    assert not job.document_kept


@pytest.mark.parametrize("lost", [0, 2, 3])
async def test_a_restart_finds_them_or_says_that_one_is_lost(tmp_path: Path, lost: int) -> None:
    spool = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
    job = await job_with(spool, SMALL_ONE, LARGE_ONE, LARGE_ONE + b"3", SMALL_ONE)
    kept = await spool.documents(job.id)
    await spool.close()
    if lost:
        (tmp_path / "spool/documents" / str(kept[lost - 1].document_id)).unlink()
    spool = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
    now = await spool.get(job.id)
    if lost:
        assert (now.phase, now.document_kept) == (Phase.ENDED, False)
        assert (await spool.story(job.id)).timeline[-1].event is JobEvent.LOST
        await eventually(lambda: files(tmp_path) in (0, 1))
    else:
        assert now == job
        assert [await read(spool, job.id, number) for number in (2, 3, 4)] == [LARGE_ONE, LARGE_ONE + b"3", SMALL_ONE]
    await spool.close()
