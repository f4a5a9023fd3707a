"""Orders of the server become changes of the spool, each once, however often it comes.

That an order was carried out stands in the job's timeline, written in the same transaction as the change. Its answer is
remembered until the server has it; so an order that was refused stays refused, even if it were possible by now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

import structlog
from pydantic import TypeAdapter, ValidationError

from presswork.agent import jobs
from presswork.agent.desired import Desired
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Phase
from presswork.core.errors import Fault, Forbidden, NotFound
from presswork.protocols.control.words import Order, OrderAnswer

ANSWERS_AT_ONCE = 1000
"""At most so many answers in one sync (``SyncRequest.answers``); further orders wait until the server has those."""
_KEY = "order-answers"
_ANSWERS: TypeAdapter[tuple[OrderAnswer, ...]] = TypeAdapter(tuple[OrderAnswer, ...])
_log = structlog.get_logger(__name__)


Cancel = Callable[[UUID], Awaitable[None]]
"""Has the printer give up a job that it is being sent, which may take a while; nothing happens to any other job."""
Wanted = Callable[[UUID], None]
"""Told of a job on its way to another computer that somebody waits for."""


class Orders:
    """Takes orders, gives answers."""

    def __init__(
        self, spool: Spool, desired: Desired, *, cancel: Cancel, wanted: Wanted, answered: Callable[[], None]
    ) -> None:
        """``answered`` is called for each answer that was not ready when ``take`` returned."""
        self._spool = spool
        self._desired = desired
        self._cancel = cancel
        self._wanted = wanted
        self._answered = answered
        self._answers: dict[UUID, OrderAnswer] = {}
        self._slow: asyncio.Queue[Order] = asyncio.Queue(ANSWERS_AT_ONCE)
        self._working: set[UUID] = set()

    async def run(self) -> None:
        """Carry out the orders that take a while, until cancelled: nothing else waits for them."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self._work(await self._slow.get()))

    async def load(self) -> None:
        """Take up the answers that the server had not confirmed before the restart."""
        text = await self._spool.recall(_KEY)
        try:
            remembered = _ANSWERS.validate_json(text) if text else ()
        except ValidationError:
            _log.warning("The remembered answers to orders cannot be read; the server will ask again.")
            remembered = ()
        self._answers = {answer.order_id: answer for answer in remembered}

    def answers(self) -> tuple[OrderAnswer, ...]:
        """What the server has not confirmed yet."""
        return tuple(self._answers.values())

    async def confirm(self, answers: Iterable[OrderAnswer]) -> None:
        """The server has these: it will not send their orders again."""
        gone = {answer.order_id for answer in answers}
        if gone:
            self._answers = {order_id: answer for order_id, answer in self._answers.items() if order_id not in gone}
            await self._remember()

    async def take(self, orders: Iterable[Order]) -> bool:
        """Carry them out; the answers are durable when it returns. Returns whether there are new answers to send."""
        known = self._answers.keys() | self._working
        fresh = [order for order in orders if order.order_id not in known and not await self._is_elsewhere(order)]
        fresh = fresh[: ANSWERS_AT_ONCE - len(known)]
        quick = []
        for order in fresh:
            if await self._takes_a_while(order):
                self._working.add(order.order_id)
                self._slow.put_nowait(order)
            else:
                quick.append(await self._answer(order))
        if quick:
            await self._remember(quick)
        return bool(quick)

    async def _is_elsewhere(self, order: Order) -> bool:
        """Whether the job's next holder is to answer: the server gives it the order, or here the job comes back."""
        try:
            job = await self._spool.get(order.job_id)
        except NotFound:
            return False
        if job.phase is Phase.MOVING:
            self._wanted(job.id)
        return job.move is not None

    async def _takes_a_while(self, order: Order) -> bool:
        try:
            job = await self._spool.get(order.job_id)
        except NotFound:
            return False
        return order.kind == "delete" and job.phase is Phase.SENDING

    async def _work(self, order: Order) -> None:
        answer = await self._answer(order)
        self._working.discard(order.order_id)
        await self._remember([answer])
        self._answered()

    async def _answer(self, order: Order) -> OrderAnswer:
        try:
            await self._carry_out(order)
        except Fault as refused:
            _log.info("An order was refused.", order=str(order.order_id), kind=order.kind, reason=refused.sentence)
            return OrderAnswer(order_id=order.order_id, done=False, code=refused.code, sentence=refused.sentence[:255])
        return OrderAnswer(order_id=order.order_id, done=True)

    async def _carry_out(self, order: Order) -> None:
        if order.fence is not None:
            await self._destroy_taken_back(order, order.fence)
            return
        story = await self._spool.story(order.job_id)
        mark = str(order.order_id)
        if any(entry.values.get("order") == mark for entry in story.timeline):
            return
        if order.kind == "delete":
            await self._cancel(order.job_id)
            await jobs.delete(self._spool, order.job_id, order=mark)
            return
        if story.job.user_id != order.user_id:
            raise Forbidden("This document belongs to another person, so only they can release it.")
        if order.printer is not None:
            await self._desired.learn(order.printer)
        printer = None if order.printer_id is None else self._desired.printer(order.printer_id)
        if printer is None:
            raise NotFound(
                "This computer does not know the chosen printer yet. Try again in a moment, or choose another."
            )
        await jobs.release(self._spool, order.job_id, printer, again=order.again, order=mark)

    async def _destroy_taken_back(self, order: Order, fence: int) -> None:
        """The holder it came from holds it again: what is here is nobody's any more. Nothing here is no fault."""
        await self._spool.moves.drop_taken_back(order.job_id, fence)
        try:
            job = await self._spool.get(order.job_id)
        except NotFound:
            return
        if job.origin is not None and job.fence <= fence and job.document_kept:
            await self._cancel(job.id)
            await jobs.delete(self._spool, job.id, order=str(order.order_id))

    async def _remember(self, answers: Iterable[OrderAnswer] = ()) -> None:
        self._answers |= {answer.order_id: answer for answer in answers}
        await self._spool.remember(_KEY, _ANSWERS.dump_json(tuple(self._answers.values())).decode())
