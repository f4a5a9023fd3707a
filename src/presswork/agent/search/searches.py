"""The searches that the server ordered, and what it is still to be told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from presswork.agent.printers.credentials import credentials_of
from presswork.agent.search.answers import Asking
from presswork.agent.search.search import Search
from presswork.core.clock import Randomness
from presswork.core.errors import Fault
from presswork.protocols.control.search import DEVICES_AT_ONCE, FoundDevice, SearchOrder, SearchReport

AT_ONCE = 4
"""Searches that run at the same time; others wait until the server repeats them."""
_NEWS_EVERY = 2.0
"""Seconds between two reports of how far a search is."""
_log = structlog.get_logger(__name__)


@dataclass
class _Running:
    search: Search | None = None
    task: asyncio.Task[None] | None = None
    untold: list[FoundDevice] = field(default_factory=list)
    ended: bool = False
    sentence: str = ""


class Searches:
    """Begins what is ordered, ends what is stopped. In memory only: what is still ordered after a restart begins anew."""

    def __init__(self, randomness: Randomness, news: Callable[[], None], interfaces: Sequence[str] = ()) -> None:
        """``news`` is called when there is something to tell; ``interfaces`` are those of ``net.dnssd.browsing``."""
        self._randomness = randomness
        self._news = news
        self._interfaces = interfaces
        self._searches: dict[UUID, _Running] = {}
        self._ordered = asyncio.Event()
        self._waiting: list[_Running] = []

    async def run(self) -> None:
        """Carry out what ``take`` is given, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_progress())
            while True:
                await self._ordered.wait()
                self._ordered.clear()
                for running in self._waiting:
                    running.task = tasks.create_task(self._carry_out(running))
                self._waiting = []

    def take(self, orders: Iterable[SearchOrder]) -> None:
        """All that are open at the server: what is new begins, what was stopped or is not among them any more ends."""
        wanted = {order.search_id: order for order in orders}
        for search_id, running in list(self._searches.items()):
            order = wanted.get(search_id)
            if (order is None or order.stopped) and running.task is not None:
                running.task.cancel()
            if order is None:
                del self._searches[search_id]
        for search_id, order in wanted.items():
            if search_id not in self._searches and len(self._searches) < AT_ONCE:
                self._searches[search_id] = self._begin(order)

    def reports(self) -> tuple[SearchReport, ...]:
        """How far each is, with devices that were not told yet."""
        return tuple(_report(search_id, running) for search_id, running in self._searches.items())

    def told(self, reports: Iterable[SearchReport]) -> None:
        """The server has these."""
        for report in reports:
            running = self._searches.get(report.search_id)
            if running is not None:
                del running.untold[: len(report.devices)]
                if running.untold:
                    self._news()

    def _begin(self, order: SearchOrder) -> _Running:
        running = _Running(ended=order.stopped)
        asking = Asking(credentials_of(order.snmp), self._randomness)
        try:
            running.search = Search(order, asking, running.untold.append, interfaces=self._interfaces)
        except Fault as fault:
            running.ended, running.sentence = True, fault.sentence
        if running.ended:
            self._news()
        else:
            self._waiting.append(running)
            self._ordered.set()
        return running

    async def _carry_out(self, running: _Running) -> None:
        try:
            if running.search is not None:
                await running.search.run()
        except Exception as error:
            running.sentence = "The computer could not finish the search. Its log says more; search again."
            # On a thread: a traceback reads the source files.
            await asyncio.to_thread(_log.error, "A search for printers failed; the rest goes on.", exc_info=error)
        finally:
            running.ended = True
            self._news()

    async def _tell_progress(self) -> None:
        while True:
            await asyncio.sleep(_NEWS_EVERY)
            if any(not running.ended for running in self._searches.values()):
                self._news()


def _report(search_id: UUID, running: _Running) -> SearchReport:
    search = running.search
    devices = tuple(running.untold[:DEVICES_AT_ONCE])
    return SearchReport(
        search_id=search_id,
        asked=search.asked if search else 0,
        total=search.total if search else 0,
        devices=devices,
        ended=running.ended and len(devices) == len(running.untold),
        sentence=running.sentence[:255],
    )
