from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from presswork.agent.spool.news import ROOM, News
from presswork.testing.spooling import made_up_job
from presswork.testing.timing import MS


async def test_every_subscriber_hears_of_a_job_once_in_the_order_of_the_news() -> None:
    news, first, second = News(), made_up_job(), made_up_job()
    async with news.subscribe() as one, news.subscribe() as other:
        news.publish([first, second, first])
        assert [await one.get(), await one.get()] == [first.id, second.id]
        assert [await other.get(), await other.get()] == [first.id, second.id]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(20 * MS):
                await one.get()


async def test_news_of_a_job_are_its_newest() -> None:
    news, job = News(), made_up_job()
    async with news.subscribe() as one:
        news.publish([job, replace(job, version=4)])
        assert await one.get_job() == replace(job, version=4)


async def test_who_is_far_behind_is_told_to_look_at_everything() -> None:
    news, last = News(), made_up_job()
    async with news.subscribe() as one:
        news.publish([made_up_job() for _ in range(ROOM + 1)])
        assert await one.get_job() is None
        news.publish([last])
        assert await one.get() == last.id


async def test_who_has_gone_hears_nothing() -> None:
    news = News()
    async with news.subscribe() as one:
        pass
    news.publish([made_up_job()])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(20 * MS):
            await one.get()
