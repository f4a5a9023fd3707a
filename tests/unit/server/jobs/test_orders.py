"""Orders."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import func, select

from presswork.core.errors import Conflict, Fault, Gone, NotFound
from presswork.protocols.control.words import Order, OrderAnswer
from presswork.server import audit
from presswork.server.jobs import (
    JobView,
    answer_orders,
    apply_reports,
    delete_job,
    forget_orders,
    get_job,
    open_orders,
    release_job,
)
from presswork.server.jobs.models import OrderRow
from presswork.server.printers import add_printer
from presswork.testing.tenants import World


@pytest.fixture
async def bound(world: World) -> World:
    await world.bind(world.here.user)
    return world


async def _release(world: World, job_id: UUID, printer_id: UUID | None = None, *, again: bool = False) -> UUID:
    async with world.database.writing() as session:
        return await release_job(session, world.here.user, job_id, printer_id or world.here.printer_id, again=again)


async def _delete(world: World, job_id: UUID) -> UUID:
    async with world.database.writing() as session:
        return await delete_job(session, world.here.user, job_id)


async def _orders(world: World) -> tuple[Order, ...]:
    async with world.database.reading() as session:
        return await open_orders(session, world.here.agent)


async def _answer(world: World, order_id: UUID, *, done: bool, code: str = "", sentence: str = "") -> None:
    answer = OrderAnswer(order_id=order_id, done=done, code=code, sentence=sentence)
    async with world.database.writing() as session:
        await answer_orders(session, world.here.agent, [answer])


async def _view(world: World, job_id: UUID) -> JobView:
    async with world.database.reading() as session:
        return (await get_job(session, world.here.user, job_id)).job


async def test_a_release_reaches_the_holder_at_once(bound: World) -> None:
    agent, job_id = bound.here.agent, await bound.job()
    with bound.events.waiter(agent.tenant_id, agent.computer_id) as waiter:
        order_id = await _release(bound, job_id)
        async with asyncio.timeout(1):
            await waiter.wait()
    (order,) = await _orders(bound)
    assert (order.order_id, order.kind, order.job_id) == (order_id, "release", job_id)
    assert (order.printer_id, order.user_id) == (bound.here.printer_id, bound.here.user.user_id)
    view = await _view(bound, job_id)
    assert view.order is not None
    assert (view.order.open, view.order.printer_name, view.can_release, view.can_delete) == (True, "Hall", False, False)


async def test_asking_twice_is_asking_once(bound: World) -> None:
    job_id = await bound.job()
    first = await _release(bound, job_id)
    assert await _release(bound, job_id) == first
    assert len(await _orders(bound)) == 1
    deleted = await _delete(bound, job_id)
    assert await _delete(bound, job_id) == deleted


async def test_two_at_once_are_one_order(bound: World) -> None:
    job_id = await bound.job()
    ends = await asyncio.gather(*(_release(bound, job_id) for _ in range(5)))
    assert len(set(ends)) == 1


async def test_it_stays_open_until_it_is_answered(bound: World) -> None:
    job_id = await bound.job()
    order_id = await _release(bound, job_id)
    assert await _orders(bound) == await _orders(bound) != ()
    await _answer(bound, order_id, done=True)
    assert await _orders(bound) == ()
    assert (await _view(bound, job_id)).order is None


async def test_the_first_answer_counts(bound: World) -> None:
    job_id = await bound.job()
    order_id = await _release(bound, job_id)
    await _answer(bound, order_id, done=False, code="conflict", sentence="It is on its way.")
    await _answer(bound, order_id, done=True)
    view = await _view(bound, job_id)
    assert view.order is not None
    assert (view.order.open, view.order.refused) == (False, "It is on its way.")
    assert view.can_release


async def test_another_printer_while_one_is_asked_for_is_a_conflict(bound: World) -> None:
    job_id = await bound.job()
    async with bound.database.writing() as session:
        other = await add_printer(session, bound.here.administrator, name="Attic", device_uri="ipp://192.0.2.9")
    await _release(bound, job_id)
    with pytest.raises(Conflict):
        await _release(bound, job_id, other.id)


async def test_deleting_withdraws_a_release_that_was_not_taken(bound: World) -> None:
    job_id = await bound.job()
    await _release(bound, job_id)
    await _delete(bound, job_id)
    assert [order.kind for order in await _orders(bound)] == ["delete"]


async def test_a_release_nobody_took_is_void_after_a_while(bound: World) -> None:
    job_id = await bound.job()
    first = await _release(bound, job_id)
    bound.clock.advance(minutes=10)
    assert await _orders(bound) == ()
    view = await _view(bound, job_id)
    assert view.order is not None
    assert "did not answer in time" in view.order.refused
    assert view.can_release
    second = await _release(bound, job_id)
    assert second != first
    await _answer(bound, first, done=True)
    assert [order.order_id for order in await _orders(bound)] == [second]


async def test_a_deletion_is_never_void(bound: World) -> None:
    job_id = await bound.job()
    order_id = await _delete(bound, job_id)
    bound.clock.advance(days=20)
    assert [order.order_id for order in await _orders(bound)] == [order_id]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"state": "pending-held", "state_reasons": ("job-incoming",), "document_kept": False}, Conflict),
        ({"state": "pending"}, Conflict),
        ({"state": "processing"}, Conflict),
        ({"state": "processing-stopped"}, Conflict),
        ({"state": "completed", "outcome": "printed", "document_kept": False}, Gone),
        ({"state": "canceled", "document_kept": False}, Gone),
    ],
)
async def test_what_cannot_be_released_is_said(bound: World, fields: dict[str, object], fault: type[Fault]) -> None:
    job_id = await bound.job(**fields)
    with pytest.raises(fault):
        await _release(bound, job_id)
    assert not (await _view(bound, job_id)).can_release
    assert await _orders(bound) == ()


@pytest.mark.parametrize(
    "fields", [{"state": "aborted", "outcome": "not-printed"}, {"state": "completed", "outcome": "unknown"}]
)
async def test_what_did_not_print_is_released_again_by_who_knows_that_it_was_sent(
    bound: World, fields: dict[str, object]
) -> None:
    """Somebody who looks at an old page, or presses twice, prints nothing a second time."""
    job_id = await bound.job(**fields)
    assert (await _view(bound, job_id)).can_release
    with pytest.raises(Conflict, match="in the meantime"):
        await _release(bound, job_id)
    assert await _orders(bound) == ()
    order_id = await _release(bound, job_id, again=True)
    assert await _release(bound, job_id, again=True) == order_id
    (order,) = await _orders(bound)
    assert (order.kind, order.again) == ("release", True)
    view = await _view(bound, job_id)
    assert view.order is not None
    assert (view.order.kind, view.order.open) == ("release", True)


async def test_an_order_says_that_its_person_knew_of_no_delivery(bound: World) -> None:
    await _release(bound, await bound.job())
    (order,) = await _orders(bound)
    assert (order.kind, order.again) == ("release", False)


async def test_a_printer_of_another_tenant_is_no_printer(bound: World) -> None:
    job_id = await bound.job()
    with pytest.raises(NotFound):
        await _release(bound, job_id, bound.there.printer_id)


async def test_what_is_destroyed_cannot_be_deleted(bound: World) -> None:
    job_id = await bound.job(state="canceled", document_kept=False)
    with pytest.raises(Gone):
        await _delete(bound, job_id)
    assert not (await _view(bound, job_id)).can_delete


async def test_what_is_on_its_way_can_be_stopped(bound: World) -> None:
    job_id = await bound.job(state="processing")
    assert (await _view(bound, job_id)).can_delete
    await _delete(bound, job_id)


async def test_the_audit_names_neither_the_document_nor_its_contents(bound: World) -> None:
    job_id = await bound.job()
    await _release(bound, job_id)
    await _delete(bound, job_id)
    async with bound.database.reading() as session:
        entries = {entry.action: entry for entry in await audit.list_entries(session, bound.here.administrator)}
    assert entries["job.released"].details == {"printer": "Hall"}
    assert entries["job.deleted"].target_id == job_id
    assert not any("Report" in f"{entry.target_name} {entry.details}" for entry in entries.values())


async def test_orders_of_long_ago_are_forgotten(bound: World) -> None:
    await _delete(bound, await bound.job())
    bound.clock.advance(days=30)
    await _release(bound, await bound.job())
    async with bound.database.writing() as session:
        await forget_orders(session)
        assert await session.scalar(select(func.count()).select_from(OrderRow)) == 1


async def test_the_page_follows_what_the_holder_reports(bound: World) -> None:
    report = bound.report()
    async with bound.database.writing() as session:
        await apply_reports(session, bound.here.agent, [report])
    order_id = await _release(bound, report.job_id)
    printed = bound.report(
        2,
        job_id=report.job_id,
        state="completed",
        outcome="printed",
        document_kept=False,
        printer_id=bound.here.printer_id,
    )
    async with bound.database.writing() as session:
        await answer_orders(session, bound.here.agent, [OrderAnswer(order_id=order_id, done=True)])
        await apply_reports(session, bound.here.agent, [printed])
    view = await _view(bound, report.job_id)
    assert (view.outcome, view.printer_name, view.order) == ("printed", "Hall", None)
    assert not view.can_release
    assert not view.can_delete
