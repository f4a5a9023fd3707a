"""One by one: printers that take one connection and queue nothing (RAW, LPR) get the jobs of this computer one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from presswork.agent.delivery.way import Delivered, End, Errand, NotNow, Taken, Tell, Watched, Way

Over = Callable[[], None]
"""Ends a turn; the second time it does nothing."""


@dataclass(slots=True)
class _Place:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    """Who has the turn, and who waits for it."""


class OneByOne:
    """One a computer, for its own jobs and those it carries for others alike. Whoever waits longest is next."""

    def __init__(self) -> None:
        self._places: dict[UUID, _Place] = {}

    async def turn(self, printer_id: UUID, seconds: float) -> Over:
        """Wait for it. Raises ``NotNow`` where that takes longer than so many seconds."""
        place = self._places.setdefault(printer_id, _Place())
        place.users += 1
        try:
            async with asyncio.timeout(seconds):
                await place.lock.acquire()
        except BaseException as error:
            self._leave(printer_id, place)
            if isinstance(error, TimeoutError):
                raise NotNow from None
            raise
        has_turn = True

        def over() -> None:
            nonlocal has_turn
            if has_turn:
                has_turn = False
                place.lock.release()
                self._leave(printer_id, place)

        return over

    def _leave(self, printer_id: UUID, place: _Place) -> None:
        place.users -= 1
        if not place.users:
            del self._places[printer_id]


class InTurn:
    """A way to such a printer. It keeps its turn until nothing more is to be heard of the job: whose pages came out is only
    known of one that is alone there."""

    def __init__(self, way: Way, turn: Callable[[], Awaitable[Over]]) -> None:
        self._way = way
        self._turn = turn

    async def deliver(self, errand: Errand) -> Delivered:
        """See ``Way``."""
        over = await self._turn()
        try:
            delivered = await self._way.deliver(errand)
        except BaseException:
            over()
            raise
        if isinstance(delivered, Watched):
            return _kept(delivered, over)
        over()
        return delivered

    async def follow(self, taken: Taken, tell: Tell) -> End:
        """See ``Way``."""
        return await self._way.follow(taken, tell)

    async def cancel(self, device_job_id: int) -> None:
        """See ``Way``."""
        await self._way.cancel(device_job_id)


def _kept(watched: Watched, over: Over) -> Watched:
    async def watch(tell: Tell) -> End:
        try:
            return await watched.watch(tell)
        finally:
            over()

    def drop() -> None:
        watched.drop()
        over()

    return replace(watched, watch=watch, drop=drop)
