"""Candidates and their tickets: asked of the server, kept while they are good, never shown again once they had GO.

Kept through restarts, too, so that one that is still good does without the server. They give no key of a document.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import structlog
from pydantic import ValidationError

from presswork.agent.link.requests import ServerRefused
from presswork.agent.relay.trust import Trust
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Phase
from presswork.core.errors import Distrusted, Fault, NotFound, ServerUnreachable
from presswork.protocols.control.base import Word
from presswork.protocols.control.moment import Moment
from presswork.protocols.control.route import RouteCandidate, RouteNotTaken, RouteReply, RouteRequest
from presswork.protocols.route import Server
from presswork.protocols.ticket import Ticket, TicketRefused, open_ticket

ROOM: Final = 200
"""Jobs whose candidates are kept."""
_KEY: Final = "tickets "
_OF_USE: Final = frozenset({Phase.RELEASED, Phase.HELD})
"""Jobs that no computer has had GO for since."""
_log = structlog.get_logger(__name__)


class Calls(Protocol):
    """The question to the server; ``link.routes`` is it."""

    async def route(self, request: RouteRequest) -> RouteReply:
        """Raises ``ServerUnreachable``, ``ServerRefused``."""
        ...


_Key = tuple[UUID, UUID]
"""Of a job and a printer."""
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


class _KeptOffer(Word):
    candidate: RouteCandidate
    good_until: Moment


class _Kept(Word):
    """An answer as it is remembered."""

    request: RouteRequest
    offers: tuple[_KeptOffer, ...]


class Tickets:
    """For the jobs of this computer."""

    def __init__(self, spool: Spool, calls: Calls, opened: Opened, server_there: Callable[[], bool]) -> None:
        """``server_there``: whether the server answered the last time."""
        self._spool = spool
        self._calls = calls
        self._opened = opened
        self._server_there = server_there
        self._kept: dict[_Key, tuple[RouteRequest, tuple[Offer, ...]]] = {}

    async def load(self) -> None:
        """Take up what was kept before the restart, as far as it is of use."""
        unneeded = []
        for key, text in (await self._spool.recall_all(_KEY)).items():
            try:
                kept = _Kept.model_validate_json(text)
                job = await self._spool.get(kept.request.job_id)
            except (ValidationError, NotFound):
                job = None
            if job is None or job.phase not in _OF_USE or len(self._kept) >= ROOM:
                unneeded.append(key)
            else:
                offers = tuple(Offer(one.candidate, one.good_until) for one in kept.offers)
                self._kept[kept.request.job_id, kept.request.printer_id] = kept.request, offers
        await self._spool.forget(unneeded)

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
        await self._keep(key, request, tuple(offers))
        return Answer(Server.ANSWERED, tuple(offers), reply.not_taken)

    async def used(self, job_id: UUID) -> None:
        """One of its tickets had GO: the same one again would tell of that transfer, and carry out nothing."""
        await self._forget([key for key in self._kept if key[0] == job_id])

    async def _offer(self, candidate: RouteCandidate) -> Offer | None:
        try:
            return Offer(candidate, (await self._opened(candidate.ticket)).not_after)
        except TicketRefused as refusal:
            _log.warning("The server sent a ticket that cannot be believed.", reason=refusal.sentence)
            return None

    async def _keep(self, key: _Key, request: RouteRequest, offers: tuple[Offer, ...]) -> None:
        self._kept.pop(key, None)
        self._kept[key] = request, offers
        await self._forget(list(self._kept)[:-ROOM])
        kept = _Kept(
            request=request,
            offers=tuple(_KeptOffer(candidate=one.candidate, good_until=one.good_until) for one in offers),
        )
        with suppress(Fault):  # without the disk they are good until the restart
            await self._spool.remember(_fact(key), kept.model_dump_json(exclude_defaults=True))

    async def _forget(self, keys: Sequence[_Key]) -> None:
        for key in keys:
            del self._kept[key]
        if keys:
            with suppress(Fault):  # it is refused where it is shown again
                await self._spool.forget([_fact(key) for key in keys])


def _fact(key: _Key) -> str:
    return f"{_KEY}{key[0]} {key[1]}"
