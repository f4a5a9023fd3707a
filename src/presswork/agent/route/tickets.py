"""Candidates and their tickets: asked of the server, kept while they are good, never shown again once they had GO."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import structlog

from presswork.agent.link.requests import ServerRefused
from presswork.agent.relay.trust import Trust
from presswork.core.errors import Distrusted, ServerUnreachable
from presswork.protocols.control.route import RouteCandidate, RouteNotTaken, RouteReply, RouteRequest
from presswork.protocols.route import Server
from presswork.protocols.ticket import Ticket, TicketRefused, open_ticket

ROOM: Final = 200
"""Jobs whose candidates are kept."""
_log = structlog.get_logger(__name__)


class Calls(Protocol):
    """The question to the server; ``link.routes`` is it."""

    async def route(self, request: RouteRequest) -> RouteReply:
        """Raises ``ServerUnreachable``, ``ServerRefused``."""
        ...


Opened = Callable[[str], Awaitable[Ticket]]
"""The ticket in a text; raises ``TicketRefused`` where it is none of this installation."""


def opened_by(trust: Trust) -> Opened:
    """Judged as those are that other computers show."""

    async def opened(text: str) -> Ticket:
        credentials = await trust.credentials()
        if credentials is None:
            raise TicketRefused("This computer is not enrolled, so there is nobody whose tickets it believes.")
        return open_ticket(text, trust.ticket_key(credentials))

    return opened


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate with a ticket that can be shown."""

    candidate: RouteCandidate
    good_until: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of who could take a job."""

    server: Server = Server.NOT_ASKED
    offers: tuple[Offer, ...] = ()
    told: tuple[RouteNotTaken, ...] = ()


class Tickets:
    """For the jobs of this computer."""

    def __init__(self, calls: Calls, opened: Opened, server_there: Callable[[], bool]) -> None:
        """``server_there``: whether the server answered the last time."""
        self._calls = calls
        self._opened = opened
        self._server_there = server_there
        self._kept: OrderedDict[tuple[UUID, UUID], tuple[RouteRequest, tuple[Offer, ...]]] = OrderedDict()

    async def ask(self, request: RouteRequest) -> Answer:
        """Who could take the job: the server's answer, or what it answered last where it is away."""
        key = request.job_id, request.printer_id
        kept = self._kept.get(key)
        known = kept[1] if kept is not None and kept[0] == request else ()
        if known and not self._server_there():
            return Answer(Server.AWAY, known)
        try:
            reply = await self._calls.route(request)
        except (ServerUnreachable, Distrusted):
            return Answer(Server.AWAY, known)
        except ServerRefused as refusal:
            _log.warning("The server names nobody who could take a job to its printer.", reason=refusal.sentence)
            return Answer(Server.ANSWERED)
        offers = [offer for one in reply.candidates if (offer := await self._offer(one)) is not None]
        self._keep(key, request, tuple(offers))
        return Answer(Server.ANSWERED, tuple(offers), reply.not_taken)

    def used(self, job_id: UUID) -> None:
        """One of its tickets had GO: the same one again would tell of that transfer, and carry out nothing."""
        for key in [key for key in self._kept if key[0] == job_id]:
            del self._kept[key]

    async def _offer(self, candidate: RouteCandidate) -> Offer | None:
        try:
            return Offer(candidate, (await self._opened(candidate.ticket)).not_after)
        except TicketRefused as refusal:
            _log.warning("The server sent a ticket that cannot be believed.", reason=refusal.sentence)
            return None

    def _keep(self, key: tuple[UUID, UUID], request: RouteRequest, offers: tuple[Offer, ...]) -> None:
        self._kept.pop(key, None)
        self._kept[key] = request, offers
        while len(self._kept) > ROOM:
            self._kept.popitem(last=False)
