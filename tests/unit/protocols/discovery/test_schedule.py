from __future__ import annotations

import random
from itertools import pairwise

import pytest

from presswork.protocols.discovery.schedule import (
    ASKS,
    QUICK_RATE,
    QUICK_SHORTEST,
    RATE,
    SHORTEST,
    Schedule,
    interval,
)

STEP = 0.01


def beacons(schedule: Schedule, heard: int, begin: float, end: float) -> list[float]:
    """When it sends, in virtual time."""
    found, now = [], begin
    while (now := max(now, schedule.due)) < end:
        if schedule.is_due(now, heard):
            schedule.sent(now, heard)
            found.append(now)
    return found


def test_a_lan_has_as_many_beacons_a_second_however_many_agents_there_are() -> None:
    for count in (1000, 4000):
        assert count / interval(count - 1) == RATE
    assert interval(0) == interval(100) == SHORTEST


@pytest.mark.parametrize("heard", [1, 100, 1000])
def test_over_time_it_is_the_interval_never_half_and_never_in_step(heard: int) -> None:
    dice = random.Random(heard)
    schedule = Schedule(0.0, dice.randbytes)
    found = beacons(schedule, heard, 0, 300 * interval(heard))[1:]
    pauses = [after - before for before, after in pairwise(found)]
    assert all(0.5 * interval(heard) <= pause for pause in pauses)
    assert 0.9 < sum(pauses) / len(pauses) / interval(heard) < 1.5
    assert len({round(pause, 3) for pause in pauses}) > len(pauses) // 2


def test_the_first_comes_at_once_and_asks_who_is_here() -> None:
    schedule = Schedule(5.0, random.Random(1).randbytes)
    assert schedule.solicits
    assert beacons(schedule, 3, 5.0, 5.0 + 2 * QUICK_SHORTEST)
    assert not schedule.solicits


def test_who_hears_nobody_asks_some_times_and_then_as_all_do() -> None:
    schedule = Schedule(0.0, random.Random(1).randbytes)
    found = beacons(schedule, 0, 0, 14)
    assert len(found) == ASKS
    assert not schedule.solicits


def test_one_that_is_asked_answers_soon_and_once() -> None:
    schedule = Schedule(0.0, random.Random(1).randbytes)
    beacons(schedule, 5, 0, 200)
    for _ in range(50):
        schedule.solicited(200.0, 5)
    assert not schedule.solicits
    assert len(beacons(schedule, 5, 200.0, 203.0)) == 1


def test_a_thousand_questions_are_one() -> None:
    schedule = Schedule(0.0, random.Random(1).randbytes)
    found, now = 0, 0.0
    while now < 60:
        schedule.solicited(now, 5)
        found += len(beacons(schedule, 5, now, now + STEP))
        now += STEP
    assert found <= 60 + 2


def test_who_hears_many_takes_its_time_to_begin() -> None:
    """A thousand are switched on together: together they do not all speak at once."""
    dice = random.Random(1)
    schedules = [Schedule(0.0, dice.randbytes) for _ in range(1000)]
    now, sent = 0.0, 0
    waiting = dict(enumerate(schedules))
    while now < 10:
        now += STEP
        for number, schedule in list(waiting.items()):
            if schedule.is_due(now, sent):
                sent += 1
                del waiting[number]
    assert 10 < sent < QUICK_RATE * 10 * 3


def test_who_asks_for_another_does_it_once_and_soon() -> None:
    schedule = Schedule(0.0, random.Random(1).randbytes)
    beacons(schedule, 500, 0, 200)
    schedule.solicited(200.0, 500, pass_on=True)
    assert schedule.solicits
    assert beacons(schedule, 500, 200.0, 200.0 + 2 * QUICK_SHORTEST + 1)
    assert not schedule.solicits


def test_who_hears_another_ask_for_somebody_only_answers() -> None:
    schedule = Schedule(0.0, random.Random(1).randbytes)
    beacons(schedule, 5, 0, 200)
    schedule.solicited(200.0, 5, pass_on=True)
    schedule.solicited(200.1, 5)
    assert not schedule.solicits
    assert len(beacons(schedule, 5, 200.1, 203.0)) == 1
