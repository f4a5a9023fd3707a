"""A queue ruled over IPP by root, and jobs changed by their owners; by anybody else, neither."""

from __future__ import annotations

from uuid import UUID

import pytest

from presswork.agent.desired import Desired
from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.intake.device import QueueDevice
from presswork.agent.intake.handover import Handover
from presswork.agent.intake.store import QueueStore
from presswork.agent.queue_states import QueueState, QueueStates
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Outcome, Phase
from presswork.core.errors import Forbidden, NotFound, NotPossible
from presswork.printer.job import Job as IppJob
from presswork.printer.job import JobState, Requester
from presswork.printer.store import NewDocument, NewJob
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword, Text
from presswork.testing.intake import DIRECT, ME, PRINTER, PlayedSpooler, no_printer_stops
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import pieces

OWNER, OTHER, ROOT = Requester(ME), Requester("eve"), Requester("somebody", operator=True)
WAIT = Attribute.of("job-hold-until", Keyword("indefinite"))
GO_ON = Attribute.of("job-hold-until", Keyword("no-hold"))
COPIES = Attribute.of("copies", 2)
MESSAGE = (Attribute.of("printer-message-from-operator", Text("No toner until Monday.")),)


class PlayedDelivery:
    """See ``Current``: what it was asked."""

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


@pytest.fixture
def states(spool: Spool) -> QueueStates:
    return QueueStates(spool)


@pytest.fixture
def device(
    spool: Spool, desired: Desired, arrivals: Arrivals, states: QueueStates, delivery: PlayedDelivery
) -> QueueDevice:
    handover = Handover(spool, desired, PlayedSpooler())
    store = QueueStore(
        DIRECT,
        spool=spool,
        desired=desired,
        arrivals=arrivals,
        handover=handover,
        states=states,
        cancel=no_printer_stops,
    )
    return QueueDevice(DIRECT, store, spool, desired, states, arrivals, delivery)


@pytest.fixture
def delivery() -> PlayedDelivery:
    return PlayedDelivery()


async def printed(device: QueueDevice, *ticket: Attribute) -> IppJob:
    """A job as its owner sends it: released to the queue's printer, or held where the ticket says so."""
    job = await device.store.create_job(NewJob("Letter", ME, "peer", ticket))
    about = NewDocument("application/pdf")
    return await device.store.add_document(job.job_id, OWNER, about, pieces(make_pdf()))


async def ended(device: QueueDevice, job: IppJob, outcome: Outcome) -> None:
    change = Change(phase=Phase.ENDED, state=JobState.ABORTED, state_reasons=(), outcome=outcome)
    await device.spool.change(job.job_uuid, change)


@pytest.mark.parametrize("requester", [OWNER, OTHER, Requester(None)])
async def test_only_root_rules(device: QueueDevice, states: QueueStates, requester: Requester) -> None:
    for rule in (device.pause, device.resume, device.enable, device.disable, device.purge_jobs):
        with pytest.raises(Forbidden):
            await rule(requester)
    with pytest.raises(Forbidden):
        await device.set_printer_attributes(requester, MESSAGE)
    assert states.of(DIRECT.queue_id) == QueueState()


async def test_what_root_says(device: QueueDevice, states: QueueStates) -> None:
    await device.pause(ROOT)
    await device.disable(ROOT)
    await device.set_printer_attributes(ROOT, MESSAGE)
    assert states.of(DIRECT.queue_id) == QueueState(paused=True, disabled=True, message="No toner until Monday.")
    await device.resume(ROOT)
    await device.enable(ROOT)
    assert states.of(DIRECT.queue_id) == QueueState(message="No toner until Monday.")


async def test_purged_jobs_are_not_seen_and_their_documents_destroyed(device: QueueDevice) -> None:
    waiting, going, over = await printed(device, WAIT), await printed(device), await printed(device)
    await ended(device, over, Outcome.NOT_PRINTED)
    incoming = await device.store.create_job(NewJob("Letter", ME, "peer", ()))
    await device.purge_jobs(ROOT)
    for job in (waiting, going, over, incoming):
        now = await device.spool.get(job.job_uuid)
        assert (now.phase, now.document_kept) == (Phase.ENDED, False)
        with pytest.raises(NotFound):
            await device.store.get_job(job.job_id, OWNER)
    assert await device.store.get_jobs(OWNER, which="all", my_jobs=False, limit=100) == []
    later = await printed(device)
    assert [job.job_id for job in await device.store.get_jobs(OWNER, which="all", my_jobs=True, limit=9)] == [
        later.job_id
    ]


async def test_what_a_printer_has_already_is_not_seen_either(device: QueueDevice) -> None:
    job = await printed(device)
    await device.spool.change(job.job_uuid, Change(phase=Phase.SENDING, state=JobState.PROCESSING))
    await device.purge_jobs(ROOT)
    assert (await device.spool.get(job.job_uuid)).phase is Phase.SENDING
    assert await device.store.get_jobs(OWNER, which="all", my_jobs=False, limit=100) == []


async def test_a_job_that_did_not_print_is_printed_once_more(device: QueueDevice) -> None:
    job = await printed(device)
    with pytest.raises(NotPossible):
        await device.restart_job(job.job_id, OWNER)
    await ended(device, job, Outcome.NOT_PRINTED)
    with pytest.raises(NotFound):
        await device.restart_job(job.job_id, OTHER)
    with pytest.raises(NotFound):
        await device.restart_job(job.job_id, ROOT)
    again = await device.restart_job(job.job_id, OWNER)
    assert (again.job_id, again.job_state) == (job.job_id, JobState.PENDING)
    assert (await device.spool.get(job.job_uuid)).printer_id == PRINTER.printer_id


async def test_a_job_whose_document_is_destroyed_is_not_printed_again(device: QueueDevice) -> None:
    job = await printed(device)
    await ended(device, job, Outcome.PRINTED)
    with pytest.raises(NotPossible):
        await device.restart_job(job.job_id, OWNER)


async def test_a_ticket_is_changed_while_the_job_is_here(device: QueueDevice) -> None:
    job = await printed(device, WAIT, Attribute.of("copies", 3))
    with pytest.raises(NotFound):
        await device.set_job_attributes(job.job_id, ROOT, (COPIES,), frozenset())
    changed = await device.set_job_attributes(job.job_id, OWNER, (COPIES,), frozenset())
    assert changed.attributes == (WAIT, COPIES)
    assert (await device.spool.get(job.job_uuid)).ticket.copies == 2
    changed = await device.set_job_attributes(job.job_id, OWNER, (), frozenset({"copies"}))
    assert (changed.attributes, changed.job_state) == ((WAIT,), JobState.PENDING_HELD)


async def test_a_ticket_that_says_wait_holds_and_one_that_says_go_on_releases(device: QueueDevice) -> None:
    job = await printed(device)
    held = await device.set_job_attributes(job.job_id, OWNER, (WAIT,), frozenset())
    assert (held.job_state, held.job_state_reasons) == (JobState.PENDING_HELD, ("job-hold-until-specified",))
    gone = await device.set_job_attributes(job.job_id, OWNER, (GO_ON,), frozenset())
    assert (gone.job_state, gone.attributes) == (JobState.PENDING, (GO_ON,))


async def test_the_ticket_of_a_job_on_its_way_stays(device: QueueDevice) -> None:
    job = await printed(device)
    await device.spool.change(job.job_uuid, Change(phase=Phase.SENDING, state=JobState.PROCESSING))
    with pytest.raises(NotPossible):
        await device.set_job_attributes(job.job_id, OWNER, (COPIES,), frozenset())
