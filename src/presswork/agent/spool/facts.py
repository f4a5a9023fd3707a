"""Small facts, kept in memory once they were read: what is known of a printer is asked for at each of its jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

ROOM = 1000
"""So many facts are kept; then it begins anew."""


class Facts:
    """True because there is one writer: ``changing`` is told of each change, before and after it."""

    def __init__(self) -> None:
        self._known: dict[str, str | None] = {}
        self._changes = 0

    async def get(self, key: str, read: Callable[[], Awaitable[str | None]]) -> str | None:
        """The fact under that key, by ``read`` where it is not here."""
        if key in self._known:
            return self._known[key]
        changes = self._changes
        value = await read()
        if changes == self._changes:
            if len(self._known) >= ROOM:
                self._known.clear()
            self._known[key] = value
        return value

    def changing(self, key: str) -> None:
        """What is kept or being read now may be the old one."""
        self._changes += 1
        self._known.pop(key, None)
