from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from presswork.agent.desired import Desired
from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.intake.handover import Handover
from presswork.agent.intake.room import Room
from presswork.agent.intake.store import CancelDelivery, QueueStore
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.core.errors import Busy, NotFound, NotPossible, Unavailable, Unsupported
from presswork.printer.job import Job as IppJob
from presswork.printer.job import JobState, Requester
from presswork.printer.store import NewDocument, NewJob
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute
from presswork.testing.clock import StandingClock
from presswork.testing.intake import DIRECT, HOLD, ME, PERSON, PlayedSpooler, no_printer_stops, sent_by_spooler
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import document_of, pieces

PDF = make_pdf()
ABOUT = NewDocument("application/pdf")
OWNER, OTHER = Requester(ME), Requester("eve")


def queue_store(
    queue: QueueSpec,
    spool: Spool,
    desired: Desired,
    arrivals: Arrivals,
    handover: Handover,
    *,
    cancel: CancelDelivery = no_printer_stops,
) -> QueueStore:
    return QueueStore(
        queue,
        spool=spool,
        desired=desired,
        arrivals=arrivals,
        handover=handover,
        states=QueueStates(spool),
        cancel=cancel,
    )


@pytest.fixture
def spooler() -> PlayedSpooler:
    return PlayedSpooler()


@pytest.fixture
def handover(spool: Spool, desired: Desired, spooler: PlayedSpooler) -> Handover:
    return Handover(spool, desired, spooler)


@pytest.fixture
def store(spool: Spool, desired: Desired, arrivals: Arrivals, handover: Handover) -> QueueStore:
    return queue_store(HOLD, spool, desired, arrivals, handover)


@pytest.fixture
def direct(spool: Spool, desired: Desired, arrivals: Arrivals, handover: Handover) -> QueueStore:
    return queue_store(DIRECT, spool, desired, arrivals, handover)


def new(owner: str = ME, **more: object) -> NewJob:
    return replace(NewJob("Letter", owner, "peer", ()), **more)  # type: ignore[arg-type]


async def printed(store: QueueStore, owner: str = ME, document: bytes = PDF) -> IppJob:
    job = await store.create_job(new(owner))
    return await store.add_document(job.job_id, Requester(owner), ABOUT, pieces(document))


async def test_a_job_and_its_document_in_one(store: QueueStore, direct: QueueStore, spool: Spool) -> None:
    job = await store.print_job(new(attributes=(Attribute.of("copies", 2),)), OWNER, ABOUT, pieces(PDF))
    assert (job.job_name, job.job_originating_user_name, job.job_state) == ("Letter", ME, JobState.PENDING_HELD)
    assert (job.number_of_documents, job.document_format) == (1, "application/pdf")
    assert job.attributes == (Attribute.of("copies", 2),)
    assert await store.get_job(job.job_id, OWNER) == job
    assert await document_of(spool, job.job_uuid) == PDF
    assert (await direct.print_job(new(), OWNER, ABOUT, pieces(PDF))).job_state is JobState.PENDING
    with pytest.raises(NotFound):
        await store.print_job(new(), Requester(None), ABOUT, pieces(PDF))


async def test_a_job_with_a_uuid_of_its_own_is_one_job_however_often_it_comes(store: QueueStore) -> None:
    named = new(job_uuid=uuid4())
    first = await store.print_job(named, OWNER, ABOUT, pieces(PDF))
    assert (await store.print_job(named, OWNER, ABOUT, pieces(PDF))).job_id == first.job_id


async def test_a_repeated_job_that_breaks_off_takes_nothing_away_that_is_here(store: QueueStore, spool: Spool) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield PDF[:100]
        raise ConnectionError

    named = new(job_uuid=uuid4())
    job = await store.print_job(named, OWNER, ABOUT, pieces(PDF))
    with pytest.raises(ConnectionError):
        await store.print_job(named, OWNER, ABOUT, breaks())
    assert (await store.get_job(job.job_id, OWNER)).job_state is JobState.PENDING_HELD
    assert await document_of(spool, job.job_uuid) == PDF


async def test_of_a_document_that_breaks_off_no_job_is_left_to_print(store: QueueStore) -> None:
    async def breaks(size: int) -> AsyncIterator[bytes]:
        yield PDF.ljust(size)
        raise ConnectionError

    for size in (1, SMALL + 1):
        with pytest.raises(ConnectionError):
            await store.print_job(new(), OWNER, ABOUT, breaks(size))
    assert await store.get_jobs(OWNER, which="not-completed", my_jobs=False, limit=10) == []


async def kept(spool: Spool, job: IppJob, queue_id: UUID = HOLD.queue_id) -> Job:
    return await spool.by_number(queue_id, job.job_id)


async def test_a_job_as_ipp_shows_it(store: QueueStore, spool: Spool, clock: StandingClock) -> None:
    created = await store.create_job(new(attributes=(Attribute.of("copies", 2),)))
    assert (created.job_state, created.job_state_reasons) == (JobState.PENDING_HELD, ("job-incoming",))
    assert (created.number_of_documents, created.document_format) == (0, None)
    clock.advance(seconds=3)
    job = await store.add_document(created.job_id, OWNER, ABOUT, pieces(PDF))
    assert (job.job_id, job.job_uuid) == (created.job_id, created.job_uuid)
    assert (job.job_name, job.job_originating_user_name) == ("Letter", ME)
    assert (job.job_state, job.job_state_reasons) == (JobState.PENDING_HELD, ("job-held-for-release",))
    assert (job.number_of_documents, job.document_format, job.job_k_octets) == (1, "application/pdf", 1)
    assert job.attributes == (Attribute.of("copies", 2),)
    assert (job.time_at_processing, job.time_at_completed, job.job_impressions) == (None, None, None)
    done = await kept(spool, job)
    await spool.set_pages(done.id, 3)
    await spool.change(done.id, Change(phase=Phase.SENDING, state=JobState.PROCESSING, marked_at=clock.now()))
    await spool.change(done.id, Change(phase=Phase.ENDED, state=JobState.COMPLETED, outcome=Outcome.PRINTED))
    job = await store.get_job(job.job_id, OWNER)
    assert (job.job_impressions, job.job_impressions_completed, job.number_of_documents) == (3, 6, 1)
    assert (job.time_at_processing, job.time_at_completed) == (clock.now(), clock.now())


async def test_a_job_of_somebody_else_does_not_exist(store: QueueStore) -> None:
    job = await printed(store)
    incoming = await store.create_job(new())
    for call in (store.get_job, store.cancel_job, store.hold_job, store.release_job, store.close_job):
        for requester in (OTHER, Requester(None), Requester("boss", operator=True)):
            with pytest.raises(NotFound):
                await call(job.job_id, requester)
    with pytest.raises(NotFound):
        await store.add_document(incoming.job_id, OTHER, ABOUT, pieces(PDF))
    assert await store.get_jobs(OTHER, which="all", my_jobs=False, limit=100) == []
    assert (await store.get_job(job.job_id, OWNER)).job_state is JobState.PENDING_HELD


async def test_a_job_of_another_queue_does_not_exist(store: QueueStore, direct: QueueStore) -> None:
    job = await printed(store)
    with pytest.raises(NotFound):
        await direct.get_job(job.job_id, OWNER)


async def test_jobs_are_listed_as_rfc_8011_orders_them(store: QueueStore) -> None:
    """§4.2.6.2: unfinished first to last, finished newest first."""
    for _ in range(5):
        await printed(store)
    await printed(store, "eve")
    for number in (2, 4):
        await store.cancel_job(number, OWNER)

    async def numbers(which: str, limit: int = 100, first: int = 0) -> list[int]:
        jobs = await store.get_jobs(OWNER, which=which, my_jobs=False, limit=limit, first_job_id=first)  # type: ignore[arg-type]
        return [job.job_id for job in jobs]

    assert await numbers("not-completed") == [1, 3, 5]
    assert await numbers("completed") == [4, 2]
    assert await numbers("all") == [1, 3, 5, 4, 2]
    assert await numbers("all", limit=4) == [1, 3, 5, 4]
    assert await numbers("not-completed", limit=1, first=2) == [3]
    assert await store.queued_job_count() == 4


async def test_cancelling_destroys_the_document(store: QueueStore, spool: Spool) -> None:
    job = await printed(store)
    assert (await store.cancel_job(job.job_id, OWNER)).job_state is JobState.CANCELED
    assert not (await kept(spool, job)).document_kept
    with pytest.raises(NotPossible):
        await store.cancel_job(job.job_id, OWNER)


async def test_a_job_is_cancelled_before_its_document_came(store: QueueStore) -> None:
    job = await store.create_job(new())
    assert (await store.cancel_job(job.job_id, OWNER)).job_state is JobState.CANCELED
    with pytest.raises(NotPossible):
        await store.add_document(job.job_id, OWNER, ABOUT, pieces(PDF))


async def test_a_direct_job_is_held_and_released_by_its_owner(direct: QueueStore, spool: Spool) -> None:
    job = await printed(direct)
    assert job.job_state is JobState.PENDING
    with pytest.raises(NotPossible):
        await direct.release_job(job.job_id, OWNER)
    held = await direct.hold_job(job.job_id, OWNER)
    assert (held.job_state, held.job_state_reasons) == (JobState.PENDING_HELD, ("job-hold-until-specified",))
    assert await direct.hold_job(job.job_id, OWNER) == held
    assert (await direct.release_job(job.job_id, OWNER)).job_state is JobState.PENDING
    assert (await kept(spool, job, DIRECT.queue_id)).printer_id == DIRECT.printer_id


async def test_a_job_being_sent_is_neither_held_nor_cancelled(direct: QueueStore, spool: Spool) -> None:
    job = await printed(direct)
    await spool.change((await kept(spool, job, DIRECT.queue_id)).id, Change(phase=Phase.SENDING))
    for call in (direct.hold_job, direct.cancel_job, direct.release_job):
        with pytest.raises(NotPossible):
            await call(job.job_id, OWNER)


async def test_a_printer_that_has_begun_is_told_to_stop(
    spool: Spool, desired: Desired, arrivals: Arrivals, handover: Handover
) -> None:
    async def stopped(job_id: UUID) -> None:
        await spool.change(job_id, Change(phase=Phase.ENDED, state=JobState.CANCELED, outcome=Outcome.NOT_PRINTED))

    direct = queue_store(DIRECT, spool, desired, arrivals, handover, cancel=stopped)
    job = await printed(direct)
    await spool.change((await kept(spool, job, DIRECT.queue_id)).id, Change(phase=Phase.SENDING))
    assert (await direct.cancel_job(job.job_id, OWNER)).job_state is JobState.CANCELED
    assert not (await kept(spool, job, DIRECT.queue_id)).document_kept


async def test_a_job_of_a_hold_queue_is_not_released_without_a_printer(store: QueueStore) -> None:
    job = await printed(store)
    with pytest.raises(NotPossible, match="Choose a printer"):
        await store.release_job(job.job_id, OWNER)


async def test_a_job_of_nobody_is_not_released(direct: QueueStore) -> None:
    job = await printed(direct, "eve")
    assert job.job_state_reasons == ("account-info-needed",)
    assert "presswork sign-in" in job.job_state_message
    with pytest.raises(NotPossible, match="sign-in"):
        await direct.release_job(job.job_id, OTHER)


class TestFromTheSpooler:
    """Its account may name the owner; which job it sends, it says itself."""

    JOB_UUID = uuid4()
    NEW = new("ada", owner_proof="spooler")

    async def test_the_owner_is_whom_the_spooler_has_proved(
        self, store: QueueStore, spool: Spool, spooler: PlayedSpooler
    ) -> None:
        spooler.sending = sent_by_spooler("ada", self.JOB_UUID)
        with pytest.raises(Unsupported):
            await store.create_job(new("somebody-else", owner_proof="spooler"))
        found = await kept(spool, await store.create_job(self.NEW))
        assert (found.account, found.owner_proof, found.submitted_uuid) == ("ada", "spooler", self.JOB_UUID)

    @pytest.mark.parametrize("fault", [None, Unavailable("cupsd does not answer.")])
    async def test_a_name_that_the_spooler_does_not_prove_is_not_believed(
        self, store: QueueStore, spool: Spool, spooler: PlayedSpooler, fault: Unavailable | None
    ) -> None:
        spooler.fault = fault
        with pytest.raises(Busy):
            await store.create_job(self.NEW)
        assert await spool.list() == []

    async def test_a_person_is_not_asked_of_the_spooler(
        self, store: QueueStore, spool: Spool, spooler: PlayedSpooler
    ) -> None:
        spooler.sending = sent_by_spooler("ada", self.JOB_UUID)
        found = await kept(spool, await store.create_job(new()))
        assert (found.account, found.owner_proof, found.user_id) == (ME, "peer", PERSON.user_id)
        assert found.submitted_uuid is None

    async def test_what_is_sent_twice_is_one_job(self, store: QueueStore, spool: Spool, spooler: PlayedSpooler) -> None:
        spooler.sending = sent_by_spooler("ada", self.JOB_UUID)
        first = await store.create_job(self.NEW)
        await store.add_document(first.job_id, Requester("ada"), ABOUT, pieces(PDF))
        again = await store.create_job(self.NEW)
        assert again.job_id == first.job_id
        assert again.takes_document_again
        document = pieces(make_pdf(9))
        done = await store.add_document(again.job_id, Requester("ada"), ABOUT, document)
        assert done.job_state is JobState.PENDING_HELD
        assert await anext(document, None) is None, "it was read to its end"
        assert await document_of(spool, (await kept(spool, first)).id) == PDF

    async def test_what_two_senders_send_at_once_is_one_job(
        self, store: QueueStore, spool: Spool, spooler: PlayedSpooler
    ) -> None:
        spooler.sending = sent_by_spooler("ada", self.JOB_UUID)
        number = (await store.create_job(self.NEW)).job_id
        quicker = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield PDF[:100]
            await quicker.wait()
            yield PDF[100:]

        slow = asyncio.create_task(store.add_document(number, Requester("ada"), ABOUT, slowly()))
        await asyncio.sleep(0)
        await store.add_document(number, Requester("ada"), ABOUT, pieces(PDF))
        quicker.set()
        assert (await slow).job_state is JobState.PENDING_HELD
        assert len(await spool.list()) == 1

    async def test_a_document_sent_twice_by_a_person_is_refused(self, store: QueueStore) -> None:
        job = await printed(store)
        assert not job.takes_document_again
        with pytest.raises(NotPossible):
            await store.add_document(job.job_id, OWNER, ABOUT, pieces(PDF))

    async def test_what_was_cancelled_before_it_came_is_not_taken_again(
        self, store: QueueStore, spooler: PlayedSpooler
    ) -> None:
        spooler.sending = sent_by_spooler("ada", self.JOB_UUID)
        job = await store.create_job(self.NEW)
        await store.cancel_job(job.job_id, Requester("ada"))
        with pytest.raises(Unsupported):
            await store.create_job(self.NEW)

    async def test_several_documents_in_one_job_are_refused(
        self, store: QueueStore, spool: Spool, spooler: PlayedSpooler
    ) -> None:
        spooler.sending = replace(sent_by_spooler("ada", self.JOB_UUID), number_of_documents=2)
        with pytest.raises(Unsupported):
            await store.create_job(self.NEW)
        assert await spool.list() == []


async def test_a_full_disk_is_told_as_busy(
    spool: Spool, desired: Desired, handover: Handover, clock: StandingClock
) -> None:
    room = Room(spool, clock)
    room.ran_out()
    arrivals = Arrivals(spool, desired, room, 1000, lambda _: None)
    store = queue_store(HOLD, spool, desired, arrivals, handover)
    with pytest.raises(Busy):
        await store.create_job(new())
    clock.advance(seconds=10)
    await store.create_job(new())
