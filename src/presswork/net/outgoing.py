"""Octets to a device that may stop taking them: how many are gone, and how long to wait for the rest."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

Patience = Callable[[], Awaitable[bool]]
"""Asked whenever nothing got away for a while: whether to wait on."""
_KEEP_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""A peer whose power went is noticed after two minutes, where the operating system knows these."""


async def no_patience() -> bool:
    """Wait no longer."""
    return False


async def connect(host: str, port: int, seconds: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection whose other end may be silent for long. Raises ``OSError``, also after so many seconds."""
    async with asyncio.timeout(seconds):
        try:
            reader, writer = await asyncio.open_connection(host, port)
        except ValueError as error:  # a host name that is none
            raise OSError(f"{host} is no name of a computer") from error
    peer: socket.socket = writer.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):
            peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return reader, writer


class Outgoing:
    """Writes to one connection. Keeps nothing back: what is not with the operating system is not gone."""

    def __init__(self, writer: asyncio.StreamWriter, stall: float, patience: Patience = no_patience) -> None:
        self._writer = writer
        self._stall = stall
        self._patience = patience
        self._given = 0
        self.handed = 0
        """Octets the operating system has taken."""
        writer.transport.set_write_buffer_limits(high=0)

    async def send(self, data: bytes | memoryview) -> None:
        """Until the operating system has all of it. Raises ``OSError``; a ``TimeoutError`` is one.

        That is raised when none of it got away for ``stall`` seconds and ``patience`` had no reason to wait on.
        """
        if self._writer.is_closing():
            raise ConnectionResetError("The connection is closed.")
        self._writer.write(data)
        self._given += len(data)
        self._count()
        if self._waiting:
            await self._drained()
        self.handed = self._given

    async def _drained(self) -> None:
        while True:
            before = self._waiting
            try:
                async with asyncio.timeout(self._stall):
                    return await self._writer.drain()
            except TimeoutError:
                self._count()
                if self._waiting >= before and not await self._patience():
                    raise

    def _count(self) -> None:
        self.handed = self._given - self._waiting

    @property
    def _waiting(self) -> int:
        return self._writer.transport.get_write_buffer_size()
