"""When the next beacon goes. All agents of a LAN together send about as many a second, however many they are.

That is what RTCP does (RFC 3550 §6.2): the interval grows with the number of those that are heard, each one is drawn anew, and
a beacon that is due is put off when so many have come meanwhile that it would be too early (*timer reconsideration*,
§6.3.1): a thousand computers that are switched on together do not all speak before they have heard each other.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

Randomness = Callable[[int], bytes]
"""Draws that many unpredictable octets."""
RATE = 4.0
"""Beacons a second of a whole LAN."""
SHORTEST = 30.0
"""Seconds between two beacons of one computer, however few there are."""
LONGEST_INTERVAL = 1800
"""Seconds; nobody is believed that they are rarer. Where 4,096 others are, it is 1,024."""
QUICK_RATE = 20.0
"""Beacons a second of a whole LAN while somebody asked who is here."""
QUICK_SHORTEST = 0.5
GONE = 3
"""Intervals after which one that is not heard is gone."""
ASKS = 3
"""How often one that hears nobody asks who is here."""
_ALONE = 2.0
"""Seconds between them."""
_BREATH = 1.0
"""Seconds at least between a beacon and one that somebody asked for."""


def interval(heard: int) -> float:
    """Seconds between two beacons, on average, where ``heard`` others are."""
    return max(SHORTEST, (heard + 1) / RATE)


class _Mode(Enum):
    STEADY = 0
    ASKING = 1
    ANSWERING = 2
    PASSING_ON = 3


class Schedule:
    """Of one computer on one LAN. Times are seconds that never go back; ``heard`` is how many others there are."""

    def __init__(self, now: float, randomness: Randomness) -> None:
        self._randomness = randomness
        self._asked = 0
        self._mode = _Mode.ASKING
        self._base = now
        self.due = now + self._drawn(0)
        """When to look again; see ``is_due``."""

    @property
    def solicits(self) -> bool:
        """Whether the next beacon asks who is here: the first does, two more where nobody is heard, and one that passes it on."""
        return self._mode in (_Mode.ASKING, _Mode.PASSING_ON)

    def solicited(self, now: float, heard: int, *, pass_on: bool = False) -> None:
        """Somebody who is here asked who is here: the next beacon comes sooner.

        ``pass_on``: it asks the others for them, who know this computer and not the one that came. Where another one has done
        that meanwhile, it is not done again.
        """
        if self._mode is _Mode.STEADY:
            self._mode = _Mode.PASSING_ON if pass_on else _Mode.ANSWERING
            self._base = max(self._base + _BREATH, now)
            self.due = min(self.due, self._base + self._drawn(heard))
        elif self._mode is _Mode.PASSING_ON and not pass_on:
            self._mode = _Mode.ANSWERING

    def is_due(self, now: float, heard: int) -> bool:
        """Whether a beacon is to go now; else ``due`` says when to ask again. Call ``sent`` when it went."""
        if now < self.due:
            return False
        earliest = self._base + self._drawn(heard)
        if earliest <= now:
            return True
        self.due = earliest
        return False

    def sent(self, now: float, heard: int) -> None:
        """It went."""
        self._asked += self._mode is _Mode.ASKING
        self._base = now
        self._mode = _Mode.ASKING if heard == 0 and self._asked < ASKS else _Mode.STEADY
        self.due = now + (_ALONE if self._mode is _Mode.ASKING else self._drawn(heard))

    def _drawn(self, heard: int) -> float:
        share = int.from_bytes(self._randomness(4), "big") / 2**32
        if self._mode is _Mode.STEADY:
            return (0.5 + share) * interval(heard)
        if self._mode is _Mode.PASSING_ON:
            return share * QUICK_SHORTEST
        return share * max(QUICK_SHORTEST, (heard + 1) / QUICK_RATE)
