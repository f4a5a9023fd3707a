from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from presswork.agent.desired import Desired
from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.intake.claims import follow_claims, send_on_all
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, JobTicket, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import AccountBinding, QueueSpec
from presswork.testing.intake import DIRECT, HOLD, STATE
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import pieces
from presswork.testing.timing import MS

ADA = AccountBinding(account="ada", user_id=uuid4(), person="Ada Lovelace")
SIGNED_IN = STATE.model_copy(update={"revision": "2", "accounts": (ADA,)})


async def submit(arrivals: Arrivals, queue: QueueSpec, account: str) -> Job:
    return await arrivals.submit(
        queue, account, pieces(make_pdf()), name="Letter", ticket=JobTicket(), document_format="application/pdf"
    )


async def phase(spool: Spool, job: Job, wanted: Phase) -> None:
    async with asyncio.timeout(5000 * MS):
        while (await spool.get(job.id)).phase is not wanted:  # noqa: ASYNC110
            await asyncio.sleep(2 * MS)


async def test_when_somebody_signs_in_the_accounts_jobs_go_on(
    arrivals: Arrivals, spool: Spool, desired: Desired
) -> None:
    direct, held = await submit(arrivals, DIRECT, "ada"), await submit(arrivals, HOLD, "ada")
    of_another = await submit(arrivals, DIRECT, "eve")
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(follow_claims(spool, desired))
        await asyncio.sleep(20 * MS)
        assert (await spool.get(direct.id)).phase is Phase.HELD
        await desired.put(SIGNED_IN)
        await phase(spool, direct, Phase.RELEASED)
        following.cancel()
    released = await spool.story(direct.id)
    assert [entry.event for entry in released.timeline[-2:]] == [JobEvent.CLAIMED, JobEvent.RELEASED]
    assert (released.job.user_id, released.job.printer_id) == (ADA.user_id, DIRECT.printer_id)
    waiting = await spool.get(held.id)
    assert (waiting.phase, waiting.user_id, waiting.state_reasons) == (
        Phase.HELD,
        ADA.user_id,
        ("job-held-for-release",),
    )
    assert await spool.get(of_another.id) == of_another


async def test_what_was_claimed_before_a_restart_goes_on(arrivals: Arrivals, spool: Spool, desired: Desired) -> None:
    job = await submit(arrivals, DIRECT, "ada")
    await spool.claim("ada", ADA.user_id, "Ada")
    await send_on_all(spool, desired)
    assert (await spool.get(job.id)).phase is Phase.RELEASED


@pytest.mark.parametrize("queue", [HOLD, DIRECT])
async def test_what_waits_for_something_else_stays(
    arrivals: Arrivals, spool: Spool, desired: Desired, queue: QueueSpec
) -> None:
    await desired.put(SIGNED_IN)
    job = await submit(arrivals, queue, "ada")
    await send_on_all(spool, desired)
    assert await spool.get(job.id) == job
