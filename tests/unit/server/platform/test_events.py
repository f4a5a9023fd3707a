"""News reaches those it concerns, and nobody else."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from presswork.server.platform.events import Events, News, Waiter

TENANT, OTHER = UUID(int=1), UUID(int=2)
PC, LAPTOP = UUID(int=11), UUID(int=12)


async def _woken(waiter: Waiter) -> bool:
    try:
        async with asyncio.timeout(0.02):
            await waiter.wait()
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    ("news", "reached"),
    [
        (News(TENANT), (True, True, False)),
        (News(TENANT, PC), (True, False, False)),
        (News(OTHER), (False, False, True)),
        (News(OTHER, LAPTOP), (False, False, False)),
    ],
)
async def test_who_is_woken(news: News, reached: tuple[bool, ...]) -> None:
    events = Events()
    with events.waiter(TENANT, PC) as a, events.waiter(TENANT, LAPTOP) as b, events.waiter(OTHER, PC) as c:
        events.publish(news)
        assert (await _woken(a), await _woken(b), await _woken(c)) == reached


async def test_many_news_before_a_look_are_one_wake() -> None:
    events = Events()
    with events.waiter(TENANT, PC) as waiter:
        for _ in range(1000):
            events.publish(News(TENANT))
        assert await _woken(waiter)
        assert not await _woken(waiter)


async def test_a_newer_line_of_the_same_computer_ends_the_older() -> None:
    events = Events()
    with events.waiter(TENANT, PC) as older:
        with events.waiter(TENANT, PC) as newer:
            assert await _woken(older)
            assert older.over
            assert not newer.over
        assert events.waiting(TENANT, PC)
    assert not events.waiting(TENANT, PC)


async def test_nothing_is_kept_of_those_who_left() -> None:
    events = Events()
    with events.waiter(TENANT, PC):
        assert events.waiting(TENANT, PC)
    events.publish(News(TENANT, PC, over=True))
    assert not events.waiting(TENANT, PC)
    assert not any(vars(events).values())


async def test_what_ends_with_a_computer_ends_when_it_is_removed_and_for_nothing_else() -> None:
    events, ends = Events(), [asyncio.Event() for _ in range(3)]
    with (
        events.ends_with(TENANT, PC, ends[0]),
        events.ends_with(TENANT, PC, ends[1]),
        events.ends_with(OTHER, PC, ends[2]),
    ):
        for news in (News(TENANT, PC), News(TENANT), News(TENANT, LAPTOP, over=True)):
            events.publish(news)
        assert not any(end.is_set() for end in ends)
        with events.waiter(TENANT, PC), events.waiter(TENANT, PC):
            assert not any(end.is_set() for end in ends)  # a newer line of the same computer
        events.publish(News(TENANT, PC, over=True))
        assert [end.is_set() for end in ends] == [True, True, False]
    assert not any(vars(events).values())


async def test_that_a_computer_is_gone_is_told_when_its_last_line_is() -> None:
    events, left = Events(), asyncio.Event()
    with events.leaves_with(TENANT, PC, left):
        with events.waiter(TENANT, PC):
            with events.waiter(TENANT, LAPTOP), events.waiter(TENANT, PC):
                pass
            assert not left.is_set()
        assert left.is_set()
    assert not any(vars(events).values())
