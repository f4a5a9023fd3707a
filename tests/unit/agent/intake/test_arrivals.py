from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, JobTicket, Phase
from presswork.core.errors import FormatNotSupported, Invalid, NotFound, TooLarge
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.intake import DIRECT, HOLD, ME, PERSON
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import LIMIT, document_of, incoming_job, pieces

PDF = make_pdf()


async def submit(arrivals: Arrivals, document: bytes = PDF, **said: object) -> Job:
    said = {"name": "Letter", "ticket": JobTicket(), "document_format": "application/pdf"} | said
    return await arrivals.submit(HOLD, ME, pieces(document), **said)  # type: ignore[arg-type]


async def events(spool: Spool, job: Job) -> list[JobEvent]:
    return [entry.event for entry in (await spool.story(job.id)).timeline]


async def test_a_submitted_document_waits_for_its_person(arrivals: Arrivals, spool: Spool, arrived: list[Job]) -> None:
    job = await submit(arrivals)
    assert (job.phase, job.account, job.owner_proof, job.user_id) == (Phase.HELD, ME, "peer", PERSON.user_id)
    assert await events(spool, job) == [JobEvent.RECEIVED, JobEvent.HELD]
    assert await document_of(spool, job.id) == PDF
    assert arrived == [job]
    assert await spool.get(job.id) == job


async def test_the_document_itself_says_what_it_is(arrivals: Arrivals) -> None:
    job = await submit(arrivals, document_format="application/octet-stream")
    assert job.document_format == "application/pdf"


@pytest.mark.parametrize(
    ("document", "document_format", "fault"),
    [
        (b"", "application/pdf", Invalid),
        (b"plain text", "text/plain", FormatNotSupported),
        (b"plain text", "application/octet-stream", FormatNotSupported),
        (PDF, "image/jpeg", Invalid),
    ],
)
async def test_what_is_no_document_of_ours_makes_no_job(
    arrivals: Arrivals, spool: Spool, document: bytes, document_format: str, fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        await submit(arrivals, document, document_format=document_format)
    assert await spool.list() == []


async def test_a_name_that_is_none_is_made_one(arrivals: Arrivals) -> None:
    assert (await submit(arrivals, name="A\tletter\x1b[31m")).name == "A letter [31m"
    assert (await submit(arrivals, name="\x00")).name == "Untitled"
    assert len((await submit(arrivals, name="x" * 1000)).name) == 255


async def test_a_direct_queue_sends_it_on_at_once(arrivals: Arrivals, spool: Spool) -> None:
    job = await arrivals.submit(
        DIRECT, ME, pieces(PDF), name="Letter", ticket=JobTicket(), document_format="application/pdf"
    )
    assert (job.phase, job.printer_id) == (Phase.RELEASED, DIRECT.printer_id)
    assert await events(spool, job) == [JobEvent.RECEIVED, JobEvent.RELEASED]


async def test_an_account_nobody_signed_in_for_waits(arrivals: Arrivals, spool: Spool) -> None:
    job = await arrivals.submit(
        DIRECT, "stranger", pieces(PDF), name="Letter", ticket=JobTicket(), document_format="application/pdf"
    )
    assert (job.phase, job.user_id) == (Phase.HELD, None)
    assert await events(spool, job) == [JobEvent.RECEIVED, JobEvent.UNCLAIMED]


async def create(arrivals: Arrivals) -> Job:
    return await arrivals.create(HOLD, ME, "peer", name="Letter", ticket=JobTicket())


class Broken(Exception):
    """The connection broke."""


async def breaks() -> AsyncIterator[bytes]:
    yield PDF
    raise Broken


async def test_a_document_that_breaks_off_ends_the_job(arrivals: Arrivals, spool: Spool, arrived: list[Job]) -> None:
    job = await create(arrivals)
    with pytest.raises(Broken):
        await arrivals.receive(HOLD, job, "application/pdf", breaks())
    ended = await spool.get(job.id)
    assert (ended.phase, ended.state) == (Phase.ENDED, JobState.ABORTED)
    assert await events(spool, job) == [JobEvent.INCOMPLETE]
    assert arrived == []


async def test_a_sender_that_is_cut_off_ends_the_job(arrivals: Arrivals, spool: Spool) -> None:
    begun = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield PDF
        begun.set()
        await asyncio.Event().wait()

    job = await create(arrivals)
    task = asyncio.create_task(arrivals.receive(HOLD, job, "application/pdf", stalls()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await events(spool, job) == [JobEvent.INCOMPLETE]


async def test_a_second_attempt_is_not_ended_by_the_end_of_the_first(arrivals: Arrivals, spool: Spool) -> None:
    """The sender came back before we noticed that its first connection was dead."""
    first_may_break, second_may_end = asyncio.Event(), asyncio.Event()

    async def dead() -> AsyncIterator[bytes]:
        yield PDF
        await first_may_break.wait()
        raise Broken

    async def alive() -> AsyncIterator[bytes]:
        first_may_break.set()
        yield PDF
        await second_may_end.wait()

    job = await create(arrivals)
    first = asyncio.create_task(arrivals.receive(HOLD, job, "application/pdf", dead()))
    await asyncio.sleep(0)
    second = asyncio.create_task(arrivals.receive(HOLD, job, "application/pdf", alive()))
    with pytest.raises(Broken):
        await first
    second_may_end.set()
    assert (await second).phase is Phase.HELD


async def test_a_document_that_is_too_large_is_refused_for_good(arrivals: Arrivals, spool: Spool) -> None:
    job = await create(arrivals)
    with pytest.raises(TooLarge):
        await arrivals.receive(HOLD, job, "application/pdf", pieces(bytes(1_000_001)))
    story = await spool.story(job.id)
    assert story.job.phase is Phase.ENDED
    assert story.timeline[-1].sentence() == (
        "Not accepted: The document is larger than 1000000 octets, the most this computer accepts."
    )


async def test_without_the_last_document_a_job_waits_to_be_closed(
    arrivals: Arrivals, spool: Spool, arrived: list[Job]
) -> None:
    job = await create(arrivals)
    job = await arrivals.receive(HOLD, job, "application/pdf", pieces(PDF), last=False)
    assert (job.phase, job.document_kept) == (Phase.INCOMING, True)
    job = await arrivals.receive(HOLD, job, "application/pdf", pieces(PDF), last=False)
    assert (job.phase, job.documents, job.size) == (Phase.INCOMING, 2, 2 * len(PDF))
    assert not arrived  # its pages are counted when all of them are here
    job = await arrivals.close(HOLD, job)
    assert job.phase is Phase.HELD
    assert await arrivals.close(HOLD, job) == job
    assert [one.id for one in arrived] == [job.id]
    assert await events(spool, job) == [JobEvent.RECEIVED, JobEvent.RECEIVED, JobEvent.HELD]


async def test_closing_a_job_without_a_document_ends_it(arrivals: Arrivals, spool: Spool) -> None:
    job = await arrivals.close(HOLD, await create(arrivals))
    assert job.phase is Phase.ENDED
    assert await events(spool, job) == [JobEvent.INCOMPLETE]


async def test_what_was_open_at_a_restart_waits_for_its_owner(
    arrivals: Arrivals, spool: Spool, arrived: list[Job]
) -> None:
    """Nobody knows whether another document was still to come, so it is not printed as it is, on a direct queue neither."""
    whole = await incoming_job(spool, ME, queue_id=DIRECT.queue_id, user_id=PERSON.user_id)
    empty = await incoming_job(spool, ME, queue_id=HOLD.queue_id)
    ours = await create(arrivals)
    for job in (whole, ours):
        await spool.receive(job.id, "application/pdf", pieces(PDF), limit=LIMIT)
    await arrivals.resume()
    assert (await spool.get(whole.id)).phase is Phase.HELD
    assert (await spool.get(empty.id)).phase is Phase.INCOMING
    assert (await spool.get(ours.id)).phase is Phase.INCOMING  # came after the start
    assert [job.id for job in arrived] == [whole.id]


async def test_a_job_that_is_gone_is_not_received(arrivals: Arrivals, spool: Spool) -> None:
    job = await create(arrivals)
    other = Job(**{field: getattr(job, field) for field in job.__slots__} | {"id": HOLD.queue_id})
    with pytest.raises(NotFound):
        await arrivals.receive(HOLD, other, "application/pdf", pieces(PDF))
