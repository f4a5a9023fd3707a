"""What a person says at the computer where their document came in reaches whoever holds it, and nothing else does."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from presswork.core.errors import Conflict, Forbidden, Gone, NotFound
from presswork.protocols.control.route import JobWish
from presswork.server.audit import list_entries
from presswork.server.computers import AgentPrincipal
from presswork.server.identity import User
from presswork.server.jobs import (
    apply_reports,
    get_job,
    grant_hand_over,
    held_for_release,
    open_orders,
    release_job,
    take_wish,
)
from presswork.testing.tenants import COMMITMENT, SECRET, World, another_computer

WAITS = ("job-held-for-release",)


@pytest.fixture
async def box(world: World) -> AgentPrincipal:
    await world.bind(world.here.user)
    async with world.database.writing() as session:
        return await another_computer(session, world.here, "Box-1")


async def waiting(world: World, **fields: object) -> UUID:
    return await world.job(**({"user_id": world.here.user.user_id, "state_reasons": WAITS} | fields))  # type: ignore[arg-type]


async def moved(world: World, box: AgentPrincipal) -> UUID:
    """A job that came in here and that Box-1 holds."""
    job_id = await waiting(world)
    async with world.database.writing() as session:
        job = await held_for_release(session, world.here.agent, job_id)
        assert job is not None
        await grant_hand_over(session, job, box.computer_id, COMMITMENT)
    await told(world, box, job_id, 5)
    return job_id


async def told(world: World, box: AgentPrincipal, job_id: UUID, version: int, **fields: object) -> None:
    report = world.report(
        version, **({"job_id": job_id, "fence": 2, "secret": SECRET, "state_reasons": WAITS} | fields)
    )
    async with world.database.writing() as session:
        await apply_reports(session, box, [report])


async def wish(world: World, job_id: UUID, agent: AgentPrincipal | None = None, **fields: object) -> tuple[UUID, str]:
    asked = {"job_id": job_id, "account": "ada", "kind": "release", "printer_id": world.here.printer_id} | fields
    async with world.database.writing() as session:
        taken = await take_wish(session, agent or world.here.agent, JobWish.model_validate(asked))
    return taken.order_id, taken.computer


async def orders(world: World, agent: AgentPrincipal) -> list[tuple[UUID, str, UUID | None, bool]]:
    async with world.database.reading() as session:
        found = await open_orders(session, agent)
    return [(one.order_id, one.kind, one.printer_id, one.again) for one in found]


async def test_a_release_reaches_the_holder(world: World, box: AgentPrincipal) -> None:
    job_id = await moved(world, box)
    order_id, computer = await wish(world, job_id)
    assert computer == "Box-1"
    assert await orders(world, box) == [(order_id, "release", world.here.printer_id, False)]
    assert await orders(world, world.here.agent) == []
    assert await wish(world, job_id) == (order_id, "Box-1")
    async with world.database.writing() as session:
        assert await release_job(session, world.here.user, job_id, world.here.printer_id) == order_id
        entries = await list_entries(session, world.here.administrator)
    (entry,) = [one for one in entries if one.action == "job.released"]
    assert (entry.actor_kind, entry.actor_id) == ("user", world.here.user.user_id)
    assert entry.address == world.here.agent.address


async def test_a_deletion_reaches_the_holder(world: World, box: AgentPrincipal) -> None:
    job_id = await moved(world, box)
    order_id, computer = await wish(world, job_id, kind="delete", printer_id=None)
    assert (await orders(world, box), computer) == ([(order_id, "delete", None, False)], "Box-1")


async def test_what_is_on_its_way_is_asked_of_who_sends_it(world: World, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    order_id, computer = await wish(world, job_id)
    assert computer == "here-pc"
    assert [order[0] for order in await orders(world, world.here.agent)] == [order_id]


async def test_another_person_another_computer_and_another_tenant_get_nothing(
    world: World, box: AgentPrincipal
) -> None:
    job_id = await moved(world, box)
    await world.bind(world.here.other, "bob")
    await world.bind(world.here.user, agent=box)
    await world.bind(world.there.user, agent=world.there.agent)
    for agent, account in (
        (world.here.agent, "bob"),  # another person at the same computer
        (box, "ada"),  # the owner, where it did not come in
        (world.there.agent, "ada"),
    ):
        for kind in ("release", "delete"):
            with pytest.raises(NotFound, match="no such document"):
                await wish(world, job_id, agent, account=account, kind=kind)
    with pytest.raises(NotFound, match="no such document"):
        await wish(world, uuid4())
    assert await orders(world, box) == []


async def test_an_account_whose_person_is_another_one_now_gets_nothing(world: World, box: AgentPrincipal) -> None:
    job_id = await moved(world, box)
    await world.bind(world.here.other)
    with pytest.raises(NotFound, match="no such document"):
        await wish(world, job_id)


async def test_who_is_not_signed_in_or_shut_out_gets_nothing(world: World, box: AgentPrincipal) -> None:
    job_id = await moved(world, box)
    with pytest.raises(Forbidden, match="signed in"):
        await wish(world, job_id, account="eve")
    async with world.database.writing() as session:
        await session.execute(update(User).where(User.id == world.here.user.user_id).values(disabled=True))
    with pytest.raises(Forbidden, match="signed in"):
        await wish(world, job_id)
    assert await orders(world, box) == []


async def test_what_nobody_has_claimed_is_nobodys(world: World, box: AgentPrincipal) -> None:
    with pytest.raises(NotFound):
        await wish(world, await waiting(world, user_id=None))


async def test_a_printer_of_others_is_none(world: World, box: AgentPrincipal) -> None:
    job_id = await moved(world, box)
    for printer_id in (world.there.printer_id, uuid4(), None):
        with pytest.raises(NotFound, match="printer"):
            await wish(world, job_id, printer_id=printer_id)


async def test_what_was_sent_there_is_not_sent_again_by_somebody_who_does_not_know(
    world: World, box: AgentPrincipal
) -> None:
    job_id = await moved(world, box)
    over = {"state": "completed", "outcome": "unknown", "ended_at": world.clock.now()}
    await told(world, box, job_id, 6, **over)
    with pytest.raises(Conflict, match="in the meantime"):
        await wish(world, job_id)
    await told(world, box, job_id, 7, **over, document_kept=False)
    with pytest.raises(Gone):
        await wish(world, job_id)
    async with world.database.reading() as session:
        assert (await get_job(session, world.here.user, job_id)).job.outcome == "unknown"
