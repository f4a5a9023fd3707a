"""Who may be connected, and how often: strangers little, computers of the organisation a fair share each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Final

from presswork.agent.relay.wire import RelayBusy

CONNECTIONS: Final = 256
"""At once, in all."""
STRANGERS: Final = 128
"""Of them, connections that have not shown a ticket yet …"""
STRANGERS_EACH: Final = 64
"""… and from one address."""
PER_COMPUTER: Final = 64
"""Connections of one computer."""


class Admission:
    """Counts connections. Entering raises ``RelayBusy`` where there is no room."""

    def __init__(self) -> None:
        self._all = 0
        self._strangers: Counter[Hashable] = Counter()
        self._computers: Counter[Hashable] = Counter()

    def has_room(self, address: Hashable) -> bool:
        """Whether one more from that address may say who it is."""
        in_all = self._all < CONNECTIONS and self._strangers.total() < STRANGERS
        return in_all and self._strangers[address] < STRANGERS_EACH

    @contextmanager
    def stranger(self, address: Hashable) -> Iterator[None]:
        """A connection as long as nobody knows whose it is."""
        if not self.has_room(address):
            raise RelayBusy("This computer has too many connections from elsewhere.")
        with _counted(self._strangers, address):
            yield

    @contextmanager
    def computer(self, computer_id: Hashable) -> Iterator[None]:
        """A connection of a computer that has shown a ticket."""
        if self._all >= CONNECTIONS or self._computers[computer_id] >= PER_COMPUTER:
            raise RelayBusy("This computer carries as many jobs as it can. Try another way, or later.")
        self._all += 1
        try:
            with _counted(self._computers, computer_id):
                yield
        finally:
            self._all -= 1


@contextmanager
def _counted(counter: Counter[Hashable], key: Hashable) -> Iterator[None]:
    counter[key] += 1
    try:
        yield
    finally:
        counter[key] -= 1
        if not counter[key]:
            del counter[key]
