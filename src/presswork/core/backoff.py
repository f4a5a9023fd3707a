"""How long to wait after a failure: longer each time, to a ceiling, never in step with others."""

from __future__ import annotations

from presswork.core.clock import Randomness

CEILING = 60.0
"""Seconds; the longest wait between two attempts."""
_FIRST = 1.0


def spread(seconds: float, randomness: Randomness, by: float = 0.1) -> float:
    """``seconds``, give or take a share ``by``, so that many computers do not come at the same moment."""
    return seconds * (1 - by + 2 * by * _fraction(randomness))


class Backoff:
    """Counts failures in a row."""

    def __init__(self, randomness: Randomness, ceiling: float = CEILING, first: float = _FIRST) -> None:
        self._randomness = randomness
        self._ceiling = ceiling
        self._first = first
        self._next = first

    def failed(self) -> float:
        """Seconds to wait now: between half and all of ``first``, twice, four times that, … up to the ceiling."""
        longest, self._next = self._next, min(self._next * 2, self._ceiling)
        return longest * (0.5 + 0.5 * _fraction(self._randomness))

    def succeeded(self) -> None:
        """The next failure is the first again."""
        self._next = self._first


def _fraction(randomness: Randomness) -> float:
    return int.from_bytes(randomness(4), "big") / 2**32
