"""When to speak to the server next: after its own pace, at once for its news, soon for ours."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from presswork.core.backoff import spread
from presswork.core.clock import Clock, Randomness

_GATHERING = 0.05
"""Seconds in which changes of this computer's jobs are gathered into one sync, and …"""
_BETWEEN = 0.25
"""… the least number of seconds between two syncs that only such changes ask for."""


class Pace:
    """Two kinds of news, and the waits they end."""

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._any = asyncio.Event()
        self._servers = asyncio.Event()
        self._began = 0.0

    def server_news(self) -> None:
        """The server has something, or somebody waits for it."""
        self._servers.set()
        self._any.set()

    def own_news(self) -> None:
        """This computer has something to tell."""
        self._any.set()

    def begin(self) -> None:
        """An exchange begins: it deals with all news up to here."""
        self._began = self._clock.monotonic()
        self._any.clear()
        self._servers.clear()

    async def after_success(self, seconds: float) -> None:
        """Wait about ``seconds``, or less when there is news."""
        with suppress(TimeoutError):
            async with asyncio.timeout(spread(seconds, self._randomness)):
                await self._any.wait()
                async with asyncio.timeout(max(_GATHERING, self._began + _BETWEEN - self._clock.monotonic())):
                    await self._servers.wait()

    async def after_failure(self, seconds: float) -> None:
        """Wait ``seconds``; what this computer has to tell does not shorten it, only a sign of the server does."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._servers.wait()
