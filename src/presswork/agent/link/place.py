"""Where this computer is, kept for the next sync. The system tells of changes; nothing looks every second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from presswork.agent.host.host import Place
from presswork.core.backoff import spread
from presswork.core.clock import Randomness
from presswork.core.errors import Unavailable
from presswork.protocols.control.words import NetworkHint

GATHERING = 1.0
"""Seconds in which changes that follow each other are one."""
AGAIN = 300.0
"""Seconds, about, after which it looks though nobody told it: a router that was replaced tells nobody."""
_UNRESOLVED = 5.0
"""Seconds until it looks again while a gateway's hardware address is not known; doubled each time."""
_log = structlog.get_logger(__name__)


class Whereabouts:
    """What the system last said; None until it said something."""

    def __init__(self, place: Place, randomness: Randomness, *, moved: Callable[[], None]) -> None:
        """``moved`` is called when it is another place than before."""
        self._place = place
        self._randomness = randomness
        self._moved = moved
        self._changed = asyncio.Event()
        self.hints: tuple[NetworkHint, ...] | None = None

    async def run(self) -> None:
        """Look, and look again when something changed; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            pause = _UNRESOLVED
            while True:
                self._changed.clear()
                await self._look()
                try:
                    async with asyncio.timeout(spread(pause if self._unresolved() else AGAIN, self._randomness)):
                        await self._changed.wait()
                    pause = _UNRESOLVED
                except TimeoutError:
                    pause = min(pause * 2, AGAIN)
                await asyncio.sleep(GATHERING)

    async def _listen(self) -> None:
        while True:
            try:
                await self._place.changed()
            except Unavailable as fault:
                _log.warning(fault.sentence)
                await asyncio.sleep(AGAIN)
            self._changed.set()
            await asyncio.sleep(GATHERING)

    async def _look(self) -> None:
        try:
            hints = await self._place.hints()
        except Unavailable as fault:
            _log.warning(fault.sentence)
            return
        if hints != self.hints:
            self.hints = hints
            self._moved()

    def _unresolved(self) -> bool:
        return any(hint.gateway is not None and hint.gateway_mac is None for hint in self.hints or ())
