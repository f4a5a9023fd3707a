"""What IPP/2.2 adds to a queue: what root may, what the owner may, and what it does to the jobs."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from presswork.agent.desired import Desired
from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.intake.device import QueueDevice
from presswork.agent.intake.handover import Handover
from presswork.agent.intake.room import Room
from presswork.agent.intake.store import QueueStore
from presswork.agent.queue_states import QueueState, QueueStates
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Outcome, Phase
from presswork.core.errors import Forbidden, NotFound, NotPossible
from presswork.printer.job import DocumentState, JobState, Requester
from presswork.printer.job import Job as IppJob
from presswork.printer.store import NewDocument, NewJob
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection, Keyword, Text
from presswork.testing.clock import StandingClock
from presswork.testing.intake import DIRECT, HOLD, ME, PlayedSpooler
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import pieces

OWNER, OTHER, ROOT = Requester(ME), Requester("eve"), Requester("somebody", operator=True)
COPIES = Attribute.of("copies", 2)
WAIT = Attribute.of("job-hold-until", Keyword("indefinite"))
PROOF = Attribute.of("proof-print", Collection(()))
PDF, OTHER_PDF = make_pdf(), make_pdf(1, "Another one")
SENDING = Change(phase=Phase.SENDING, state=JobState.PROCESSING)


class PlayedDelivery:
    """See ``Current``: what it was asked, and which jobs devices gave up."""

    def __init__(self) -> None:
        self.asked: list[tuple[str | UUID | None, ...]] = []

    async def suspend(self, job_id: UUID) -> None:
        """See ``Current``."""
        self.asked.append(("suspend", job_id))

    async def resume(self, job_id: UUID) -> None:
        """See ``Current``."""
        self.asked.append(("resume", job_id))

    async def schedule(self, job_id: UUID, predecessor: UUID | None) -> None:
        """See ``Current``."""
        self.asked.append(("schedule", job_id, predecessor))


class House:
    """One queue of an agent, without a delivery of its own."""

    def __init__(self, queue: QueueSpec, spool: Spool, desired: Desired, clock: StandingClock) -> None:
        self.spool = spool
        self.states = QueueStates(spool)
        self.delivery = PlayedDelivery()
        arrivals = Arrivals(
            spool,
            desired,
            Room(spool, clock),
            1_000_000,
            lambda _: None,
            holds_new=lambda queue_id: self.states.of(queue_id).holds_new,
        )

        async def cancel(job_id: UUID) -> None:
            await spool.change(job_id, Change(phase=Phase.ENDED, state=JobState.CANCELED, outcome=Outcome.NOT_PRINTED))

        self.store = QueueStore(
            queue,
            spool=spool,
            desired=desired,
            arrivals=arrivals,
            handover=Handover(spool, desired, PlayedSpooler()),
            states=self.states,
            cancel=cancel,
        )
        self.device = QueueDevice(queue, self.store, spool, desired, self.states, arrivals, self.delivery)

    async def printed(self, *ticket: Attribute, documents: tuple[bytes, ...] = (PDF,)) -> IppJob:
        """A job as its owner sends it."""
        job = await self.store.create_job(NewJob("Letter", ME, "peer", ticket))
        for document in documents:
            about = NewDocument("application/pdf", last_document=document is documents[-1])
            job = await self.store.add_document(job.job_id, OWNER, about, pieces(document))
        return job

    async def phase(self, job: IppJob) -> Phase:
        """Where it stands."""
        return (await self.spool.get(job.job_uuid)).phase


@pytest.fixture
def direct(spool: Spool, desired: Desired, clock: StandingClock) -> House:
    return House(DIRECT, spool, desired, clock)


@pytest.fixture
def hold(spool: Spool, desired: Desired, clock: StandingClock) -> House:
    return House(HOLD, spool, desired, clock)


@pytest.mark.parametrize("requester", [OWNER, OTHER, Requester(None)])
async def test_only_root_rules(direct: House, requester: Requester) -> None:
    job = await direct.printed()
    device = direct.device
    for rule in (
        device.pause_after_current_job,
        device.hold_new_jobs,
        device.release_held_new_jobs,
        device.restart,
        device.shutdown,
        device.startup,
    ):
        with pytest.raises(Forbidden):
            await rule(requester)
    with pytest.raises(Forbidden):
        await device.cancel_jobs(requester, ())
    with pytest.raises(Forbidden):
        await device.schedule_job(job.job_id, requester, None)
    assert direct.states.of(DIRECT.queue_id) == QueueState()
    assert (await direct.phase(job), direct.delivery.asked) == (Phase.RELEASED, [])


async def test_3998_3_2_1_to_pause_after_the_current_job_is_to_pause(direct: House) -> None:
    await direct.device.pause_after_current_job(ROOT)
    assert direct.states.of(DIRECT.queue_id).paused


async def test_3998_3_5_a_shutdown_lasts_until_it_is_started_up(direct: House) -> None:
    with pytest.raises(NotPossible):
        await direct.device.startup(ROOT)
    await direct.device.shutdown(ROOT)
    again = QueueStates(direct.spool)
    await again.load()
    assert again.of(DIRECT.queue_id) == QueueState(shut_down=True, paused=True, disabled=True)
    await direct.device.startup(ROOT)
    assert direct.states.of(DIRECT.queue_id) == QueueState()


async def test_3998_3_5_1_a_restart_is_a_new_beginning_without_a_loss(direct: House) -> None:
    job = await direct.printed()
    await direct.device.set_printer_attributes(ROOT, (Attribute.of("printer-message-from-operator", Text("Hello")),))
    for rule in (direct.device.pause, direct.device.disable, direct.device.hold_new_jobs):
        await rule(ROOT)
    await direct.device.restart(ROOT)
    assert direct.states.of(DIRECT.queue_id) == QueueState(message="Hello")
    assert await direct.phase(job) is Phase.RELEASED


async def test_3998_3_3_new_jobs_are_held_and_let_go_to_their_printer(direct: House) -> None:
    before = await direct.printed()
    await direct.device.hold_new_jobs(ROOT)
    new, own_wish, kept = await direct.printed(), await direct.printed(WAIT), await direct.printed()
    await direct.store.hold_job(kept.job_id, OWNER)
    assert (new.job_state, new.job_state_reasons[0]) == (JobState.PENDING_HELD, "job-hold-until-specified")
    await direct.device.release_held_new_jobs(ROOT)
    phases = [await direct.phase(job) for job in (before, new, own_wish, kept)]
    assert phases == [Phase.RELEASED, Phase.RELEASED, Phase.HELD, Phase.HELD]
    assert await direct.phase(await direct.printed()) is Phase.RELEASED


async def test_on_a_hold_queue_they_wait_for_their_owner_then(hold: House) -> None:
    await hold.device.hold_new_jobs(ROOT)
    job = await hold.printed()
    assert job.job_state_reasons == ("job-hold-until-specified", "job-held-for-review")
    assert job.job_state_message.startswith("Waiting with all new jobs")
    await hold.device.release_held_new_jobs(ROOT)
    assert (await hold.store.get_job(job.job_id, OWNER)).job_state_reasons == ("job-held-for-release",)


async def test_5100_11_4_2_root_cancels_all_of_them_or_none(direct: House) -> None:
    first, second, third = [await direct.printed() for _ in range(3)]
    await direct.store.cancel_job(first.job_id, OWNER)
    assert await direct.device.cancel_jobs(ROOT, (first.job_id, second.job_id, 99)) == (first.job_id, 99)
    assert await direct.phase(second) is Phase.RELEASED
    assert await direct.device.cancel_jobs(ROOT, (second.job_id,)) == ()
    assert (await direct.phase(second), await direct.phase(third)) == (Phase.ENDED, Phase.RELEASED)
    assert await direct.device.cancel_jobs(ROOT, ()) == ()
    assert await direct.phase(third) is Phase.ENDED


async def test_3998_4_2_the_current_job_is_ones_own_and_any_for_root(direct: House) -> None:
    first, second = await direct.printed(), await direct.printed()
    with pytest.raises(NotPossible):
        await direct.device.cancel_current_job(OWNER, None)
    for job in (first, second):
        await direct.spool.change(job.job_uuid, SENDING)
    with pytest.raises(NotPossible):
        await direct.device.cancel_current_job(OTHER, None)
    with pytest.raises(NotFound):
        await direct.device.cancel_current_job(Requester(None), None)
    with pytest.raises(NotPossible):
        await direct.device.cancel_current_job(OWNER, 99)
    await direct.device.cancel_current_job(OWNER, second.job_id)
    assert (await direct.phase(first), await direct.phase(second)) == (Phase.SENDING, Phase.ENDED)
    await direct.device.cancel_current_job(ROOT, None)
    assert await direct.phase(first) is Phase.ENDED


async def test_3998_4_3_the_printer_sets_it_aside(direct: House) -> None:
    job = await direct.printed()
    with pytest.raises(NotPossible):
        await direct.device.resume_job(job.job_id, OWNER)
    await direct.spool.change(job.job_uuid, SENDING)
    with pytest.raises(NotPossible):
        await direct.device.suspend_current_job(OTHER, None)
    with pytest.raises(NotFound):
        await direct.device.resume_job(job.job_id, OTHER)
    await direct.device.suspend_current_job(OWNER, None)
    await direct.device.resume_job(job.job_id, ROOT)
    assert direct.delivery.asked == [("suspend", job.job_uuid), ("resume", job.job_uuid)]


async def test_3998_4_4_root_says_the_order_of_jobs_of_whoever(direct: House) -> None:
    first, second = await direct.printed(), await direct.printed()
    await direct.device.schedule_job(second.job_id, ROOT, None)
    await direct.device.schedule_job(first.job_id, ROOT, second.job_id)
    asked = [("schedule", second.job_uuid, None), ("schedule", first.job_uuid, second.job_uuid)]
    assert direct.delivery.asked == asked
    with pytest.raises(NotFound):
        await direct.device.schedule_job(first.job_id, ROOT, 99)


async def test_3998_4_1_what_is_kept_is_printed_as_another_job(direct: House) -> None:
    job = await direct.printed(COPIES, PROOF, documents=(PDF, OTHER_PDF))
    with pytest.raises(NotPossible, match="not over"):
        await direct.device.copy_job(job.job_id, OWNER, ())
    await direct.spool.change(job.job_uuid, Change(phase=Phase.ENDED, outcome=Outcome.UNKNOWN))
    with pytest.raises(NotFound):
        await direct.device.copy_job(job.job_id, OTHER, ())
    with pytest.raises(NotFound):
        await direct.device.copy_job(job.job_id, ROOT, ())
    copies = Attribute.of("copies", 7)
    new = await direct.device.copy_job(job.job_id, OWNER, (copies,))
    assert (new.job_id, new.attributes, new.number_of_documents) == (job.job_id + 1, (copies,), 2)
    kept = await direct.spool.documents(new.job_uuid)
    texts = [b"".join([piece async for piece in direct.spool.read(new.job_uuid, one.number)]) for one in kept]
    assert texts == [PDF, OTHER_PDF]
    assert (await direct.phase(job), await direct.phase(new)) == (Phase.ENDED, Phase.RELEASED)
    assert (await direct.spool.get(job.job_uuid)).document_kept


async def test_a_job_whose_documents_are_destroyed_is_not(direct: House) -> None:
    job = await direct.printed()
    await direct.store.cancel_job(job.job_id, OWNER)
    with pytest.raises(NotPossible, match="destroyed"):
        await direct.device.copy_job(job.job_id, OWNER, ())


async def test_5100_5_the_documents_of_ones_own_jobs(hold: House) -> None:
    job = await hold.printed(documents=(PDF, OTHER_PDF))
    assert job.number_of_documents == 2
    for refused in (OTHER, ROOT):
        with pytest.raises(NotFound):
            await hold.store.get_documents(job.job_id, refused)
        with pytest.raises(NotFound):
            await hold.store.cancel_document(job.job_id, 1, refused)
        with pytest.raises(NotFound):
            await hold.store.rename_document(job.job_id, 1, refused, "Mine")
    await hold.store.rename_document(job.job_id, 2, OWNER, "Annex\x1b")
    await hold.store.cancel_document(job.job_id, 1, OWNER)
    first, second = await hold.store.get_documents(job.job_id, OWNER)
    assert (first.document_state, second.document_state) == (DocumentState.CANCELED, DocumentState.PENDING)
    assert (first.document_name, second.document_name, second.last_document) == ("Letter", "Annex", True)
    await hold.store.cancel_document(job.job_id, 2, OWNER)
    assert (await hold.store.get_job(job.job_id, OWNER)).job_state is JobState.CANCELED


async def test_a_document_of_a_job_that_is_closed_is_refused_also_under_a_uuid(hold: House) -> None:
    """Of one document it would be what a sender repeats who did not hear our answer."""
    about, last = NewDocument("application/pdf", last_document=False), NewDocument("application/pdf")
    for documents in ((last,), (about, last)):
        job = await hold.store.create_job(NewJob("Letter", ME, "peer", (), job_uuid=uuid4()))
        for one in documents:
            job = await hold.store.add_document(job.job_id, OWNER, one, pieces(PDF))
        if len(documents) == 1:
            again = await hold.store.add_document(job.job_id, OWNER, last, pieces(PDF))
            assert again.number_of_documents == 1
        else:
            with pytest.raises(NotPossible):
                await hold.store.add_document(job.job_id, OWNER, last, pieces(OTHER_PDF))
