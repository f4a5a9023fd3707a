"""So many a second and not more: what keeps a flood of datagrams from costing more than reading it."""

from __future__ import annotations

SOURCES = 1024
"""Sources that are told apart; the one that was seen first is forgotten for another."""


class Budget:
    """Tokens that come back at a rate, up to so many (a token bucket)."""

    __slots__ = ("_burst", "_left", "_rate", "_seen")

    def __init__(self, rate: float, burst: float) -> None:
        """``rate`` a second in the long run, ``burst`` at once."""
        self._rate = rate
        self._burst = self._left = burst
        self._seen = 0.0

    def take(self, now: float, cost: float = 1) -> bool:
        """Whether there are so many left; they are gone then. ``now`` in seconds, never less than before."""
        self._refill(now)
        if self._left < cost:
            return False
        self._left -= cost
        return True

    def left(self, now: float) -> bool:
        """Whether there is one left."""
        self._refill(now)
        return self._left >= 1

    def _refill(self, now: float) -> None:
        self._left = min(self._burst, self._left + max(0.0, now - self._seen) * self._rate)
        self._seen = now


class Budgets:
    """A budget for all, and a smaller one for each source: one that is loud does not silence the others."""

    def __init__(self, rate: float, burst: float, *, share: float = 0.25) -> None:
        """Each source has a ``share`` of what there is for all."""
        self._all = Budget(rate, burst)
        self._each = (rate * share, max(1.0, burst * share))
        self._sources: dict[object, Budget] = {}

    def take(self, source: object, now: float) -> bool:
        """Whether that source may have one; it is gone then, for it and for all."""
        own = self._sources.get(source)
        if own is not None and not own.left(now):
            return False
        if not self._all.take(now):
            return False
        if own is None:
            own = self._sources[source] = Budget(*self._each)
            if len(self._sources) > SOURCES:
                del self._sources[next(iter(self._sources))]
        return own.take(now)
