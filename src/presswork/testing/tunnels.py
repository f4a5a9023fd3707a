"""A server as far as tunnels need one: it pairs two ends, hands on what they say, and keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from presswork.agent.link.proof import Prover
from presswork.agent.link.server_time import ServerTime
from presswork.agent.link.tunnel import Tunnels
from presswork.agent.link.websocket import WebSockets
from presswork.core.clock import SystemClock, system_randomness
from presswork.net.tls import unverified_context
from presswork.protocols.control.tunnel import TunnelOpen, TunnelReady
from presswork.testing.authority import Authority

READY = TunnelReady().model_dump_json()


@dataclass
class Hub:
    """Hands on binary messages and texts alike, and takes the next one when the other end has it."""

    waiting: dict[str, ServerConnection] = field(default_factory=dict)
    tickets: list[str] = field(default_factory=list)
    passed: bytearray = field(default_factory=bytearray)
    """All octets of all streams, both ways."""
    made: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """A sender waits."""
    _open: set[ServerConnection] = field(default_factory=set)

    async def __call__(self, connection: ServerConnection) -> None:
        """One end."""
        assert connection.request is not None
        path = connection.request.path
        opened = TunnelOpen.model_validate_json(await connection.recv())
        if opened.ticket:
            self.tickets.append(opened.ticket)
            self.waiting[path] = connection
            self.came.set()
            await connection.wait_closed()
            return
        other = self.waiting.pop(path)
        self.made += 1
        self._open |= {connection, other}
        await connection.send(READY)
        await other.send(READY)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hand_on(connection, other))
            tasks.create_task(self._hand_on(other, connection))

    def cut(self) -> None:
        """Every tunnel there is ends, abruptly at both ends."""
        for connection in tuple(self._open):
            connection.transport.abort()
        self._open.clear()

    async def _hand_on(self, source: ServerConnection, sink: ServerConnection) -> None:
        try:
            async for message in source:
                if isinstance(message, bytes):
                    self.passed += message
                await sink.send(message)
        except ConnectionClosed:
            pass
        await sink.close()


@asynccontextmanager
async def tunnels_to(
    handler: Callable[[ServerConnection], Awaitable[None]],
    *,
    time: ServerTime | None = None,
    process_request: Callable[[ServerConnection, Request], Response | None] | None = None,
    deadline: float = 20,
) -> AsyncIterator[Tunnels]:
    """An agent's tunnels to a server that answers like that."""
    async with serve(handler, "127.0.0.1", 0, process_request=process_request, max_size=2**20) as server:
        origin = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        prover = Prover(Authority().identity(), system_randomness)
        sockets = WebSockets(origin, unverified_context(), prover, time or ServerTime(SystemClock()))
        async with asyncio.TaskGroup() as tasks:
            tunnels = Tunnels(lambda: sockets, deadline=deadline)
            running = tasks.create_task(tunnels.run())
            await asyncio.sleep(0)
            yield tunnels
            running.cancel()
