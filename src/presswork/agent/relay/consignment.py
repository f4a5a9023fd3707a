"""Consignment: a job on its way to another computer, over however many connections, to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import structlog

from presswork.agent.delivery.way import End, Errand, NotNow, NotTaken, Tell
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.hearsay import Hearsay
from presswork.agent.relay.line_out import LineOut
from presswork.agent.relay.wire import end_of, news_of, problem
from presswork.agent.spool.sealed import SealedDocument
from presswork.core.backoff import Backoff
from presswork.core.clock import Randomness
from presswork.core.errors import Fault, Unavailable
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.relay.messages import (
    AskGo,
    At,
    Declined,
    Ended,
    EndSeen,
    FromReceiver,
    Offer,
    Pages,
    Progress,
    Says,
    Taken,
    Withdrawn,
)
from presswork.protocols.ticket import TicketRefused

_log = structlog.get_logger(__name__)
Goal = Literal["taken", "ended"]


@dataclass(frozen=True, slots=True)
class Around:
    """What a consignment needs of the agent."""

    connect: Callable[[], Awaitable[LineOut]]
    documents: Callable[[], Awaitable[Sequence[SealedDocument]]]
    given: Callable[[], Awaitable[None]]
    """Remember, durably, that GO is about to be given."""
    ended: Callable[[Ended], Awaitable[None]]
    """Remember the end, durably."""
    follow: float
    """Seconds of ``deadlines`` for which the connection is kept once all was sent."""
    randomness: Randomness
    deadlines: RelayDeadlines


class Consignment:
    """``errand`` is None after a restart: then GO was given before."""

    def __init__(self, offer: Offer, errand: Errand | None, around: Around) -> None:
        self._offer = offer
        self._errand = errand
        self._around = around
        self._line: LineOut | None = None
        self._gone = offer.gone
        self._asked = False
        self._declined = False
        self._counted = asyncio.Event()
        """The receiver knows how many pages there are, or will not be told."""
        if errand is None or offer.job.pages is not None:
            self._counted.set()
        self._left = False
        self._taken_at = 0.0
        self._asking = Backoff(around.randomness, around.deadlines.slowest_ask, around.deadlines.first_ask)
        self._hurry = asyncio.Event()
        self._hearsay = Hearsay(None if errand is None else errand.tell, around.deadlines)
        self._size = sum(one.size for one in offer.job.documents)
        self.taken: Taken | None = None
        self.end: End | None = None

    async def until(self, goal: Goal) -> End | None:
        """Until all of it was sent, or until its end; the end, where there is one. Before GO it raises as ``Way.deliver``."""
        deadlines = self._around.deadlines
        backoff = Backoff(self._around.randomness, deadlines.slowest_retry, deadlines.first_retry)
        now = asyncio.get_running_loop().time
        heard = now()
        while True:
            line, pause = self._line, backoff
            try:
                if line is None:
                    line = await self._around.connect()
                    await line.say(self._offer.model_copy(update={"gone": self._gone}))
                    self._line = line
                await self._converse(line, goal)
                if self._is_reached(goal):
                    return self.end
                pause = self._asking
            except Exception as error:
                if line is not None:
                    line.close()
                    self._line = None
                if not self._gone or not isinstance(error, Fault | NotNow | NotTaken):
                    raise
                _log.info("a job at another computer is out of reach", reason=str(error))
            self.close()
            if line is not None and line.greeted and not self._declined:
                heard = now()
            line, self._declined = None, False  # its buffers are not kept while nobody is connected
            if now() - heard > deadlines.out_of_reach:
                return End.unknown(JobEvent.BROKEN_OFF if self.taken is None else JobEvent.OUT_OF_SIGHT)
            await self._rest(pause.failed())

    async def watch(self, tell: Tell) -> End:
        """To its end."""
        self._hearsay.tell = tell
        try:
            end = await self.until("ended")
        finally:
            self.close()
        return end or End.unknown(JobEvent.OUT_OF_SIGHT)

    def ask(self) -> None:
        """Something is to happen there: who is not connected by then asks now, and soon again."""
        self._asking.succeeded()
        self._hurry.set()

    async def _rest(self, seconds: float) -> None:
        self._hurry.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()

    def close(self) -> None:
        """Drop the connection; the transfer goes on where it is."""
        if self._line is not None:
            self._line.close()
            self._line = None

    async def _converse(self, line: LineOut, goal: Goal) -> None:
        """On one connection, until the goal is reached, or until it is left because only the end is to come still."""
        if self._is_reached(goal):
            return
        self._left = False
        problem: Exception | None = None
        async with asyncio.TaskGroup() as beside, self._hearsay.told_by(beside):
            tasks = [beside.create_task(line.show_alive())]
            if line.may_count:
                tasks.append(beside.create_task(self._count(line)))
            if self.taken is not None:
                least = 0 if line.is_moving else self._around.deadlines.answer
                tasks.append(beside.create_task(self._leave(line, least)))
            try:
                while not self._is_reached(goal):
                    await self._hear(line, await self._next(line), tasks, beside)
            except Exception as error:  # without the group around it
                problem = None if self._left else error
            for task in tasks:
                task.cancel()
        if problem is not None:
            raise problem

    def _is_reached(self, goal: Goal) -> bool:
        return self.end is not None or (goal == "taken" and self.taken is not None)

    async def _next(self, line: LineOut) -> FromReceiver:
        try:
            async with asyncio.timeout(None if self._gone else self._around.deadlines.decide):
                return await line.hear()
        except TimeoutError:
            raise Unavailable("The other computer does not say whether it takes the job.") from None

    async def _hear(
        self, line: LineOut, message: FromReceiver, tasks: list[asyncio.Task[None]], beside: asyncio.TaskGroup
    ) -> None:
        match message:
            case Declined():
                self._declined = True  # who goes on saying so is as good as out of reach
                raise problem(message)
            case AskGo():
                await self._go(line, message)
            case At():
                documents = await self._around.documents()
                tasks.append(beside.create_task(line.send(message, documents)))
                tasks.append(beside.create_task(self._count(line)))
            case Progress(octets=octets) if self._errand is not None and self.taken is None:
                self._errand.sent(min(octets, self._size))
            case Says():
                self._hearsay.heard(news_of(message))
            case Taken():
                if self.taken is None:
                    self._taken_at = asyncio.get_running_loop().time()
                self.taken = message
                tasks.append(beside.create_task(self._leave(line, self._around.deadlines.end_follows)))
            case Ended():
                await self._over(line, message)
            case _:
                pass

    async def _count(self, line: LineOut) -> None:
        """Tell how many pages there are, when that is known."""
        if self._errand is not None and not self._counted.is_set():
            pages = await self._errand.pages()
            with suppress(Fault):  # the listener finds out
                await line.say(Pages(pages=pages))
                self._counted.set()

    async def _leave(self, line: LineOut, least: float) -> None:
        """Hang up when the device has been watched for a while: it may print in hours, and connections are few.

        ``least``: seconds in which the receiver is let say how it stands.
        """
        watched = asyncio.get_running_loop().time() - self._taken_at
        await asyncio.sleep(max(least, self._around.follow - watched))
        if line.may_count:
            await self._counted.wait()
        self._left = True
        line.close()

    async def _go(self, line: LineOut, ask: AskGo) -> None:
        self._asked = True
        if not self._gone:
            if self._errand is None:
                raise Unavailable("The other computer asks for what this one does not know any more.")
            try:
                documents = await self._around.documents()
                self._errand.by(ask.way, ask.instead_of)
                await self._around.given()
                await self._errand.mark(ask.device_job_id)
            except Exception:
                await line.say(Withdrawn())
                raise
            self._gone = True
        else:
            documents = await self._around.documents()
        await line.go(documents)

    async def _over(self, line: LineOut, message: Ended) -> None:
        if not self._gone and self._asked:
            raise Unavailable("The other computer gave the job up before anything was sent.")
        if not self._gone:  # this computer does not know any more what the ticket was used for
            raise TicketRefused("The ticket was used before. A new one is needed.", reason="used")
        end = end_of(message, held=self._offer.held is not None)
        await self._around.ended(message)
        self.end = end
        with suppress(Fault, TimeoutError):  # unseen, it is forgotten there in time
            async with asyncio.timeout(self._around.deadlines.say):  # chunks may be before it that nobody takes
                await line.say(EndSeen())
        self.close()
