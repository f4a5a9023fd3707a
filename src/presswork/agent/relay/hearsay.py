"""What another computer says that a device says: written down in our time, not in theirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from presswork.agent.delivery.way import News, Tell
from presswork.agent.relay.deadlines import RelayDeadlines

_LONGER: Final = 1.2


class Hearsay:
    """The newest counts. What is told costs a write and a report to the server, so each pause is longer than the one before."""

    def __init__(self, tell: Tell | None, deadlines: RelayDeadlines) -> None:
        """``tell``: who writes it down; None: nobody yet."""
        self.tell = tell
        self._pause = deadlines.news
        self._slowest = deadlines.slowest_news
        self._newest: News | None = None
        self._something = asyncio.Event()
        self._over = asyncio.Event()

    def heard(self, news: News) -> None:
        """The device is said to say this now."""
        self._newest = news
        self._something.set()

    @asynccontextmanager
    async def told_by(self, tasks: asyncio.TaskGroup) -> AsyncIterator[None]:
        """While the block lasts it is told; in the end what is left, at once."""
        self._over.clear()
        telling = tasks.create_task(self._run())
        try:
            yield
        finally:
            self._over.set()
            self._something.set()
        await telling

    async def _run(self) -> None:
        while not self._over.is_set():
            await self._something.wait()
            self._something.clear()
            if self._newest is not None:
                await self._tell_newest()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause):
                        await self._over.wait()
                self._pause = min(self._pause * _LONGER, self._slowest)
        await self._tell_newest()

    async def _tell_newest(self) -> None:
        news, self._newest = self._newest, None
        if news is not None and self.tell is not None:
            await self.tell(news)
