"""What one agent keeps so that a datagram that was recorded leads to nothing again. Each table is bounded.

Marks      how far each computer is with its starts and counters, kept when it is gone; and who was asked in vain
Waiting    beacons of strangers whom others ask, and places from which a question came
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from presswork.protocols.discovery.entry import Entry
from presswork.protocols.discovery.packets import Address, Beacon

MOST_MARKS = 4096
"""The one that was not heard for longest is forgotten for another."""
MOST_WAITING = 1024
WAITING = 60.0
"""Seconds for which a question from a place is a reason to ask back."""
IN_VAIN = (60.0, 3600.0)
"""Seconds for which one that answered no question is not asked again: after the first time, and at most. Each time twice as many."""
Door = tuple[Address, int]
"""Where datagrams come from: address and port."""
_T = TypeVar("_T")


@dataclass(slots=True)
class Mark:
    """Of one computer with one key."""

    latest: tuple[bytes, int]
    """Boot and counter of the latest beacon: nothing up to it counts again."""
    until: int
    """The end of its entry, in the server's time: until then its beacons can be repeated."""
    proven: bytes = b""
    """The boot since which it answered here."""
    again: float = -math.inf
    """Before that it is not asked, unless it started anew."""
    pause: float = 0.0
    """Seconds for which it was not asked the last time."""


class Marks:
    """By computer and key: one that has a new key begins anew."""

    def __init__(self) -> None:
        self._marks: dict[tuple[UUID, bytes], Mark] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def get(self, entry: Entry) -> Mark | None:
        """How far it is, where it was heard."""
        return self._marks.get(_key(entry))

    def heard(self, entry: Entry, boot: bytes, counter: int) -> Mark:
        """It signed a beacon, or an answer, with that boot and counter."""
        latest, key = (boot, counter), _key(entry)
        mark = self._marks.pop(key, None) or Mark(latest, entry.until)
        if boot > mark.latest[0]:
            mark.again, mark.pause = -math.inf, 0.0
        mark.latest, mark.until = max(mark.latest, latest), max(mark.until, entry.until)
        self._marks[key] = mark
        if len(self._marks) > MOST_MARKS:
            del self._marks[next(iter(self._marks))]
        return mark

    def answered(self, entry: Entry, boot: bytes, counter: int) -> None:
        """It is here."""
        mark = self.heard(entry, boot, counter)
        mark.proven, mark.again, mark.pause = boot, -math.inf, 0.0

    def in_vain(self, entry: Entry, now: float) -> None:
        """It was asked as often as one is, and did not answer."""
        mark = self.get(entry)
        if mark is not None:
            mark.pause = min(max(2 * mark.pause, IN_VAIN[0]), IN_VAIN[1])
            mark.again = now + mark.pause

    def forget(self, server_time: int) -> None:
        """Those whose beacons nobody accepts any more."""
        for key in [key for key, mark in self._marks.items() if mark.until < server_time]:
            del self._marks[key]


class Waiting:
    """Somebody who is new asks those that they hear. That is when those who did not ask them do it, too."""

    def __init__(self) -> None:
        self._beacons: dict[Door, tuple[Entry, Beacon]] = {}
        self._asked: dict[Door, float] = {}

    def __len__(self) -> int:
        return len(self._beacons) + len(self._asked)

    def put(self, door: Door, entry: Entry, beacon: Beacon) -> None:
        """A beacon came from there, and others ask."""
        _put(self._beacons, door, (entry, beacon))

    def asked(self, door: Door, now: float) -> tuple[Entry, Beacon] | None:
        """A question came from there: the beacon that waits for it; or it waits for a beacon."""
        found = self._beacons.pop(door, None)
        if found is None:
            _put(self._asked, door, now)
        return found

    def has_asked(self, door: Door, now: float) -> bool:
        """Whether a question came from there lately; it counts once."""
        return now - self._asked.pop(door, -math.inf) <= WAITING


def _put(table: dict[Door, _T], door: Door, what: _T) -> None:
    table.pop(door, None)
    table[door] = what
    if len(table) > MOST_WAITING:
        del table[next(iter(table))]


def _key(entry: Entry) -> tuple[UUID, bytes]:
    return entry.computer_id, entry.public_key
