"""Whether the disk has room for a document, asked before one is let in: a sender that is stopped half-way sends it all again."""

from __future__ import annotations

from presswork.agent.spool import Spool
from presswork.core.clock import Clock
from presswork.core.errors import NoSpace

RESERVE = 64 * 1024 * 1024
"""Octets that stay free for the database and for what is arriving."""
_LOOK_AGAIN = 1.0
_WAIT_AFTER_FULL = 10.0
"""Seconds for which nothing is let in after a document did not fit."""


class Room:
    """Looks at the disk at most once a second."""

    def __init__(self, spool: Spool, clock: Clock) -> None:
        self._spool = spool
        self._clock = clock
        self._free = 0
        self._looked_at = float("-inf")
        self._full_until = float("-inf")

    async def check(self) -> None:
        """Raises ``NoSpace`` where no document should be let in now."""
        now = self._clock.monotonic()
        if now < self._full_until:
            raise _no_space()
        if now - self._looked_at >= _LOOK_AGAIN:
            self._free = await self._spool.free_octets()
            self._looked_at = now  # only now: who asks meanwhile must not take an old look for a new one
        if self._free < RESERVE:
            raise _no_space()

    def ran_out(self) -> None:
        """A document did not fit."""
        self._full_until = self._clock.monotonic() + _WAIT_AFTER_FULL


def _no_space() -> NoSpace:
    return NoSpace(
        "The disk of this computer is full, so no document is accepted now. Free some space; then it goes on."
    )
