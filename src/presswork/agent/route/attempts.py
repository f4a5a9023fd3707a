"""One attempt by one route: carried out, and what is learned from it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from presswork.agent.delivery.routes import Direct
from presswork.agent.delivery.way import Delivered, End, Errand, NotNow, NotTaken, Overtaken, Watched
from presswork.agent.relay.wire import RelayBusy
from presswork.agent.route import memory
from presswork.agent.route.memory import Reachability
from presswork.agent.spool.faults import SpoolNotWritable
from presswork.agent.spool.job import Job
from presswork.core.errors import Distrusted, Invalid, PrinterUnreachable, Unavailable
from presswork.net.relay_channel import ChannelBroken
from presswork.protocols.control.route import PeerSpec, RouteCandidate, RouteReason
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import TicketRefused


class Carrier(Protocol):
    """Sends jobs to other computers; ``agent.relay.sender.Sender`` is it."""

    async def send(self, to: PeerSpec, ticket: str, errand: Errand, *, through_server: bool = False) -> Delivered:
        """Up to the mark it raises, and everything may be tried again; from there on it answers."""
        ...

    async def take_up(self, job: Job) -> Watched | None:
        """After a restart: the watch over a job that another computer was given GO for."""
        ...

    async def cancel(self, job: Job) -> bool:
        """Have that computer give the job up; False where there is none."""
        ...


class Failed(NamedTuple):
    """Nothing was accepted; the next route may be tried."""

    reason: RouteReason
    problem: Exception


@dataclass(slots=True)
class _Marked:
    """Whether the mark is written or may be: then nothing else is tried."""

    errand: Errand
    before: Callable[[], None]
    begun: bool = False
    done: bool = False

    async def mark(self, device_job_id: int | None) -> None:
        self.before()
        self.begun = True
        await self.errand.mark(device_job_id)
        self.done = True


class Trials:
    """Makes attempts; remembers who answers and who does not."""

    def __init__(self, carrier: Carrier, reach: Reachability, used: Callable[[Job], Awaitable[None]]) -> None:
        """``used`` is told of a job of which another computer had GO."""
        self._carrier = carrier
        self._reach = reach
        self._used = used

    async def direct(self, errand: Errand, spec: PrinterSpec, way: Direct, seconds: float) -> Delivered | Failed:
        """From this computer. A changed certificate is raised: who can break connections must not choose the route."""
        marked = _Marked(errand, _nothing)
        name = memory.printer(spec.printer_id)
        try:
            delivered = await way(seconds).deliver(replace(errand, mark=marked.mark))
        except (Unavailable, Invalid) as problem:
            if marked.done:
                return End.unknown(JobEvent.BROKEN_OFF)
            if marked.begun or isinstance(problem, SpoolNotWritable):
                raise
            await self._reach.silent(name)
            return Failed("not-set-up" if isinstance(problem, Invalid) else "no-answer", problem)
        except (NotNow, NotTaken):
            await self._reach.answered(name)
            raise
        await self._answered(delivered, name)
        return delivered

    async def through(
        self, errand: Errand, spec: PrinterSpec, candidate: RouteCandidate, seconds: float
    ) -> Delivered | Failed:
        """By another computer, which has ``seconds`` to want the document."""
        limit = asyncio.timeout(seconds)

        def in_time() -> None:
            if limit.expired():  # and the cancellation is on its way: no mark may be written any more
                raise Overtaken
            limit.reschedule(None)

        marked = _Marked(errand, in_time)
        computer_id, kind = candidate.peer.computer_id, candidate.kind
        peer = memory.peer(kind, computer_id)
        there = memory.printer_through(kind, computer_id, spec.printer_id)
        try:
            async with limit:
                delivered = await self._send(candidate, replace(errand, mark=marked.mark))
        except (Unavailable, Invalid, Distrusted, TimeoutError) as problem:
            if marked.done:
                return End.unknown(JobEvent.BROKEN_OFF)
            if marked.begun or isinstance(problem, SpoolNotWritable) or _is_of_the_printer(problem):
                raise
            reason = _why(problem)
            if reason == "no-answer":
                await self._reach.answered(peer)
            await self._reach.silent(there if reason == "no-answer" else peer, reason)
            return Failed(reason, problem)
        except (NotNow, NotTaken):
            await self._reach.answered(peer, there)
            raise
        finally:
            if marked.begun:
                await self._used(errand.job)
        await self._answered(delivered, peer, there)
        return replace(delivered, alone=False) if isinstance(delivered, Watched) else delivered

    async def _answered(self, delivered: Delivered, *names: str) -> None:
        try:
            await self._reach.answered(*names)
        except BaseException:
            if isinstance(delivered, Watched):
                delivered.drop()
            raise

    def _send(self, candidate: RouteCandidate, errand: Errand) -> Awaitable[Delivered]:
        through_server = candidate.kind == "cloud"
        return self._carrier.send(candidate.peer, candidate.ticket, errand, through_server=through_server)


def _why(problem: Exception) -> RouteReason:
    match problem:
        case PrinterUnreachable():
            return "no-answer"
        case TicketRefused() | Invalid():
            return "refused"
        case Distrusted():
            return "not-trusted"
        case RelayBusy():
            return "busy"
        case ChannelBroken():
            return "broke-off"
        case _:
            return "nobody-there"


def _is_of_the_printer(problem: Exception) -> bool:
    """Whether the printer shows another certificate there, and not the other computer: that says its ``reason``."""
    return isinstance(problem, Distrusted) and "reason" not in problem.details


def _nothing() -> None:
    """The direct route has deadlines of its own."""
