"""Waits between exchanges, and what ends them early."""

from __future__ import annotations

import asyncio

import pytest

from presswork.agent.link.pace import Pace
from presswork.core.clock import SystemClock, system_randomness


def _pace() -> Pace:
    pace = Pace(SystemClock(), system_randomness)
    pace.begin()
    return pace


async def test_the_servers_news_ends_every_wait_at_once() -> None:
    pace = _pace()
    for wait in (pace.after_success, pace.after_failure):
        waiting = asyncio.create_task(wait(60))
        await asyncio.sleep(0)
        assert not waiting.done()
        pace.server_news()
        async with asyncio.timeout(0.2):
            await waiting
        pace.begin()


async def test_news_before_the_wait_is_not_missed() -> None:
    pace = _pace()
    pace.server_news()
    async with asyncio.timeout(0.2):
        await pace.after_success(60)


async def test_own_news_is_gathered_first_then_told() -> None:
    loop = asyncio.get_running_loop()
    pace = _pace()
    begun = loop.time()
    pace.own_news()
    async with asyncio.timeout(5):
        await pace.after_success(60)
    assert 0.2 < loop.time() - begun < 2


async def test_own_news_does_not_shorten_the_wait_after_a_failure() -> None:
    pace = _pace()
    pace.own_news()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await pace.after_failure(60)


async def test_a_wait_ends_by_itself() -> None:
    pace = _pace()
    async with asyncio.timeout(5):
        await pace.after_success(0.05)
        await pace.after_failure(0.05)
