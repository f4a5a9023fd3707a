from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from presswork.agent.spool import Spool
from presswork.agent.spool.documents import PIECE, SMALL
from presswork.agent.spool.job import Change, JobTicket, Outcome, Phase
from presswork.agent.spool.recent import Recent
from presswork.core.errors import Gone, Invalid, NotFound, NotPossible, TooLarge
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.sealed.faults import Damaged
from presswork.testing.spooling import HOLD, LIMIT, QUEUE, document_of, held_job, incoming_job, pieces
from presswork.testing.timing import MS, eventually

RELEASE = Change(phase=Phase.RELEASED, state=JobState.PENDING, event=JobEvent.RELEASED)
LARGE = bytes(SMALL + 1)
"""It has a file of its own."""
DELETE = Change(phase=Phase.ENDED, state=JobState.CANCELED, event=JobEvent.DELETED)


@pytest.mark.parametrize("size", [1, 65536, SMALL, SMALL + 1, PIECE, PIECE + 1, 3 * PIECE + 17])
async def test_a_document_comes_out_as_it_went_in(spool: Spool, size: int) -> None:
    document = bytes(n % 253 for n in range(size))
    job = await held_job(spool, document)
    assert await document_of(spool, job.id) == document
    assert (job.phase, job.size, job.document_kept, job.document_format) == (
        Phase.HELD,
        size,
        True,
        "application/pdf",
    )
    assert await spool.get(job.id) == job


async def test_nothing_of_a_document_can_be_read_in_the_directory(spool: Spool, tmp_path: Path) -> None:
    document = b"the secret of the letter"
    await held_job(spool, document * 100)
    await held_job(spool, document * 10_000)
    (file,) = (tmp_path / "spool/documents").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    for path in (tmp_path / "spool").rglob("*"):
        assert path.is_dir() or b"secret of" not in path.read_bytes()


async def test_a_job_begins_incoming_and_without_a_document(spool: Spool) -> None:
    ticket = JobTicket((Attribute.of("copies", 2),))
    user_id = uuid4()
    job = await incoming_job(spool, name="Brief", user_id=user_id, ticket=ticket)
    assert (job.phase, job.state, job.state_reasons) == (Phase.INCOMING, JobState.PENDING_HELD, ("job-incoming",))
    assert (job.name, job.user_id, job.ticket, job.version) == ("Brief", user_id, ticket, 1)
    assert await spool.get(job.id) == job
    assert await spool.by_number(QUEUE, job.number) == job
    with pytest.raises(Gone):
        await document_of(spool, job.id)


async def test_numbers_of_a_queue_are_counted_and_never_used_again(spool: Spool) -> None:
    other = uuid4()
    numbers = [(await held_job(spool)).number for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert (await incoming_job(spool, queue_id=other)).number == 1
    last = await spool.by_number(QUEUE, 3)
    await spool.change(last.id, DELETE)
    assert (await incoming_job(spool)).number == 4


async def test_the_same_job_uuid_of_the_same_account_is_the_same_job(spool: Spool) -> None:
    submitted_uuid = uuid4()
    first = await incoming_job(spool, submitted_uuid=submitted_uuid)
    assert await incoming_job(spool, submitted_uuid=submitted_uuid) == first
    others = [
        await incoming_job(spool, "bob", submitted_uuid=submitted_uuid),
        await incoming_job(spool, queue_id=uuid4(), submitted_uuid=submitted_uuid),
        await incoming_job(spool),
    ]
    assert first.id not in [other.id for other in others]


async def test_twenty_submissions_of_one_job_uuid_at_once_are_one_job(spool: Spool) -> None:
    submitted_uuid = uuid4()
    jobs = await asyncio.gather(*(incoming_job(spool, submitted_uuid=submitted_uuid) for _ in range(20)))
    assert len({job.id for job in jobs}) == 1


@pytest.mark.parametrize(
    ("account", "name", "ticket"),
    [
        ("a/b", "Letter", JobTicket()),
        ("ada", "a\nb", JobTicket()),
        ("ada", "Letter", JobTicket((Attribute.of("copies", 0),))),
        ("ada", "Letter", JobTicket((Attribute.of("sides", "a\nb"),))),
    ],
)
async def test_what_no_report_could_carry_is_refused(spool: Spool, account: str, name: str, ticket: JobTicket) -> None:
    with pytest.raises(Invalid):
        await incoming_job(spool, account, name=name, ticket=ticket)
    assert await spool.list() == []


class Broken(Exception):
    """The connection broke."""


async def breaks_after(data: bytes) -> AsyncIterator[bytes]:
    yield data
    raise Broken


@pytest.mark.parametrize("size", [1, SMALL + 1, PIECE + 1])
async def test_nothing_is_kept_of_a_document_that_broke_off(spool: Spool, tmp_path: Path, size: int) -> None:
    job = await incoming_job(spool)
    with pytest.raises(Broken):
        await spool.receive(job.id, "application/pdf", breaks_after(bytes(size)), limit=LIMIT)
    await no_documents(tmp_path)
    assert await spool.get(job.id) == job
    assert not spool.is_receiving(job.id)
    await spool.receive(job.id, "application/pdf", pieces(b"again"), limit=LIMIT, then=(HOLD,))
    assert await document_of(spool, job.id) == b"again"


async def no_documents(tmp_path: Path) -> None:
    await eventually(lambda: not any((tmp_path / "spool/documents").iterdir()))
    with closing(sqlite3.connect(tmp_path / "spool/spool.db")) as database:
        assert database.execute("SELECT count(*) FROM small_documents").fetchone() == (0,)


@pytest.mark.parametrize(
    ("document", "limit", "fault"),
    [(b"", LIMIT, Invalid), (bytes(101), 100, TooLarge), (bytes(PIECE * 3), PIECE * 2, TooLarge)],
    ids=["empty", "over the limit", "over the limit on the disk"],
)
async def test_a_document_of_a_wrong_size_is_refused(
    spool: Spool, tmp_path: Path, document: bytes, limit: int, fault: type[Exception]
) -> None:
    job = await incoming_job(spool)
    with pytest.raises(fault):
        await spool.receive(job.id, "application/pdf", pieces(document), limit=limit)
    await no_documents(tmp_path)
    assert await spool.get(job.id) == job


async def test_a_second_document_is_refused_and_the_first_stays(spool: Spool, tmp_path: Path) -> None:
    job = await held_job(spool, b"first")
    for document in (b"second", bytes(PIECE * 2)):
        with pytest.raises(NotPossible):
            await spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT)
    assert await document_of(spool, job.id) == b"first"


@pytest.mark.parametrize(("one", "two"), [(b"one", b"two"), (LARGE + b"one", LARGE + b"two")], ids=["small", "large"])
async def test_of_two_documents_at_once_one_is_kept(spool: Spool, tmp_path: Path, one: bytes, two: bytes) -> None:
    job = await incoming_job(spool)
    outcomes = await asyncio.gather(
        *(spool.receive(job.id, "text/plain", pieces(text), limit=LIMIT, then=(HOLD,)) for text in (one, two)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Job", "NotPossible"]
    assert await document_of(spool, job.id) in (one, two)
    await eventually(lambda: len([*(tmp_path / "spool/documents").iterdir()]) == (len(one) > SMALL))


async def test_a_document_for_no_job_is_refused(spool: Spool, tmp_path: Path) -> None:
    for document in (b"small", bytes(PIECE * 2)):
        with pytest.raises(NotFound):
            await spool.receive(uuid4(), "application/pdf", pieces(document), limit=LIMIT)
    await no_documents(tmp_path)


async def test_who_stops_sending_leaves_nothing(spool: Spool, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(PIECE)
            begun.set()
            await asyncio.sleep(0)

    job = await incoming_job(spool)
    task = asyncio.create_task(spool.receive(job.id, "application/pdf", endless(), limit=LIMIT))
    await begun.wait()
    assert spool.is_receiving(job.id)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await no_documents(tmp_path)
    assert (await spool.get(job.id)).phase is Phase.INCOMING


@pytest.mark.parametrize("works", [True, False], ids=["committed", "refused"])
async def test_who_leaves_before_the_answer_leaves_row_and_file_in_agreement(
    spool: Spool, tmp_path: Path, works: bool
) -> None:
    """Cancelled while the commit waits in line: it goes through or it does not, but never half."""
    job = await incoming_job(spool)
    busy, go_on = threading.Event(), threading.Event()

    def occupy(_: object) -> None:
        busy.set()
        assert go_on.wait(10)

    blocked = asyncio.create_task(spool._writer.run(occupy))
    assert await asyncio.to_thread(busy.wait, 10)
    deleted = None if works else asyncio.create_task(spool.change(job.id, DELETE))
    task = asyncio.create_task(spool.receive(job.id, "text/plain", pieces(LARGE), limit=LIMIT))
    await eventually(lambda: any((tmp_path / "spool/documents").iterdir()))
    await asyncio.sleep(20 * MS)  # it has reached the line: nothing else shows that
    task.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    await blocked
    if deleted is None:
        await spool.remember("after", "that")
        assert (await spool.get(job.id)).document_kept
        assert await document_of(spool, job.id) == LARGE
    else:
        await deleted
        await no_documents(tmp_path)


async def test_a_change_is_made_only_to_the_job_one_believes_it_is(spool: Spool) -> None:
    job = await held_job(spool)
    with pytest.raises(NotPossible):
        await spool.change(job.id, RELEASE, only_if={Phase.SENDING})
    with pytest.raises(NotPossible):
        await spool.change(job.id, RELEASE, version=job.version - 1)
    with pytest.raises(NotFound):
        await spool.change(uuid4(), RELEASE)
    assert await spool.get(job.id) == job
    released = await spool.change(job.id, RELEASE, only_if={Phase.HELD}, version=job.version)
    assert (released.phase, released.version) == (Phase.RELEASED, job.version + 1)


async def test_of_many_who_take_a_job_one_gets_it(spool: Spool) -> None:
    job = await held_job(spool)
    outcomes = await asyncio.gather(
        *(spool.change(job.id, RELEASE, only_if={Phase.HELD}) for _ in range(10)), return_exceptions=True
    )
    assert sum(not isinstance(outcome, NotPossible) for outcome in outcomes) == 1


async def test_the_timeline_tells_what_happened_in_order(spool: Spool) -> None:
    job = await held_job(spool)
    await spool.change(job.id, Change(phase=Phase.RELEASED, event=JobEvent.RELEASED, values=(("printer", "Floor 2"),)))
    await spool.change(job.id, Change(state_reasons=("x",)))
    await spool.change(job.id, DELETE)
    story = await spool.story(job.id)
    assert [(entry.sequence, entry.event) for entry in story.timeline] == [
        (1, JobEvent.HELD),
        (2, JobEvent.RELEASED),
        (3, JobEvent.DELETED),
    ]
    assert story.timeline[1].sentence() == "Released to Floor 2."
    assert story.job == await spool.get(job.id)


@pytest.mark.parametrize("document", [b"letter", LARGE], ids=["small", "large"])
async def test_an_end_destroys_the_document(spool: Spool, tmp_path: Path, document: bytes) -> None:
    job = await held_job(spool, document)
    ended = await spool.change(job.id, DELETE)
    assert not ended.document_kept
    with pytest.raises(Gone):
        await document_of(spool, job.id)
    await no_documents(tmp_path)
    with pytest.raises(NotPossible):
        await spool.change(job.id, RELEASE)


@pytest.mark.parametrize("document", [b"letter", LARGE], ids=["small", "large"])
async def test_an_end_with_a_question_keeps_the_document_until_it_is_destroyed(
    spool: Spool, tmp_path: Path, document: bytes
) -> None:
    job = await held_job(spool, document)
    await spool.change(job.id, Change(phase=Phase.ENDED, outcome=Outcome.UNKNOWN, event=JobEvent.UNKNOWN))
    assert await document_of(spool, job.id) == document
    await spool.destroy(job.id)
    await no_documents(tmp_path)
    destroyed = await spool.get(job.id)
    assert (destroyed.document_kept, destroyed.outcome) == (False, Outcome.UNKNOWN)
    await spool.destroy(job.id)
    assert await spool.get(job.id) == destroyed
    with pytest.raises(NotFound):
        await spool.destroy(uuid4())


async def test_a_document_that_was_changed_on_the_disk_is_not_read(spool: Spool, tmp_path: Path) -> None:
    job = await held_job(spool, bytes(200_000))
    (file,) = (tmp_path / "spool/documents").iterdir()
    octets = bytearray(file.read_bytes())
    octets[90_000] ^= 1
    file.write_bytes(octets)
    with pytest.raises(Damaged):
        await document_of(spool, job.id)
    file.unlink()
    with pytest.raises(Gone):
        await document_of(spool, job.id)


async def test_a_job_may_come_with_its_document(spool: Spool) -> None:
    ticket = JobTicket((Attribute.of("copies", 2),))
    draft = spool.draft(QUEUE, "ada", owner_proof="peer", user_id=None, name="Brief", ticket=ticket)
    async with spool.subscribe() as news:
        job = await spool.submit(draft, "application/pdf", b"letter", then=(HOLD, RELEASE))
        assert await news.get_job() == job
    assert (job.id, job.number, job.phase, job.size, job.document_kept) == (draft.id, 1, Phase.RELEASED, 6, True)
    assert await document_of(spool, job.id) == b"letter"
    story = await spool.story(job.id)
    assert story.job == job
    assert [(entry.sequence, entry.event) for entry in story.timeline] == [(1, JobEvent.HELD), (2, JobEvent.RELEASED)]


async def test_a_small_document_is_read_from_memory_or_from_the_disk(spool: Spool) -> None:
    job = await held_job(spool, b"letter")
    assert await document_of(spool, job.id) == b"letter"
    spool._recent = Recent()
    assert await document_of(spool, job.id) == b"letter"


async def test_who_stops_reading_closes_the_file(spool: Spool) -> None:
    job = await held_job(spool, bytes(PIECE * 4))
    reading = spool.read(job.id)
    assert await anext(reading)
    await reading.aclose()  # that no descriptor stays, every test checks


async def test_pages_are_recorded(spool: Spool) -> None:
    job = await held_job(spool)
    assert (await spool.set_pages(job.id, 12)).pages == 12
    assert (await spool.get(job.id)).version == job.version + 1


async def test_a_person_claims_the_jobs_of_the_account_that_are_nobodys(spool: Spool) -> None:
    ada, bob = uuid4(), uuid4()
    mine = await held_job(spool, account="ada")
    of_another_person = await incoming_job(spool, "ada", user_id=bob)
    of_another_account = await held_job(spool, account="eve")
    (claimed,) = await spool.claim("ada", ada, "Ada L.")
    assert (claimed.id, claimed.user_id, claimed.version) == (mine.id, ada, mine.version + 1)
    assert (await spool.get(of_another_person.id)).user_id == bob
    assert (await spool.get(of_another_account.id)).user_id is None
    assert (await spool.story(mine.id)).timeline[-1].sentence() == "Now belongs to Ada L., who signed in as ada."
    assert await spool.claim("ada", ada) == []


async def test_facts_are_remembered(spool: Spool) -> None:
    assert await spool.recall("a") is None
    await spool.remember("a", "1")
    await spool.remember("a", "2")
    assert await spool.recall("a") == "2"


async def test_changes_are_news(spool: Spool) -> None:
    async with spool.subscribe() as news:
        job = await held_job(spool)
        assert await news.get() == job.id
        await spool.change(job.id, DELETE)
        assert await news.get() == job.id
        with pytest.raises(NotPossible):
            await spool.change(job.id, RELEASE)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(20 * MS):
                await news.get()


async def confirm_all(spool: Spool) -> list[UUID]:
    reports = await spool.reports(200)
    await spool.confirm([(r.job_id, r.version, r.timeline[-1].sequence if r.timeline else 0) for r in reports])
    return [report.job_id for report in reports]


async def test_a_report_tells_the_job_as_it_is_and_the_entries_not_yet_confirmed(spool: Spool) -> None:
    job = await held_job(spool, b"letter")
    (report,) = await spool.reports(200)
    assert (report.job_id, report.version, report.state, report.size) == (job.id, job.version, "pending-held", 6)
    assert (report.name, report.account, report.document_kept) == ("Letter", "ada", True)
    assert [entry.event for entry in report.timeline] == [JobEvent.HELD]
    assert await confirm_all(spool) == [job.id]
    assert await spool.reports(200) == []
    released = await spool.change(job.id, RELEASE)
    (report,) = await spool.reports(200)
    assert report.version == released.version
    assert [(entry.sequence, entry.event) for entry in report.timeline] == [(2, JobEvent.RELEASED)]


async def test_one_job_is_reported_alone_until_that_is_confirmed(spool: Spool) -> None:
    job = await held_job(spool, b"letter")
    other = await held_job(spool)
    (whole, _) = await spool.reports(200)
    assert await spool.report(job.id) == whole
    await confirm_all(spool)
    assert await spool.report(job.id) is None
    await spool.change(other.id, RELEASE)
    assert await spool.report(job.id) is None
    assert await spool.report(UUID(int=9)) is None


async def test_what_changed_after_the_report_is_not_confirmed_with_it(spool: Spool) -> None:
    job = await held_job(spool)
    (report,) = await spool.reports(200)
    await spool.change(job.id, RELEASE)
    await spool.confirm([(report.job_id, report.version, 1)])
    (again,) = await spool.reports(200)
    assert [entry.event for entry in again.timeline] == [JobEvent.RELEASED]


async def test_an_old_confirmation_takes_nothing_back(spool: Spool) -> None:
    job = await held_job(spool)
    await confirm_all(spool)
    await spool.confirm([(job.id, 1, 0)])
    assert await spool.reports(200) == []


async def test_reports_come_oldest_job_first_and_no_more_than_asked(spool: Spool) -> None:
    jobs = [await incoming_job(spool) for _ in range(5)]
    assert [report.job_id for report in await spool.reports(3)] == [job.id for job in jobs[:3]]
