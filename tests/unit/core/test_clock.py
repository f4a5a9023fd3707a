"""The computer's clock and generator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from presswork.core.clock import SystemClock, system_randomness


def test_the_time_of_day_is_aware_and_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_measure_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_random_bytes_are_as_many_as_asked_for_and_differ() -> None:
    assert len(system_randomness(32)) == 32
    assert system_randomness(32) != system_randomness(32)
