"""An HTTP/1.1 server for IPP and small pages: asyncio.BufferedProtocol over httptools (RFC 9112).

One task a connection, none a request. One sweep a tick keeps all deadlines of a server, so that a request costs no
timer. Requests of a connection are answered one after the other; a pipelined one waits (RFC 9112 §9.3.2).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from email.utils import format_datetime
from typing import Any

from presswork.core.clock import Clock
from presswork.net.http_exchange import Exchange
from presswork.net.http_message import Connection, Handler, HttpLimits

_READ_AT_ONCE = 256 * 1024


class HttpServer:
    """A running server. Made by ``serve_http``."""

    def __init__(
        self,
        handler: Handler,
        limits: HttpLimits,
        clock: Clock,
        on_connection: Callable[[Connection], None] | None,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self.handler = handler
        self.limits = limits
        self.on_connection = on_connection
        self.tasks = tasks
        self.connections: dict[Exchange, None] = {}
        """Open connections, oldest first."""
        self.empty = asyncio.Event()
        self.stopping = False
        self.buffer = memoryview(bytearray(_READ_AT_ONCE))
        """What has just been read from some connection."""
        self.date = b""
        """The Date field (RFC 9110 §6.6.1), right to the second."""
        self.sockets: tuple[socket.socket, ...] = ()
        self._clock = clock
        self._mark_date()

    @property
    def port(self) -> int:
        """The port of the (first) socket."""
        return int(self.sockets[0].getsockname()[1])

    def admit(self, exchange: Exchange) -> bool:
        """Count a new connection; False where there is no room even after closing the oldest idle one.

        Where none is idle, one whose body has not gone on for a while is cut off.
        """
        if self.stopping:
            return False
        if len(self.connections) >= self.limits.connections:
            idle = next((one for one in self.connections if one.idle), None)
            stalled = None if idle else next((one for one in self.connections if one.stalled), None)
            if idle is not None:
                del self.connections[idle]
                idle.close()
            elif stalled is not None:
                del self.connections[stalled]
                stalled.abort()
            else:
                return False
        self.connections[exchange] = None
        self.empty.clear()
        return True

    def forget(self, exchange: Exchange) -> None:
        """The connection is gone."""
        self.connections.pop(exchange, None)
        if not self.connections:
            self.empty.set()

    async def sweep(self, tick: float) -> None:
        """End every wait whose deadline has passed, once a tick."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(tick)
            self._mark_date()
            now = loop.time()
            for exchange in [one for one in self.connections if one.deadline <= now]:
                exchange.expire()

    async def stop(self) -> None:
        """Close idle connections, give exchanges under way ``stop_seconds``, cut off the rest."""
        self.stopping = True
        if not self.connections:
            return
        for exchange in list(self.connections):
            exchange.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.limits.stop_seconds):
                await self.empty.wait()
        for exchange in list(self.connections):
            exchange.abort()

    def _mark_date(self) -> None:
        self.date = f"Date: {format_datetime(self._clock.now(), usegmt=True)}\r\n".encode()


@contextlib.asynccontextmanager
async def serve_http(
    handler: Handler,
    listen: socket.socket | tuple[str, int],
    *,
    clock: Clock,
    tls: ssl.SSLContext | None = None,
    limits: HttpLimits | None = None,
    on_connection: Callable[[Connection], None] | None = None,
) -> AsyncIterator[HttpServer]:
    """Serve until the block ends; then let exchanges under way end, for ``HttpLimits.stop_seconds``.

    ``listen`` is a bound socket or an address to bind. ``on_connection`` is called when a connection is accepted,
    after the TLS handshake, before anything is read from it. Raises OSError where the address cannot be bound.
    """
    limits = limits or HttpLimits()
    tick = min(
        1.0, limits.header_seconds / 4, limits.body_seconds / 4, limits.idle_seconds / 4, limits.drain_seconds / 4
    )
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        server = HttpServer(handler, limits, clock, on_connection, tasks)
        listener = await _listen(server, listen, tls)
        server.sockets = tuple(listener.sockets)
        sweep = tasks.create_task(server.sweep(tick))
        try:
            await listener.start_serving()
            yield server
        except Exception as error:
            failure = error
        finally:
            listener.close()
            await server.stop()
            sweep.cancel()
    if failure is not None:
        raise failure


async def _listen(
    server: HttpServer, listen: socket.socket | tuple[str, int], tls: ssl.SSLContext | None
) -> asyncio.Server:
    """Bind, but do not accept yet: cancelled while it begins to accept, ``create_server`` would forget its sockets."""
    loop = asyncio.get_running_loop()
    place: dict[str, Any] = {"sock": listen}
    if not isinstance(listen, socket.socket):
        place = {"host": listen[0], "port": listen[1]}
    return await loop.create_server(
        lambda: Exchange(server),
        **place,
        ssl=tls,
        ssl_handshake_timeout=server.limits.header_seconds if tls else None,
        backlog=1024,
        start_serving=False,
    )
