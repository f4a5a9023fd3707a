"""News to those who wait in this process: it says that something changed, never what. Whoever is woken asks.

One waiter a computer is the habit; a waiter that is woken twice before it looked is woken once, so that nothing here
can grow. Between replicas the same interface will stand in front of a message bus.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class News:
    """Something changed for one computer, or (``computer_id`` None) for all computers of the tenant.

    ``over``: this computer does not belong here any more; whoever speaks to it stops.
    """

    tenant_id: UUID
    computer_id: UUID | None = None
    over: bool = False


class Waiter:
    """Woken by news until it is told that it is over."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self.over = False

    def wake(self, *, over: bool = False) -> None:
        """Let ``wait`` return."""
        self.over = self.over or over
        self._woken.set()

    async def wait(self) -> None:
        """Until there is news that came after the last ``wait``."""
        await self._woken.wait()
        self._woken.clear()


class Events:
    """Who waits for which news."""

    def __init__(self) -> None:
        self._waiters: dict[UUID, dict[UUID, list[Waiter]]] = {}
        self._ends: dict[tuple[UUID, UUID], list[asyncio.Event]] = {}
        self._leaves: dict[tuple[UUID, UUID], list[asyncio.Event]] = {}

    def publish(self, news: News) -> None:
        """Wake everybody it concerns."""
        of_tenant = self._waiters.get(news.tenant_id, {})
        concerned = of_tenant if news.computer_id is None else (news.computer_id,)
        for computer_id in tuple(concerned):
            for waiter in of_tenant.get(computer_id, ()):
                waiter.wake(over=news.over)
        if news.over and news.computer_id is not None:
            for end in self._ends.get((news.tenant_id, news.computer_id), ()):
                end.set()

    def waiting(self, tenant_id: UUID, computer_id: UUID) -> bool:
        """Whether somebody waits for this computer's news."""
        return computer_id in self._waiters.get(tenant_id, {})

    def ends_with(self, tenant_id: UUID, computer_id: UUID, end: asyncio.Event) -> AbstractContextManager[None]:
        """As long as the block lasts, ``end`` is set when this computer does not belong here any more."""
        return _listed(self._ends, (tenant_id, computer_id), end)

    def leaves_with(self, tenant_id: UUID, computer_id: UUID, left: asyncio.Event) -> AbstractContextManager[None]:
        """As long as the block lasts, ``left`` is set when nobody waits for this computer's news any more."""
        return _listed(self._leaves, (tenant_id, computer_id), left)

    @contextmanager
    def waiter(self, tenant_id: UUID, computer_id: UUID) -> Iterator[Waiter]:
        """A waiter for this computer's news; an earlier one of the same computer is told that it is over."""
        of_tenant = self._waiters.setdefault(tenant_id, {})
        waiter = Waiter()
        for earlier in of_tenant.get(computer_id, ()):
            earlier.wake(over=True)
        of_tenant.setdefault(computer_id, []).append(waiter)
        try:
            yield waiter
        finally:
            remaining = of_tenant[computer_id]
            remaining.remove(waiter)
            if not remaining:
                del of_tenant[computer_id]
                for left in self._leaves.get((tenant_id, computer_id), ()):
                    left.set()
            if not of_tenant and self._waiters.get(tenant_id) is of_tenant:
                del self._waiters[tenant_id]


@contextmanager
def _listed(
    lists: dict[tuple[UUID, UUID], list[asyncio.Event]], of: tuple[UUID, UUID], event: asyncio.Event
) -> Iterator[None]:
    events = lists.setdefault(of, [])
    events.append(event)
    try:
        yield
    finally:
        events.remove(event)
        if not events:
            del lists[of]
