from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from presswork.agent.desired import Desired
from presswork.agent.intake.handover import Handover
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, JobTicket, Phase
from presswork.core.errors import Busy, Unavailable, Unsupported
from presswork.testing.intake import HOLD, PlayedSpooler, sent_by_spooler
from presswork.testing.spooling import HOLD as HOLD_CHANGE
from presswork.testing.spooling import LIMIT, pieces
from presswork.testing.timing import eventually

JOB_UUID = uuid4()
SENT = sent_by_spooler("ada", JOB_UUID)


async def from_spooler(spool: Spool) -> Job:
    draft = spool.draft(
        HOLD.queue_id,
        "ada",
        owner_proof="spooler",
        user_id=None,
        name="Letter",
        ticket=JobTicket(),
        submitted_uuid=JOB_UUID,
    )
    return await spool.create(draft)


async def test_a_job_is_settled_once_its_document_is_here_and_for_ever(spool: Spool, desired: Desired) -> None:
    handover = Handover(spool, desired, PlayedSpooler())
    assert not await handover.is_settled(SENT)
    job = await from_spooler(spool)
    assert not await handover.is_settled(SENT)
    await spool.receive(job.id, "application/pdf", pieces(b"%PDF-"), limit=LIMIT, then=(HOLD_CHANGE,))
    assert await handover.is_settled(SENT)
    for other in (replace(SENT, account="eve"), replace(SENT, queue="direct"), replace(SENT, queue="unknown")):
        assert not await handover.is_settled(other)
    await spool.change(job.id, Change(phase=Phase.ENDED))
    assert await handover.is_settled(SENT)


async def test_what_is_taken_is_purged_and_what_cannot_be_holds_back_nothing(spool: Spool, desired: Desired) -> None:
    spooler = PlayedSpooler(fault=Unavailable("cupsd does not answer."))
    handover = Handover(spool, desired, spooler)
    job = await from_spooler(spool)
    handover.taken(HOLD.name, job)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(handover.run())
        await eventually(handover._taken.empty)
        spooler.fault = None
        handover.taken(HOLD.name, job)
        await eventually(lambda: spooler.purged == [(HOLD.name, JOB_UUID)])
        running.cancel()


@pytest.mark.parametrize("change", [{"owner_proof": "peer"}, {"submitted_uuid": None}])
async def test_a_job_that_is_not_the_spoolers_is_not_purged(
    spool: Spool, desired: Desired, change: dict[str, str]
) -> None:
    handover = Handover(spool, desired, PlayedSpooler())
    handover.taken(HOLD.name, replace(await from_spooler(spool), **change))  # type: ignore[arg-type]
    assert handover._taken.empty()


async def test_more_than_can_wait_is_left_to_the_next_reconciliation(spool: Spool, desired: Desired) -> None:
    handover = Handover(spool, desired, PlayedSpooler())
    job = await from_spooler(spool)
    for _ in range(1001):
        handover.taken(HOLD.name, job)
    assert handover._taken.qsize() == 1000


async def test_a_spooler_that_does_not_say_what_it_sends_is_to_come_again(spool: Spool, desired: Desired) -> None:
    spooler = PlayedSpooler(sending=SENT)
    handover = Handover(spool, desired, spooler)
    assert await handover.job_being_sent(HOLD.name, owner="ada", name="Letter") == SENT
    spooler.sending = None
    with pytest.raises(Busy):
        await handover.job_being_sent(HOLD.name, owner="ada", name="Letter")
    spooler.fault = Unavailable("cupsd does not answer.")
    with pytest.raises(Busy, match="cupsd does not answer"):
        await handover.job_being_sent(HOLD.name, owner="ada", name="Letter")


@pytest.mark.parametrize(
    ("owner", "name"),
    [("eve", "Letter 2"), ("ada", "Letter 1"), ("ada", "Letter"), ("ada", "Letter 22"), ("anonymous", "Letter 2")],
)
async def test_what_an_earlier_spooler_left_behind_does_not_come_as_another_job(
    spool: Spool, desired: Desired, owner: str, name: str
) -> None:
    """When cupsd is killed, its backend lives on and tries on; the next cupsd is at another job by then."""
    handover = Handover(spool, desired, PlayedSpooler(sending=replace(SENT, name="Letter 2")))
    with pytest.raises(Unsupported):
        await handover.job_being_sent(HOLD.name, owner=owner, name=name)


@pytest.mark.parametrize(
    ("known", "came"),
    [
        ("Letter", "Letter"),
        ("x" * 255, "x" * 127),
        ("Brief für Zoë", "Brief f?r Zo?"),
        ("手紙", "??"),
        ("", "Untitled"),
    ],
)
async def test_a_name_may_change_on_its_way(spool: Spool, desired: Desired, known: str, came: str) -> None:
    sent = replace(SENT, name=known)
    handover = Handover(spool, desired, PlayedSpooler(sending=sent))
    assert await handover.job_being_sent(HOLD.name, owner="ada", name=came) == sent
