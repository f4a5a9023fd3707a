"""A clock that stands until it is told to move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class StandingClock:
    """Starts at one moment of 2026; both times go on together by ``advance``."""

    def __init__(self, start: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) -> None:
        self._start = start
        self._passed = timedelta()

    def now(self) -> datetime:
        """See ``Clock.now``."""
        return self._start + self._passed

    def monotonic(self) -> float:
        """See ``Clock.monotonic``."""
        return self._passed.total_seconds()

    def advance(self, **parts: float) -> None:
        """Let time pass: ``advance(hours=2)``, as of ``timedelta``."""
        self._passed += timedelta(**parts)
