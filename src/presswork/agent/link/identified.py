"""Who this computer is, for all parts that speak to other agents."""

from __future__ import annotations

import asyncio

from presswork.agent.link.identity import Identity


class Identified:
    """The identity as it was loaded last: another one after each renewal and enrolment; none before the first."""

    def __init__(self) -> None:
        self.identity: Identity | None = None
        self._changed = asyncio.Event()

    def put(self, identity: Identity) -> None:
        """This is who the computer is from now on."""
        self.identity = identity
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    async def other_than(self, seen: Identity | None) -> Identity:
        """Wait until the computer has an identity, and another than ``seen``. The caller sets the deadline."""
        while self.identity is None or self.identity is seen:
            await self._changed.wait()
        return self.identity
