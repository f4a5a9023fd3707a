"""One exchange with the server: reports, answers and printers' news go; desired state and orders come."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from presswork.agent.desired import Desired
from presswork.agent.link.hello import Introduction
from presswork.agent.link.orders import Orders
from presswork.agent.link.printers import PrinterNews
from presswork.agent.link.removed import Removed
from presswork.agent.link.requests import Requests
from presswork.agent.search.searches import Searches
from presswork.agent.spool import Spool
from presswork.protocols.control.agent import REPORTS_AT_ONCE, SyncReply, SyncRequest
from presswork.protocols.control.tunnel import TunnelCall
from presswork.protocols.control.words import NetworkHint


class RosterEntry(Protocol):
    """This computer's entry of the roster; ``agent.discovery`` keeps it."""

    @property
    def until(self) -> datetime | None:
        """Until when it is good; None where there is none."""
        ...

    async def take(self, text: str) -> None:
        """The server sent another one. Raises nothing for one that is of no use."""
        ...


class Synced(NamedTuple):
    """How an exchange ended."""

    after: float
    """Seconds until the server wants the next."""
    more: bool
    """Whether there is already something to tell."""


class Sync:
    """The exchange and what it needs."""

    def __init__(
        self,
        spool: Spool,
        desired: Desired,
        orders: Orders,
        printers: PrinterNews,
        *,
        introduction: Introduction,
        networks: Callable[[], tuple[NetworkHint, ...] | None],
        searches: Searches,
        called: Callable[[Iterable[TunnelCall]], None],
        entry: RosterEntry,
        removed: Removed,
    ) -> None:
        """``called`` is told the tunnels in which somebody waits for this computer."""
        self._spool = spool
        self._desired = desired
        self._orders = orders
        self._printers = printers
        self._introduction = introduction
        self._networks = networks
        self._searches = searches
        self._called = called
        self._entry = entry
        self._removed = removed

    async def once(self, requests: Requests) -> Synced:
        """Exchange. What was told counts as told only when the reply is there; all of it may be told twice."""
        told = SyncRequest(
            hello=self._introduction.said,
            revision=self._desired.state.revision,
            reports=tuple(await self._spool.reports(REPORTS_AT_ONCE)),
            printers=self._printers.untold(),
            answers=self._orders.answers(),
            networks=self._networks(),
            searches=self._searches.reports(),
            entry_until=self._entry.until,
        )
        reply = await requests.post("/api/agent/sync", told, SyncReply)
        requests.time.learn(reply.server_time)
        await self._confirm(told)
        await self._removed.take(reply.removed)
        if reply.desired is not None:
            await self._desired.put(reply.desired)
        if reply.roster_entry:
            await self._entry.take(reply.roster_entry)
        answered = await self._orders.take(reply.orders)
        self._searches.take(reply.searches)
        self._called(reply.tunnels)
        return Synced(reply.sync_after, answered or len(told.reports) == REPORTS_AT_ONCE)

    async def _confirm(self, told: SyncRequest) -> None:
        confirmed = [
            (report.job_id, report.version, report.timeline[-1].sequence if report.timeline else 0)
            for report in told.reports
        ]
        if confirmed:
            await self._spool.confirm(confirmed)
        self._printers.told(told.printers)
        self._searches.told(told.searches)
        await self._orders.confirm(told.answers)
