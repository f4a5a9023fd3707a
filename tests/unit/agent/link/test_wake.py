"""The line on which the server wakes the agent, with servers that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from presswork.agent.link.proof import Prover
from presswork.agent.link.server_time import ServerTime
from presswork.agent.link.wake import WakeLine
from presswork.agent.link.websocket import WebSockets
from presswork.core.backoff import Backoff
from presswork.core.clock import SystemClock, system_randomness
from presswork.net.tls import unverified_context
from presswork.protocols.control.agent import Wake
from presswork.testing.authority import Authority
from presswork.testing.timing import eventually


class Woken:
    """Counts wakes."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()

    def __call__(self) -> None:
        self.count += 1
        self._event.set()

    async def times(self, count: int) -> None:
        async with asyncio.timeout(20):
            while self.count < count:
                self._event.clear()
                await self._event.wait()


@asynccontextmanager
async def _line(
    handler: Callable[[ServerConnection], Awaitable[None]], woken: Woken, first_pause: float = 1.0
) -> AsyncIterator[WakeLine]:
    async with serve(handler, "127.0.0.1", 0) as server:
        origin = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        prover = Prover(Authority().identity(), system_randomness)
        backoff = Backoff(system_randomness, first=first_pause)
        time = ServerTime(SystemClock())
        sockets = WebSockets(origin, unverified_context(), prover, time)
        line = WakeLine(sockets, backoff=backoff, woken=woken)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(line.run())
            yield line
            running.cancel()


async def test_it_wakes_when_it_opens_and_at_each_wake() -> None:
    woken = Woken()

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        assert connection.request.headers["Authorization"].startswith("DPoP ")
        await connection.send(Wake().model_dump_json())
        await connection.wait_closed()

    async with _line(handler, woken) as line:
        await woken.times(2)
        assert line.open


@pytest.mark.parametrize("message", ["", "[]", '{"kind": "later"}', "x" * 100, b"\xff\x00"])
async def test_what_it_does_not_understand_is_no_wake_and_no_end(message: str | bytes) -> None:
    woken = Woken()

    async def handler(connection: ServerConnection) -> None:
        await connection.send(message)
        await connection.send(Wake().model_dump_json())
        await connection.wait_closed()

    async with _line(handler, woken) as line:
        await woken.times(2)
        assert line.open
        assert woken.count == 2


async def test_a_line_that_is_cut_at_once_each_time_is_tried_ever_more_seldom() -> None:
    """Two copies of one computer throw each other off the line."""
    connections = 0

    async def handler(connection: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await connection.close(1008)

    async with _line(handler, Woken(), first_pause=0.2):
        await eventually(lambda: connections > 0)
        await asyncio.sleep(0.8)
    assert connections <= 4  # after 0, 0.1-0.2, 0.3-0.6, 0.7-1.4 seconds


async def test_an_endless_message_is_not_read() -> None:
    woken = Woken()

    async def handler(connection: ServerConnection) -> None:
        await connection.send("x" * 1_000_000)
        await connection.wait_closed()

    async with _line(handler, woken) as line:
        await woken.times(2)  # once when it opened, once after it broke
        assert not line.open or woken.count > 2
