"""Where the computer is, kept for the next sync."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from presswork.agent.host.host import LanAddress
from presswork.agent.link import place as module
from presswork.agent.link.place import Whereabouts
from presswork.core.clock import system_randomness
from presswork.core.errors import Unavailable
from presswork.protocols.control.words import NetworkHint
from presswork.testing.timing import eventually

LAN = (NetworkHint.model_validate({"gateway": "192.0.2.1", "gateway_mac": "00:00:5e:00:53:01"}),)
UNRESOLVED = (NetworkHint.model_validate({"gateway": "192.0.2.1"}),)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHERING", 0.1)


class Moving:
    """A place that tests change; it counts how often somebody looked."""

    def __init__(self) -> None:
        self.here: tuple[NetworkHint, ...] | None = LAN
        self.looks = 0
        self.told = asyncio.Event()

    async def hints(self) -> tuple[NetworkHint, ...]:
        self.looks += 1
        if self.here is None:
            raise Unavailable("Nobody says.")
        return self.here

    async def addresses(self) -> tuple[LanAddress, ...]:
        return ()

    async def changed(self) -> None:
        await self.told.wait()
        self.told.clear()

    def move(self, to: tuple[NetworkHint, ...] | None) -> None:
        self.here = to
        self.told.set()


@asynccontextmanager
async def _running(place: Moving, moved: Callable[[], None]) -> AsyncIterator[Whereabouts]:
    whereabouts = Whereabouts(place, system_randomness, moved=moved)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(whereabouts.run())
        yield whereabouts
        running.cancel()


async def test_a_move_is_news_and_nothing_else_is() -> None:
    place, news = Moving(), []
    async with _running(place, lambda: news.append(1)) as whereabouts:
        await eventually(lambda: whereabouts.hints == LAN)
        place.move(LAN)
        await eventually(lambda: place.looks == 2)
        assert len(news) == 1
        place.move(())
        await eventually(lambda: whereabouts.hints == ())
        assert len(news) == 2


async def test_what_cannot_be_said_leaves_what_was_known() -> None:
    place = Moving()
    async with _running(place, lambda: None) as whereabouts:
        await eventually(lambda: whereabouts.hints == LAN)
        place.move(None)
        await eventually(lambda: place.looks == 2)
        assert whereabouts.hints == LAN


async def test_nobody_looks_while_nothing_changes() -> None:
    place = Moving()
    async with _running(place, lambda: None):
        await eventually(lambda: place.looks == 1)
        await asyncio.sleep(2 * module.GATHERING)
        assert place.looks == 1
