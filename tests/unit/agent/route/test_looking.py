"""Printers that lately did not answer are looked at in the background."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import pytest

from presswork.agent.printers.examine import connects
from presswork.agent.route import Lookout, Reachability, memory
from presswork.agent.route.looking import MOST
from presswork.core.clock import system_randomness
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.route import Silence
from presswork.testing.carrying import STATE
from presswork.testing.clock import StandingClock
from presswork.testing.delivering import printer_spec
from presswork.testing.scripted_printer import scripted_printer
from presswork.testing.timing import eventually

OFF = "ipp://127.0.0.1:1/ipp/print"


class Nowhere:
    """Facts that are not kept."""

    async def remember(self, key: str, value: str) -> None:
        """Nothing."""

    async def recall(self, key: str) -> str | None:
        return None


class Scene:
    """Printers that were silent a moment ago, and which ports were tried."""

    def __init__(self) -> None:
        self.clock = StandingClock()
        self.reach = Reachability(Nowhere(), lambda: "here", self.clock)
        self.printers: dict[UUID, PrinterSpec] = {}
        self.state = STATE
        self.tried: list[int] = []
        self.rounds = 0
        self.deaf = False
        """Whether nobody takes a connection, whoever listens on this computer."""

    async def silent(self, *specs: PrinterSpec) -> None:
        for spec in specs:
            self.printers[spec.printer_id] = spec
            await self.reach.silent(memory.printer(spec.printer_id))
            self.clock.advance(milliseconds=1)

    def of(self, spec: PrinterSpec) -> Silence:
        return self.reach.of(memory.printer(spec.printer_id))

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[None]:
        lookout = Lookout(
            self.reach,
            self.printers.get,
            self._state,
            system_randomness,
            every=0.01,
            is_there=self._is_there,
        )
        running = asyncio.ensure_future(lookout.run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    def _state(self) -> DesiredState:
        self.rounds += 1
        return self.state

    async def _is_there(self, host: str, port: int, seconds: float) -> bool:
        self.tried.append(port)
        return not self.deaf and await connects(host, port, seconds)


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_one_that_is_back_comes_first_again_and_is_looked_at_no_more(scene: Scene) -> None:
    async with scripted_printer() as printer:
        there = printer_spec(printer.uri()).model_copy(update={"ways": (OFF, printer.uri())})
        off = printer_spec(OFF)
        await scene.silent(there, off)
        async with scene.looking():
            await eventually(lambda: scene.of(there) is Silence.PAST)
            seen = len(scene.tried)
            await eventually(lambda: len(scene.tried) > seen + 3)
        assert set(scene.tried[seen + 1 :]) == {1}, "only the one that is still off"
        assert scene.of(off) is Silence.LATELY
        assert printer.requests == [], "nothing is sent"


async def test_it_ends_with_the_time_in_which_others_go_first(scene: Scene) -> None:
    off = printer_spec(OFF)
    await scene.silent(off)
    assert scene.reach.silent_printers() == (off.printer_id,)
    scene.clock.advance(minutes=6)
    assert scene.reach.silent_printers() == ()


async def test_no_more_than_so_many_in_a_round_the_newest_first(scene: Scene) -> None:
    specs = [printer_spec(f"socket://127.0.0.1:{number}") for number in range(1, MOST + 11)]
    await scene.silent(*specs)
    await scene.silent(printer_spec("redirector://x/y"))
    scene.deaf = True
    async with scene.looking():
        await eventually(lambda: len(scene.tried) > MOST)
    assert set(scene.tried) == set(range(12, MOST + 11)), "the one of another computer has no port"


async def test_nobody_looks_where_the_policy_has_no_direct_route(scene: Scene) -> None:
    await scene.silent(printer_spec(OFF))
    scene.state = STATE.model_copy(update={"routes": ("relay",)})
    async with scene.looking():
        await eventually(lambda: scene.rounds > 3)
        assert scene.tried == []
        scene.state = STATE
        await eventually(lambda: scene.tried != [])
