from __future__ import annotations

import pytest

from presswork.core.backoff import CEILING, Backoff, spread
from presswork.core.clock import system_randomness


def lowest(count: int) -> bytes:
    return bytes(count)


def highest(count: int) -> bytes:
    return b"\xff" * count


def test_failures_wait_longer_each_time_up_to_the_ceiling() -> None:
    longest, shortest = Backoff(highest), Backoff(lowest)
    waits = [longest.failed() for _ in range(9)]
    assert [round(wait) for wait in waits] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert max(waits) <= CEILING
    assert [shortest.failed() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_success_forgets_the_failures() -> None:
    backoff = Backoff(lowest)
    backoff.failed()
    backoff.failed()
    backoff.succeeded()
    assert backoff.failed() == 0.5


def test_two_computers_do_not_wait_alike() -> None:
    assert len({Backoff(system_randomness).failed() for _ in range(20)}) > 10


def test_spread_stays_within_a_tenth() -> None:
    assert spread(30, lowest) == 27
    assert spread(30, highest) == pytest.approx(33, abs=0.01)
