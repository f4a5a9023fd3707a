"""Who wants to know that a job changed: delivery, the link to the server, a person watching."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from presswork.agent.spool.job import Job

ROOM = 1000
"""A subscriber that is behind by more jobs is told to look at all of them."""


class Subscription:
    """Jobs that changed, each once however often it changed, oldest news first."""

    def __init__(self) -> None:
        self._changed: dict[UUID, Job] = {}
        self._missed = False
        self._news = asyncio.Event()

    async def get(self) -> UUID | None:
        """The id of the next job that changed; None when so many did that one must list them again.

        The caller sets the deadline.
        """
        job = await self.get_job()
        return None if job is None else job.id

    async def get_job(self) -> Job | None:
        """The same with the job, as its newest change that was told left it; it may have changed again."""
        await self._news.wait()
        if self._missed:
            self._missed = False
            changed = None
        else:
            changed = self._changed.pop(next(iter(self._changed)))
        if not self._changed:
            self._news.clear()
        return changed

    def put(self, job: Job) -> None:
        """News of that job."""
        if len(self._changed) >= ROOM:
            self._changed.clear()
            self._missed = True
        if not self._missed:
            self._changed[job.id] = job
        self._news.set()


class News:
    """Tells every subscriber."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self.generation = 0
        """Grows with every change of any job: what was read under an older one may no longer be true."""

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[Subscription]:
        """News from here on, until the context ends."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def publish(self, jobs: Iterable[Job]) -> None:
        """These jobs changed. Called on the loop."""
        self.generation += 1
        for subscription in self._subscriptions:
            for job in jobs:
                subscription.put(job)
