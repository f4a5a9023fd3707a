"""Orders: carried out once, answered until confirmed, across restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from presswork.agent import jobs
from presswork.agent.desired import Desired
from presswork.agent.link.orders import ANSWERS_AT_ONCE, Cancel, Orders
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.printer.job import JobState
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import Order, PrinterSpec
from presswork.testing.moving import PERSON, SECRET, arriving, move_to_box, sealed_documents, waiting_job
from presswork.testing.spooling import HOLD, LIMIT, changed, incoming_job, pieces

LOBBY = PrinterSpec(printer_id=UUID(int=1), name="Lobby", device_uri="ipp://192.0.2.1/ipp/print")
ADA = UUID(int=5)
UNKNOWN_END = (
    Change(phase=Phase.SENDING, state=JobState.PROCESSING, marked_at=datetime(2030, 1, 1, tzinfo=UTC)),
    Change(phase=Phase.ENDED, state=JobState.COMPLETED, outcome=Outcome.UNKNOWN, event=JobEvent.UNKNOWN),
)


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[Spool]:
    opened = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
    yield opened
    await opened.close()


async def _nothing_to_cancel(job_id: UUID) -> None:
    """As delivery answers where the printer has nothing of the job."""


async def _orders(
    spool: Spool,
    cancel: Cancel = _nothing_to_cancel,
    answered: Callable[[], None] = lambda: None,
    wanted: Callable[[UUID], None] = lambda _: None,
) -> Orders:
    """As after a start: everything from the disk."""
    desired = Desired(spool)
    await desired.load()
    if not desired.state.printers:
        await desired.put(DesiredState(revision="1", computer_name="desk", queues=(), printers=(LOBBY,), accounts=()))
    orders = Orders(spool, desired, cancel=cancel, wanted=wanted, answered=answered)
    await orders.load()
    return orders


async def _held(spool: Spool) -> Job:
    job = await incoming_job(spool, user_id=ADA)
    return await spool.receive(job.id, "application/pdf", pieces(b"%PDF-1.4"), limit=LIMIT, then=(HOLD,))


def _release(job: Job, **fields: object) -> Order:
    order = Order(
        order_id=uuid4(),
        kind="release",
        job_id=job.id,
        printer_id=LOBBY.printer_id,
        user_id=ADA,
        issued_at=datetime.now(UTC),
    )
    return order.model_copy(update=fields)


async def test_a_release_is_carried_out_and_answered(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    order = _release(job)
    assert await orders.take([order]) is True
    assert (await spool.get(job.id)).phase is Phase.RELEASED
    (answer,) = orders.answers()
    assert (answer.order_id, answer.done) == (order.order_id, True)


async def test_a_delete_is_carried_out_and_answered(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    await orders.take([_release(job, kind="delete", printer_id=None)])
    assert (await spool.get(job.id)).document_kept is False
    assert orders.answers()[0].done


async def test_an_order_that_comes_again_is_the_same_order(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    order = _release(job)
    await orders.take([order])
    version = (await spool.get(job.id)).version
    assert await orders.take([order]) is False
    assert (await spool.get(job.id)).version == version
    assert len(orders.answers()) == 1


async def test_an_order_repeated_after_its_end_prints_nothing_twice(spool: Spool) -> None:
    """A crash between the change and its answer: the server repeats the order when the job is long over."""
    job = await _held(spool)
    order = _release(job)
    orders = await _orders(spool)
    await orders.take([order])
    await spool.remember("order-answers", "[]")
    await changed(spool, job, UNKNOWN_END)

    after = await _orders(spool)
    assert await after.take([order]) is True
    assert after.answers()[0].done
    assert (await spool.get(job.id)).phase is Phase.ENDED


async def test_a_printer_that_nobody_knew_comes_with_the_order(spool: Spool) -> None:
    attic = PrinterSpec(printer_id=UUID(int=9), name="Attic", device_uri="ipp://192.0.2.9")
    orders, job = await _orders(spool), await _held(spool)
    order = Order(
        order_id=uuid4(),
        kind="release",
        job_id=job.id,
        printer_id=attic.printer_id,
        printer=attic,
        user_id=ADA,
        issued_at=datetime.now(UTC),
    )
    assert await orders.take([order])
    assert [answer.done for answer in orders.answers()] == [True]
    assert (await spool.get(job.id)).printer_id == attic.printer_id
    after_restart = Desired(spool)
    await after_restart.load()
    assert after_restart.printer(attic.printer_id) == attic


async def test_a_second_order_releases_the_same_job_again(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    await orders.take([_release(job)])
    await changed(spool, job, UNKNOWN_END)
    await orders.take([_release(job)])
    assert (await spool.get(job.id)).phase is Phase.RELEASED


async def test_answers_survive_a_restart_until_they_are_confirmed(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    await orders.take([_release(job)])
    after = await _orders(spool)
    assert after.answers() == orders.answers()
    await after.confirm(after.answers())
    assert after.answers() == ()
    assert (await _orders(spool)).answers() == ()


async def test_a_refused_order_stays_refused(spool: Spool) -> None:
    orders = await _orders(spool)
    job = await incoming_job(spool, user_id=ADA)
    order = _release(job)
    await orders.take([order])
    await spool.receive(job.id, "application/pdf", pieces(b"%PDF-1.4"), limit=LIMIT, then=(HOLD,))
    after = await _orders(spool)
    await after.take([order])
    (answer,) = after.answers()
    assert (answer.done, answer.code) == (False, "not-possible")
    assert (await spool.get(job.id)).phase is Phase.HELD


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"job_id": UUID(int=99)}, "not-found"),
        ({"printer_id": UUID(int=99)}, "not-found"),
        ({"printer_id": None}, "not-found"),
        ({"user_id": UUID(int=99)}, "forbidden"),
    ],
)
async def test_an_order_that_cannot_be_is_answered_with_the_reason(
    spool: Spool, fields: dict[str, object], code: str
) -> None:
    orders, job = await _orders(spool), await _held(spool)
    await orders.take([_release(job, **fields)])
    (answer,) = orders.answers()
    assert (answer.done, answer.code) == (False, code)
    assert answer.sentence
    assert (await spool.get(job.id)).phase is Phase.HELD


async def test_deleting_what_is_being_printed_stops_it_and_holds_up_nothing_else(spool: Spool) -> None:
    stopping, go_on, answered = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def cancel(job_id: UUID) -> None:
        if (await spool.get(job_id)).phase is Phase.SENDING:
            stopping.set()
            await go_on.wait()
            await spool.change(job_id, UNKNOWN_END[1])

    orders = await _orders(spool, cancel, answered.set)
    job, other = await _held(spool), await _held(spool)
    await jobs.release(spool, job.id, LOBBY)
    await spool.change(job.id, UNKNOWN_END[0])
    order = _release(job, kind="delete", printer_id=None)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        working = tasks.create_task(orders.run())
        assert await orders.take([order]) is False
        await stopping.wait()
        assert await orders.take([order, _release(other)]) is True
        assert [answer.order_id for answer in orders.answers()] != [order.order_id]
        go_on.set()
        await answered.wait()
        working.cancel()
    assert {answer.order_id for answer in orders.answers() if answer.done} >= {order.order_id}
    assert not (await spool.get(job.id)).document_kept


async def test_unanswered_orders_wait_for_room(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    await orders.take([_release(job, job_id=uuid4()) for _ in range(ANSWERS_AT_ONCE)])
    late = _release(job)
    await orders.take([late])
    assert len(orders.answers()) == ANSWERS_AT_ONCE
    assert (await spool.get(job.id)).phase is Phase.HELD
    await orders.confirm(orders.answers())
    await orders.take([late])
    assert (await spool.get(job.id)).phase is Phase.RELEASED


async def test_a_release_whose_person_did_not_know_that_it_was_sent_prints_nothing_twice(spool: Spool) -> None:
    """Two presses, the second one on a page that is older than what the first one brought about."""
    orders, job = await _orders(spool), await _held(spool)
    await orders.take([_release(job, again=False)])
    await changed(spool, job, UNKNOWN_END)
    await orders.take([_release(job, again=False)])
    refused = orders.answers()[-1]
    assert (refused.done, refused.code) == (False, "not-possible")
    assert "in the meantime" in refused.sentence
    assert (await spool.get(job.id)).phase is Phase.ENDED
    await orders.take([_release(job, again=True)])
    assert (await spool.get(job.id)).phase is Phase.RELEASED


async def test_an_order_for_a_job_that_another_computer_holds_waits_for_that_one(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    move = move_to_box()
    await spool.change(job.id, Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move))
    release = _release(job)
    assert not await orders.take([release])
    await spool.change(job.id, Change(phase=Phase.ENDED, state=JobState.COMPLETED, event=JobEvent.MOVED))
    assert not await orders.take([release])
    assert orders.answers() == ()


async def test_who_hands_over_is_told_that_somebody_waits_for_a_job_on_its_way(spool: Spool) -> None:
    wanted: list[UUID] = []
    orders, job = await _orders(spool, wanted=wanted.append), await _held(spool)
    await orders.take([_release(await _held(spool))])
    assert wanted == []
    await spool.change(job.id, Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move_to_box()))
    release = _release(job)
    await orders.take([release])
    await orders.take([release])
    assert wanted == [job.id, job.id]
    await spool.change(job.id, Change(phase=Phase.ENDED, state=JobState.COMPLETED, event=JobEvent.MOVED))
    await orders.take([release])
    assert wanted == [job.id, job.id]


@pytest.mark.parametrize("adopted", [False, True], ids=["arrived", "taken over"])
async def test_what_its_holder_took_back_is_destroyed_here(spool: Spool, tmp_path: Path, adopted: bool) -> None:
    box = await open_spool(tmp_path / "box", SystemClock(), system_randomness)
    job = await waiting_job(spool)
    told = await arriving(spool, job, move_to_box(3))
    await box.moves.stage(told, sealed_documents(spool, job))
    if adopted:
        await box.moves.adopt(told.ticket_id, "Box-1", SECRET)
    orders = await _orders(box)
    await orders.take([_destroy(job, 2)])  # of an earlier hand-over
    assert adopted or await box.moves.staged(told.ticket_id)
    assert all(one.document_kept for one in await box.list())
    await orders.take([_destroy(job, 3)])
    assert [answer.done for answer in orders.answers()] == [True, True]
    assert await box.moves.staged(told.ticket_id) is None
    assert [(one.phase, one.document_kept) for one in await box.list()] == [(Phase.ENDED, False)] * adopted
    await box.close()


async def test_what_is_this_computers_own_or_not_here_is_not_destroyed_by_it(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    await orders.take([_destroy(job, 9), _destroy(job, 9).model_copy(update={"job_id": uuid4()})])
    assert [answer.done for answer in orders.answers()] == [True, True]
    assert (await spool.get(job.id)).phase is Phase.HELD


def _destroy(job: Job, fence: int) -> Order:
    return _release(job, kind="delete", printer_id=None, fence=fence, user_id=PERSON)


async def test_an_order_for_a_job_that_came_back_is_carried_out(spool: Spool) -> None:
    orders, job = await _orders(spool), await _held(spool)
    await spool.change(job.id, Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move_to_box()))
    release = _release(job)
    assert not await orders.take([release])
    await spool.change(job.id, Change(phase=Phase.HELD, clear=frozenset({"move"})))
    assert await orders.take([release])
    assert [answer.done for answer in orders.answers()] == [True]
    assert (await spool.get(job.id)).phase is Phase.RELEASED


async def test_an_order_that_was_carried_out_before_the_job_was_handed_over_is_not_carried_out_again(
    spool: Spool, tmp_path: Path
) -> None:
    job = await waiting_job(spool)
    order = _release(job).model_copy(update={"user_id": PERSON})
    assert await (await _orders(spool)).take([order])
    await spool.change(job.id, Change(phase=Phase.HELD, state=JobState.PENDING_HELD, event=JobEvent.HELD_AGAIN))
    box = await open_spool(tmp_path / "box", SystemClock(), system_randomness)
    told = await arriving(spool, await spool.get(job.id), move_to_box())
    await box.moves.stage(told, sealed_documents(spool, job))
    await box.moves.adopt(told.ticket_id, "Box-1", SECRET)
    there = await _orders(box)
    assert await there.take([order])
    assert [answer.done for answer in there.answers()] == [True]
    assert (await box.get(job.id)).phase is Phase.HELD
    again = _release(job).model_copy(update={"user_id": PERSON})
    assert await there.take([again])
    assert (await box.get(job.id)).phase is Phase.RELEASED
    await box.close()
