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
        with self._open():
            count = await self._loop.sock_recv_into(self._socket, self._buffer)
        return self._buffer[:count]

    async def send(self, data: bytes | memoryview) -> None:
        """See ``Octets``."""
        with self._open():
            await self._loop.sock_sendall(self._socket, data)

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
    """To the peer's addresses, one after the other, each for at most so many seconds."""

    async def dial(peer: PeerSpec) -> Octets:
        problem: OSError = OSError("The other computer has told no address.")
        for address in peer.addresses:
            try:
                return await _connected(str(address), peer.port, seconds)
            except OSError as error:  # a TimeoutError is one
                problem = error
        raise problem

    return dial


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
