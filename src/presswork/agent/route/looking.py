"""Looks in the background at printers that lately did not answer here, so that *direct* comes first again soon.

While others go first, no job finds out that a printer is back. A look is a connection to it, at which nothing is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from presswork.agent.delivery.ways import addresses
from presswork.agent.printers.examine import PORTS, connects
from presswork.agent.route import memory
from presswork.agent.route.memory import Reachability
from presswork.core.backoff import spread
from presswork.core.clock import Randomness
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import PrinterSpec

EVERY: Final = 75.0
"""Seconds, about, between two looks at a printer: never less than a minute."""
MOST: Final = 32
"""Printers in one round, those first that were silent last."""
_AT_ONCE: Final = 8
_PATIENCE: Final = 3.0
"""Seconds for a connection to one address."""
_PORTS: Final = {"socket": PORTS.raw, "lpd": PORTS.lpd}
Printers = Callable[[UUID], PrinterSpec | None]
Connects = Callable[[str, int, float], Awaitable[bool]]


class Lookout:
    """``run`` looks, as long as the policy has a direct route."""

    def __init__(
        self,
        reach: Reachability,
        printers: Printers,
        state: Callable[[], DesiredState],
        randomness: Randomness,
        *,
        every: float = EVERY,
        is_there: Connects = connects,
    ) -> None:
        """``every``: see ``EVERY``; ``is_there``: whether somebody takes a connection at that port of that host."""
        self._reach = reach
        self._printers = printers
        self._state = state
        self._randomness = randomness
        self._every = every
        self._is_there = is_there

    async def run(self) -> None:
        """Until cancelled."""
        room = asyncio.Semaphore(_AT_ONCE)
        while True:
            await asyncio.sleep(spread(self._every, self._randomness, 0.2))
            if "direct" not in self._state().routes:
                continue
            async with asyncio.TaskGroup() as looks:
                for printer_id in self._reach.silent_printers()[:MOST]:
                    if (spec := self._printers(printer_id)) is not None:
                        looks.create_task(self._look(spec, room))

    async def _look(self, spec: PrinterSpec, room: asyncio.Semaphore) -> None:
        async with room:
            for uri in addresses(spec):
                parts = urlsplit(uri)
                port = parts.port or _PORTS.get(parts.scheme, PORTS.ipp)
                if await self._is_there(parts.hostname or "", port, _PATIENCE):
                    self._reach.back(memory.printer(spec.printer_id))
                    return
