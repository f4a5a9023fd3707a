"""Whose the jobs of legacy systems are: asked of the server, remembered for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from presswork.agent.redirector.names import plain_name
from presswork.core.clock import Clock
from presswork.core.errors import Fault, Forbidden
from presswork.protocols.control.route import InwardSpec, OwnerReply, OwnerRequest, declared_account

FRESH: Final = 300.0
"""Seconds for which an answer is taken without asking again …"""
STALE: Final = 24 * 3600.0
"""… and for which one is, while the server does not answer."""
MOST: Final = 10_000
"""Names that are remembered."""
_log = structlog.get_logger(__name__)
Ask = Callable[[OwnerRequest], Awaitable[OwnerReply]]
"""Raises a fault where the server cannot be asked."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a job is to be."""

    account: str
    """Declared: the name, and how it came."""
    user_id: UUID | None
    """None: the server has not said yet; the job waits for that."""


@dataclass(frozen=True, slots=True)
class _Answer:
    user_id: UUID | None
    at: float


class Owners:
    """Looks names up."""

    def __init__(self, ask: Ask, clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._known: OrderedDict[tuple[UUID, str], _Answer] = OrderedDict()

    async def owner(self, spec: InwardSpec, given: str, way: str) -> Owner:
        """Whose a job is that came this way with this name: nobody's name falls to the queue's own owner.

        Raises ``Forbidden`` where that is nobody, either.
        """
        for name in filter(None, (plain_name(given), plain_name(spec.owner))):
            try:
                user_id = await self.person(spec.queue_id, name)
            except Fault:
                return Owner(declared_account(name, way), None)
            if user_id is not None:
                return Owner(declared_account(name, way), user_id)
        name = plain_name(given)
        _log.info("a job of nobody is refused", name=name, owner=spec.owner, way=way)
        who = f"Nobody is called {name} here, or they may not print to this queue." if name else "The job names nobody."
        raise Forbidden(f"{who} Ask your administrator to look at the redirector's page.")

    async def person(self, queue_id: UUID, name: str) -> UUID | None:
        """Who that is; None: nobody. Raises a fault where the server cannot be asked, and did not say it lately."""
        key, now = (queue_id, name), self._clock.monotonic()
        known = self._known.get(key)
        if known is not None and now - known.at < FRESH:
            return known.user_id
        try:
            told = (await self._ask(OwnerRequest(queue_id=queue_id, name=name))).user_id
        except Fault:
            if known is None or known.user_id is None or now - known.at > STALE:
                raise
            return known.user_id
        self._known.pop(key, None)
        self._known[key] = _Answer(told, now)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return told
