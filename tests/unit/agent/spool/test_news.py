from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from presswork.agent.spool.news import ROOM, News
from presswork.testing.timing import MS


async def test_every_subscriber_hears_of_a_job_once_in_the_order_of_the_news() -> None:
    news, first, second = News(), uuid4(), uuid4()
    async with news.subscribe() as one, news.subscribe() as other:
        news.publish([first, second, first])
        assert [await one.get(), await one.get()] == [first, second]
        assert [await other.get(), await other.get()] == [first, second]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(20 * MS):
                await one.get()


async def test_who_is_far_behind_is_told_to_look_at_everything() -> None:
    news, last = News(), uuid4()
    async with news.subscribe() as one:
        news.publish([uuid4() for _ in range(ROOM + 1)])
        assert await one.get() is None
        news.publish([last])
        assert await one.get() == last


async def test_who_has_gone_hears_nothing() -> None:
    news = News()
    async with news.subscribe() as one:
        pass
    news.publish([uuid4()])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(20 * MS):
            await one.get()
