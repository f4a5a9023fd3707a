"""Who holds a job: hand-overs are granted, the projection follows them, and no click is lost on the way."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import JobReport, Order, OrderAnswer
from presswork.server.computers import AgentPrincipal
from presswork.server.jobs import (
    Grant,
    JobDetail,
    answer_orders,
    apply_reports,
    delete_job,
    get_job,
    grant_hand_over,
    granted_hand_over,
    has_moved,
    held_for_release,
    open_orders,
    release_job,
    take_back,
)
from presswork.testing.tenants import COMMITMENT, SECRET, World, another_computer

WAITS = ("job-held-for-release",)
MOVED_STORY = (JobEvent.HELD, JobEvent.MOVING, JobEvent.MOVED)
TAKEN_STORY = (JobEvent.HELD, JobEvent.MOVING, JobEvent.TAKEN_OVER)


@pytest.fixture
async def laptop(world: World) -> AgentPrincipal:
    await world.bind(world.here.user)
    return world.here.agent


@pytest.fixture
async def box(world: World) -> AgentPrincipal:
    async with world.database.writing() as session:
        return await another_computer(session, world.here, "Box-1")


async def waiting(world: World) -> UUID:
    return await world.job(
        3, user_id=world.here.user.user_id, state_reasons=WAITS, timeline=story(world, JobEvent.HELD)
    )


async def grant(world: World, laptop: AgentPrincipal, job_id: UUID, to: AgentPrincipal) -> Grant:
    async with world.database.writing() as session:
        job = await held_for_release(session, laptop, job_id)
        assert job is not None
        return await grant_hand_over(session, job, to.computer_id, COMMITMENT)


async def report(world: World, agent: AgentPrincipal, job_id: UUID, version: int, **fields: object) -> None:
    told = of(world, job_id, version, **fields)
    async with world.database.writing() as session:
        await apply_reports(session, agent, [told])


def of(world: World, job_id: UUID, version: int, **fields: object) -> JobReport:
    fields = {"state_reasons": WAITS, "user_id": world.here.user.user_id} | fields
    return world.report(version, job_id=job_id, **fields)


def story(world: World, *events: JobEvent) -> tuple[TimelineEntry, ...]:
    return tuple(
        TimelineEntry(sequence=number, at=world.clock.now(), event=event)
        for number, event in enumerate(events, start=1)
    )


async def says_moved(world: World, laptop: AgentPrincipal, job_id: UUID, version: int = 5) -> None:
    fields = {"state": "completed", "document_kept": False, "timeline": story(world, *MOVED_STORY)}
    await report(world, laptop, job_id, version, **fields)


async def says_taken(world: World, box: AgentPrincipal, job_id: UUID, fence: int, version: int = 5) -> None:
    await report(world, box, job_id, version, fence=fence, secret=SECRET, timeline=story(world, *TAKEN_STORY))


async def detail(world: World, job_id: UUID) -> JobDetail:
    async with world.database.reading() as session:
        return await get_job(session, world.here.user, job_id)


async def where(world: World, job_id: UUID) -> tuple[str, str, bool]:
    """The holder, where it came in, and whether it can be released."""
    job = (await detail(world, job_id)).job
    return job.computer_name, job.submitted_on, job.can_release


async def orders(world: World, agent: AgentPrincipal) -> tuple[Order, ...]:
    async with world.database.reading() as session:
        return await open_orders(session, agent)


async def answer(world: World, agent: AgentPrincipal, order: UUID, *, done: bool) -> None:
    async with world.database.writing() as session:
        await answer_orders(session, agent, [OrderAnswer(order_id=order, done=done)])


async def release(world: World, job_id: UUID) -> UUID:
    async with world.database.writing() as session:
        return await release_job(session, world.here.user, job_id, world.here.printer_id)


async def test_the_granted_receiver_becomes_the_holder(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    assert await where(world, job_id) == ("here-pc", "here-pc", True)
    granted = await grant(world, laptop, job_id, box)
    assert (granted.receiver_id, granted.fence) == (box.computer_id, 2)
    assert await where(world, job_id) == ("here-pc", "here-pc", True)
    await says_taken(world, box, job_id, granted.fence)
    assert await where(world, job_id) == ("Box-1", "here-pc", True)
    found = await detail(world, job_id)
    assert [entry.event for entry in found.timeline] == list(TAKEN_STORY)
    assert (found.job.handed_over, found.job.user_id) == (True, world.here.user.user_id)


async def test_the_old_holders_word_is_as_good(world: World, laptop: AgentPrincipal, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    await says_moved(world, laptop, job_id)
    found = await detail(world, job_id)
    assert (found.job.computer_name, found.job.can_release, found.job.ended_at) == ("Box-1", True, None)
    assert [entry.event for entry in found.timeline] == list(MOVED_STORY)
    await report(world, box, job_id, 6, fence=granted.fence, name="Newer.pdf")
    assert (await detail(world, job_id)).job.name == "Newer.pdf"


async def test_what_the_old_holder_says_later_changes_nothing(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    await says_taken(world, box, job_id, granted.fence)
    await says_moved(world, laptop, job_id, 99)
    await report(world, laptop, job_id, 100, state="canceled", document_kept=False)
    found = await detail(world, job_id)
    assert (found.job.computer_name, found.job.state, found.job.can_release) == ("Box-1", "pending-held", True)
    assert [entry.event for entry in found.timeline] == list(TAKEN_STORY)


async def test_an_end_that_the_old_holder_assumed_did_not_happen(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    assumed = story(world, JobEvent.HELD, JobEvent.MOVING, JobEvent.EXPIRED)
    await report(world, laptop, job_id, 5, state="aborted", document_kept=False, timeline=assumed)
    await says_taken(world, box, job_id, granted.fence)
    found = await detail(world, job_id)
    assert (found.job.computer_name, found.job.can_release) == ("Box-1", True)
    assert [entry.event for entry in found.timeline] == list(TAKEN_STORY)


@pytest.mark.parametrize("fence", [1, 3, 2**31])
async def test_a_forged_fence_makes_nobody_the_holder(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal, fence: int
) -> None:
    job_id = await waiting(world)
    await grant(world, laptop, job_id, box)
    await says_taken(world, box, job_id, fence, version=100)
    assert await where(world, job_id) == ("here-pc", "here-pc", True)


async def test_nobody_but_the_granted_one_takes_it(world: World, laptop: AgentPrincipal, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    await says_taken(world, box, job_id, 2)
    assert (await where(world, job_id))[0] == "here-pc"
    async with world.database.writing() as session:
        third = await another_computer(session, world.here, "Box-2")
    first = await grant(world, laptop, job_id, box)
    second = await grant(world, laptop, job_id, third)
    assert second.fence == first.fence + 1
    for agent, fence in ((box, first.fence), (box, second.fence), (third, first.fence)):
        await says_taken(world, agent, job_id, fence)
    assert (await where(world, job_id))[0] == "here-pc"
    await says_taken(world, third, job_id, second.fence)
    assert (await where(world, job_id))[0] == "Box-2"


async def test_a_holder_cannot_raise_its_own_fence(world: World, laptop: AgentPrincipal, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    await grant(world, laptop, job_id, box)
    await report(world, laptop, job_id, 9, fence=2, name="Forged.pdf")
    assert (await detail(world, job_id)).job.name == "Report.pdf"


async def test_a_job_nobody_told_of_is_not_taken_over(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    await world.bind(world.here.other, agent=box)
    job_id = uuid4()
    await says_taken(world, box, job_id, 2)
    async with world.database.reading() as session:
        for person in (world.here.user, world.here.other):
            with pytest.raises(Exception, match="no such document"):
                await get_job(session, person, job_id)


async def test_an_account_of_the_new_holder_is_not_its_owner(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    await world.bind(world.here.other, agent=box)
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    await says_taken(world, box, job_id, granted.fence)
    await report(world, box, job_id, 7, fence=granted.fence, user_id=world.here.other.user_id)
    assert (await detail(world, job_id)).job.user_id == world.here.user.user_id


@pytest.mark.parametrize("first", ["new", "old"])
async def test_a_click_on_print_goes_with_the_job(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal, first: str
) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    order_id = await release(world, job_id)
    assert [order.order_id for order in await orders(world, laptop)] == [order_id]
    with world.events.waiter(box.tenant_id, box.computer_id) as waiter:
        if first == "new":
            await says_taken(world, box, job_id, granted.fence)
        else:
            await says_moved(world, laptop, job_id)
        await waiter.wait()
    assert await orders(world, laptop) == ()
    (order,) = await orders(world, box)
    assert (order.order_id, order.printer_id) == (order_id, world.here.printer_id)
    assert await release(world, job_id) == order_id
    await answer(world, laptop, order_id, done=False)
    assert len(await orders(world, box)) == 1
    await answer(world, box, order_id, done=True)
    assert await orders(world, box) == ()


async def test_an_order_that_was_answered_stays_so(world: World, laptop: AgentPrincipal, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    await answer(world, laptop, await release(world, job_id), done=True)
    granted = await grant(world, laptop, job_id, box)
    await says_taken(world, box, job_id, granted.fence)
    assert await orders(world, box) == ()


async def test_orders_after_the_hand_over_go_to_the_new_holder(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    await says_taken(world, box, job_id, granted.fence)
    async with world.database.writing() as session:
        await delete_job(session, world.here.user, job_id)
    assert [order.kind for order in await orders(world, box)] == ["delete"]
    assert await orders(world, laptop) == ()


async def test_only_the_holder_of_a_job_that_waits_for_its_owner_may_hand_it_over(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    owner = world.here.user.user_id
    job_id = await waiting(world)
    unclaimed = await world.job(state_reasons=WAITS)
    otherwise = await world.job(user_id=owner, state_reasons=("job-hold-until-specified",))
    released = await world.job(user_id=owner, state="pending", state_reasons=WAITS)
    async with world.database.writing() as session:
        assert await held_for_release(session, laptop, job_id) is not None
        for agent in (box, world.there.agent):
            assert await held_for_release(session, agent, job_id) is None
        for other in (unclaimed, otherwise, released, uuid4()):
            assert await held_for_release(session, laptop, other) is None


async def test_what_was_begun_goes_on_under_the_same_ticket(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    first = await grant(world, laptop, job_id, box)
    async with world.database.writing() as session:
        assert await granted_hand_over(session, laptop, job_id, first.ticket_id) == first
        for agent, ticket_id in ((box, first.ticket_id), (world.there.agent, first.ticket_id), (laptop, uuid4())):
            assert await granted_hand_over(session, agent, job_id, ticket_id) is None
    second = await grant(world, laptop, job_id, box)
    async with world.database.writing() as session:
        assert await granted_hand_over(session, laptop, job_id, first.ticket_id) is None
        assert await granted_hand_over(session, laptop, job_id, second.ticket_id) == second


async def undo(world: World, agent: AgentPrincipal, job_id: UUID, granted: Grant, **wrong: object) -> int | None:
    asked = {"ticket_id": granted.ticket_id, "fence": granted.fence} | wrong
    async with world.database.writing() as session:
        return await take_back(session, agent, job_id, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("secret", ["", "ab" * 32])
async def test_who_was_granted_it_is_not_the_holder_before_the_commit(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal, secret: str
) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    order_id = await release(world, job_id)
    told = {"fence": granted.fence, "secret": secret, "timeline": story(world, *TAKEN_STORY), "name": "Forged.pdf"}
    await report(world, box, job_id, 9, **told)
    found = await detail(world, job_id)
    assert (found.job.computer_name, found.job.name) == ("here-pc", "Report.pdf")
    assert [entry.event for entry in found.timeline] == [JobEvent.HELD]
    assert await orders(world, box) == ()
    assert [order.order_id for order in await orders(world, laptop)] == [order_id]


async def test_a_hand_over_that_nobody_heard_of_is_undone(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    order_id = await release(world, job_id)
    with world.events.waiter(box.tenant_id, box.computer_id) as waiter:
        assert await undo(world, laptop, job_id, granted) == 3
        await waiter.wait()
    assert await undo(world, laptop, job_id, granted) == 3
    await says_taken(world, box, job_id, granted.fence)  # it had committed, and says so now
    assert (await where(world, job_id))[0] == "here-pc"
    assert [order.order_id for order in await orders(world, laptop)] == [order_id]
    (destroy,) = await orders(world, box)
    assert (destroy.kind, destroy.job_id, destroy.fence) == ("delete", job_id, granted.fence)
    await report(world, laptop, job_id, 6, fence=3, name="Mine.pdf")
    assert (await detail(world, job_id)).job.name == "Mine.pdf"


async def test_the_one_that_took_back_may_say_what_it_did_before_it_knew(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    await undo(world, laptop, job_id, await grant(world, laptop, job_id, box))
    await report(world, laptop, job_id, 6, state="aborted", document_kept=False)
    found = await detail(world, job_id)
    assert (found.job.state, found.job.can_release) == ("aborted", False)


async def test_what_the_other_one_has_said_is_not_undone(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    await says_taken(world, box, job_id, granted.fence)
    assert await undo(world, laptop, job_id, granted) is None
    assert (await where(world, job_id))[0] == "Box-1"
    assert await orders(world, box) == ()
    async with world.database.reading() as session:
        assert await has_moved(session, laptop, job_id, granted.fence)
        for agent in (box, world.there.agent):
            assert not await has_moved(session, agent, job_id, granted.fence)
        assert not await has_moved(session, laptop, job_id, granted.fence + 1)


async def test_only_its_holder_undoes_a_hand_over_and_only_the_newest(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    earlier = await grant(world, laptop, job_id, box)
    granted = await grant(world, laptop, job_id, box)
    for agent in (box, world.there.agent):
        assert await undo(world, agent, job_id, granted) is None
    assert await undo(world, laptop, uuid4(), granted) is None
    assert await undo(world, laptop, job_id, earlier) is None
    assert await undo(world, laptop, job_id, granted, ticket_id=earlier.ticket_id) is None
    assert await undo(world, laptop, job_id, granted, fence=granted.fence + 1) is None
    await says_taken(world, box, job_id, granted.fence)
    assert (await where(world, job_id))[0] == "Box-1"


async def test_the_order_to_destroy_the_copy_is_no_persons(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    await undo(world, laptop, job_id, await grant(world, laptop, job_id, box))
    found = (await detail(world, job_id)).job
    assert (found.order, found.can_release, found.can_delete) == (None, True, True)
    order_id = await release(world, job_id)
    assert [order.order_id for order in await orders(world, laptop)] == [order_id]
    again = await grant(world, laptop, job_id, box)
    await says_taken(world, box, job_id, again.fence)
    assert again.fence == 4
    assert {order.fence for order in await orders(world, box)} == {None, 2}


async def test_who_deletes_what_is_on_its_way_to_nobody_has_both_copies_destroyed(
    world: World, laptop: AgentPrincipal, box: AgentPrincipal
) -> None:
    job_id = await waiting(world)
    granted = await grant(world, laptop, job_id, box)
    async with world.database.writing() as session:
        await delete_job(session, world.here.user, job_id)
    world.clock.advance(seconds=24 * 3600)
    await undo(world, laptop, job_id, granted)
    assert [(order.kind, order.fence) for order in await orders(world, laptop)] == [("delete", None)]
    (destroy,) = await orders(world, box)
    assert (destroy.kind, destroy.fence) == ("delete", granted.fence)
    await answer(world, box, destroy.order_id, done=True)
    assert await orders(world, box) == ()
