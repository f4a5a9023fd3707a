"""Connections of transfers: what carries the octets below TLS, and TCP as the first of its kinds.

The sockets are read when somebody asks for more and never before, so what is not taken stays with the sender.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from presswork.protocols.control.route import PeerSpec

PIECE = 512 * 1024
"""Octets received at once."""
_LITTLE = 4096
_NEXT_AFTER = 0.25
"""Seconds."""
_KEEP_ALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


class Octets(Protocol):
    """A stream of octets to another computer, on which TLS is spoken: a TCP connection, or a tunnel through the server.

    One task receives, one sends. Keeps back no more than it must: who receives nothing stops the other end.
    """

    async def receive(self) -> bytes | memoryview:
        """What came, at most 1 MiB, good until the next call; empty at the end. Raises ``OSError``."""
        ...

    async def send(self, data: bytes | memoryview) -> None:
        """Until all of it is on its way. Raises ``OSError``; then the stream is of no more use."""
        ...

    def expect_little(self) -> None:
        """Nothing long comes any more, perhaps for hours: room for it is not kept."""
        ...

    def close(self) -> None:
        """At once; whoever waits gets ``OSError``, or the end."""
        ...


Dial = Callable[[PeerSpec], Awaitable[Octets]]
"""A stream to that computer. Raises ``OSError`` where there is none, also after a deadline of its own."""


class TcpOctets:
    """A TCP connection that is made, or another stream socket."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        if connection.family != socket.AF_UNIX:
            _keep_alive(connection)
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._buffer = memoryview(bytearray(PIECE))
        self._busy = 0
        self._closed = False

    async def receive(self) -> memoryview:
        """See ``Octets``."""
        buffer = self._buffer
        with self._open():
            count = await self._loop.sock_recv_into(self._socket, buffer)
        return buffer[:count]

    async def send(self, data: bytes | memoryview) -> None:
        """See ``Octets``."""
        with self._open():
            await self._loop.sock_sendall(self._socket, data)

    def expect_little(self) -> None:
        """See ``Octets``."""
        self._buffer = memoryview(bytearray(_LITTLE))

    def close(self) -> None:
        """See ``Octets``."""
        self._closed = True
        if self._busy:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes whoever waits; the last one closes
        self._close_if_unused()

    @contextmanager
    def _open(self) -> Iterator[None]:
        """A socket is not closed below who waits on it: its number may be another's the next moment."""
        if self._closed:
            raise ConnectionAbortedError("The connection is closed.")
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._closed and not self._busy:
            self._socket.close()


def _keep_alive(connection: socket.socket) -> None:
    """Messages go at once, and a peer whose power went is noticed after a minute."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def dial_by_tcp(seconds: float) -> Dial:
    """To the first of the peer's addresses that answers, each for at most so many seconds.

    The next one is tried when one failed, and beside those that are silent after a quarter of a second (RFC 8305 §5).
    """

    async def dial(peer: PeerSpec) -> Octets:
        race = _Race(seconds)
        try:
            await race.run(peer)
        except BaseException:
            race.close()
            raise
        if not race.found:
            raise race.problems[-1] if race.problems else OSError("The other computer has told no address.")
        first = race.found.pop(0)
        race.close()
        return first

    return dial


class _Race:
    """Attempts beside each other, of which one is wanted."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._over = asyncio.Event()
        self.found: list[TcpOctets] = []
        self.problems: list[OSError] = []

    async def run(self, peer: PeerSpec) -> None:
        async with asyncio.TaskGroup() as tasks:
            running = []
            for address in peer.addresses:
                running.append(tasks.create_task(self._attempt(str(address), peer.port)))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_NEXT_AFTER):
                        await self._next()
                if self.found:
                    break
            while not self.found and len(self.problems) < len(running):
                await self._next()
            for one in running:
                one.cancel()

    async def _next(self) -> None:
        self._over.clear()
        await self._over.wait()

    async def _attempt(self, address: str, port: int) -> None:
        try:
            self.found.append(await _connected(address, port, self._seconds))
        except OSError as error:  # a TimeoutError is one
            self.problems.append(error)
        self._over.set()

    def close(self) -> None:
        for one in self.found:
            one.close()


async def _connected(address: str, port: int, seconds: float) -> TcpOctets:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(connection, (address, port))
        return TcpOctets(connection)
    except BaseException:
        connection.close()
        raise
