"""Who may be connected, and how often: strangers little, computers of the organisation a fair share each.

Connections that carry a document count apart from those on which only the end is waited for: paper may take hours to come,
and keeps nobody from sending.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Final, Self

from presswork.agent.relay.wire import RelayBusy

CONNECTIONS: Final = 256
"""At once, that carry a document or may begin to, of all computers …"""
PER_COMPUTER: Final = 64
"""… and of one."""
WAITING: Final = 512
"""At once, that only wait for an end or ask for one, of all computers …"""
WAITING_EACH: Final = 256
"""… and of one."""
STRANGERS: Final = 128
"""Connections that have not shown a ticket yet …"""
STRANGERS_EACH: Final = 64
"""… and from one address."""


class Room:
    """For so many, and so many of one kind."""

    def __init__(self, in_all: int, each: int) -> None:
        self._in_all = in_all
        self._each = each
        self._taken: Counter[Hashable] = Counter()

    def has_room(self, kind: Hashable) -> bool:
        """Whether there is a place for one more."""
        return self._taken.total() < self._in_all and self._taken[kind] < self._each

    def enter(self, kind: Hashable) -> None:
        """One more is here."""
        self._taken[kind] += 1

    def leave(self, kind: Hashable) -> None:
        """One is gone."""
        self._taken[kind] -= 1
        if not self._taken[kind]:
            del self._taken[kind]


class Admitted:
    """One connection of a computer that is in. It changes the room where there is a place in the other one."""

    def __init__(self, computer_id: Hashable, room: Room, carrying: Room, waiting: Room) -> None:
        self._computer_id = computer_id
        self._room, self._carrying, self._waiting = room, carrying, waiting

    def carries(self) -> None:
        """A document goes on over it."""
        self._change(self._carrying)

    def only_waits(self) -> None:
        """Nothing more is to come but the end."""
        self._change(self._waiting)

    def _change(self, room: Room) -> None:
        if room is not self._room and room.has_room(self._computer_id):
            room.enter(self._computer_id)
            self._room.leave(self._computer_id)
            self._room = room

    def __enter__(self) -> Self:
        self._room.enter(self._computer_id)
        return self

    def __exit__(self, *_: object) -> None:
        self._room.leave(self._computer_id)


class Admission:
    """Counts connections. Entering raises ``RelayBusy`` where there is no room."""

    def __init__(self) -> None:
        self._strangers = Room(STRANGERS, STRANGERS_EACH)
        self._carrying = Room(CONNECTIONS, PER_COMPUTER)
        self._waiting = Room(WAITING, WAITING_EACH)

    def has_room(self, address: Hashable) -> bool:
        """Whether one more from that address may say who it is."""
        return self._strangers.has_room(address)

    @contextmanager
    def stranger(self, address: Hashable) -> Iterator[None]:
        """A connection as long as nobody knows whose it is."""
        if not self.has_room(address):
            raise RelayBusy("This computer has too many connections from elsewhere.")
        self._strangers.enter(address)
        try:
            yield
        finally:
            self._strangers.leave(address)

    def computer(self, computer_id: Hashable, *, only_asks: bool = False) -> Admitted:
        """For a connection of a computer that has shown a ticket, while it is entered.

        ``only_asks``: it begins nothing. Where there is no room among those that wait, it takes a place of those that carry.
        """
        for room in (self._waiting, self._carrying) if only_asks else (self._carrying,):
            if room.has_room(computer_id):
                return Admitted(computer_id, room, self._carrying, self._waiting)
        raise RelayBusy("This computer carries as many jobs as it can. Try another way, or later.")
