"""The searches that the server ordered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from presswork.agent.search.search import Search
from presswork.agent.search.searches import AT_ONCE, Searches
from presswork.core.clock import system_randomness
from presswork.protocols.control.search import DEVICES_AT_ONCE, FoundDevice, SearchOrder
from presswork.testing.timing import MS, eventually

DEVICE = FoundDevice(host="127.0.0.1", ways=("ipp://127.0.0.1/ipp/print",))


def order(search_id: UUID | None = None, *, ranges: tuple[str, ...] = (), stopped: bool = False) -> SearchOrder:
    return SearchOrder(search_id=search_id or uuid4(), ranges=ranges, stopped=stopped)


@pytest.fixture
async def searches() -> AsyncIterator[Searches]:
    searches = Searches(system_randomness, lambda: None)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(searches.run())
        yield searches
        running.cancel()


async def test_a_search_runs_once_and_its_end_is_told_until_the_server_has_it(searches: Searches) -> None:
    asked = order()
    searches.take([asked])
    searches.take([asked])
    await eventually(lambda: searches.reports()[0].ended, 10_000 * MS)
    assert [report.search_id for report in searches.reports()] == [asked.search_id]
    searches.told(searches.reports())
    searches.take([])
    assert searches.reports() == ()


async def test_what_is_stopped_ends(searches: Searches) -> None:
    asked = order(ranges=("127.0.0.0/16",))
    searches.take([asked])
    await eventually(lambda: searches.reports()[0].asked > 0, 10_000 * MS)
    assert not searches.reports()[0].ended
    searches.take([order(asked.search_id, ranges=asked.ranges, stopped=True)])
    await eventually(lambda: searches.reports()[0].ended, 10_000 * MS)


async def test_one_that_was_stopped_before_it_began_never_begins(searches: Searches) -> None:
    searches.take([order(ranges=("127.0.0.0/16",), stopped=True)])
    (report,) = searches.reports()
    assert report.ended
    assert report.asked == 0


async def test_ranges_that_cannot_be_asked_end_it_in_a_sentence(searches: Searches) -> None:
    searches.take([order(ranges=("10.0.0.0/8",))])
    (report,) = searches.reports()
    assert report.ended
    assert "more than 65,536 addresses" in report.sentence


async def test_there_is_a_bound(searches: Searches) -> None:
    searches.take([order(ranges=("127.0.0.0/16",)) for _ in range(AT_ONCE + 3)])
    assert len(searches.reports()) == AT_ONCE


async def test_devices_are_told_piece_by_piece_and_the_end_comes_last(
    searches: Searches, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = DEVICES_AT_ONCE + 5

    async def find(search: Search) -> None:
        for _ in range(many):
            search._found(DEVICE)

    monkeypatch.setattr(Search, "run", find)
    asked = order()
    searches.take([asked])
    await eventually(lambda: len(searches.reports()[0].devices) == DEVICES_AT_ONCE, 10_000 * MS)
    first = searches.reports()
    assert not first[0].ended
    searches.told(first)
    last = searches.reports()
    assert len(last[0].devices) == 5
    assert last[0].ended


async def test_a_mistake_of_ours_ends_one_search_and_nothing_else(
    searches: Searches, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(search: Search) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(Search, "run", fail)
    searches.take([order()])
    await eventually(lambda: searches.reports()[0].ended, 10_000 * MS)
    assert "could not finish" in searches.reports()[0].sentence
