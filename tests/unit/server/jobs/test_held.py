"""A job as its holder may speak of it."""

from __future__ import annotations

import pytest

from presswork.core.errors import Gone, NotFound
from presswork.server.jobs import apply_reports, job_of_holder
from presswork.testing.tenants import World, another_computer


async def test_the_holder_finds_its_job_and_nobody_else_does(world: World) -> None:
    await world.bind(world.here.user)
    job_id = await world.job(user_id=world.here.user.user_id)
    async with world.database.writing() as session:
        other = await another_computer(session, world.here, "desk")
    async with world.database.reading() as session:
        held = await job_of_holder(session, world.here.agent, job_id)
        owner = world.here.user.user_id
        assert (held.job_id, held.queue_id, held.user_id, held.fence) == (job_id, world.here.queue_id, owner, 1)
        for agent in (other, world.there.agent):
            with pytest.raises(NotFound):
                await job_of_holder(session, agent, job_id)


@pytest.mark.parametrize("state", ["completed", "canceled", "aborted"])
async def test_one_that_is_over_and_destroyed_is_gone(world: World, state: str) -> None:
    job_id = await world.job(state=state, document_kept=True)
    async with world.database.writing() as session:
        await job_of_holder(session, world.here.agent, job_id)
        over = world.report(2, job_id=job_id, state=state, document_kept=False)
        await apply_reports(session, world.here.agent, [over])
        with pytest.raises(Gone):
            await job_of_holder(session, world.here.agent, job_id)


async def test_one_that_is_still_coming_in_is_not_gone(world: World) -> None:
    job_id = await world.job(state="processing", document_kept=False)
    async with world.database.reading() as session:
        assert (await job_of_holder(session, world.here.agent, job_id)).user_id is None
