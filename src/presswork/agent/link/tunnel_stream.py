"""The stream of a tunnel: ``net.relay.Octets`` in the messages of a WebSocket (``protocols/control/tunnel.py``).

What comes is always read, so that pings are answered while a printer takes its time; the window bounds how much that can be.
"""

from __future__ import annotations

import asyncio
from collections import deque

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from presswork.protocols.control.tunnel import PIECE, WINDOW, TunnelTaken

_TELL = WINDOW // 4
"""So many octets are taken before the other end is told."""


class TunnelStream:
    """One end. ``read`` runs beside it, in the task that holds the connection and hangs up in the end."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._pieces: deque[bytes] = deque()
        self._waiting = 0
        self._taken = self._told = 0
        self._sent = self._taken_there = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._over = False
        self._broken = False

    async def read(self) -> None:
        """Take in what comes, until the tunnel is over."""
        self._reading = reading = asyncio.current_task()
        try:
            async for message in self._connection:
                if not self._took(message):
                    self._broken = True
                    break
        except ConnectionClosed:
            self._broken = True
        except asyncio.CancelledError:
            if not self._over or reading is None:
                raise
            reading.uncancel()  # by ``close``: the connection is then ended in order
        finally:
            self._end()

    def _took(self, message: str | bytes) -> bool:
        """False for what no agent sends."""
        if isinstance(message, bytes):
            if not message or self._waiting + self._taken - self._told + len(message) > WINDOW:
                return False
            self._pieces.append(message)
            self._waiting += len(message)
            self._news.set()
            return True
        try:
            taken = TunnelTaken.model_validate_json(message).octets
        except ValidationError:
            return True  # a message of a newer agent
        if not self._taken_there <= taken <= self._sent:
            return False
        self._taken_there = taken
        self._room.set()
        return True

    async def receive(self) -> bytes:
        """See ``Octets``."""
        while not self._pieces:
            if self._over:
                if self._broken:
                    raise ConnectionResetError("The tunnel through the server broke off.")
                return b""
            self._news.clear()
            await self._news.wait()
        octets = self._pieces.popleft()
        self._waiting -= len(octets)
        self._taken += len(octets)
        if self._taken - self._told >= _TELL and not self._over:
            self._told = self._taken
            await self._say(TunnelTaken(octets=self._taken).model_dump_json())
        return octets

    async def send(self, data: bytes | memoryview) -> None:
        """See ``Octets``."""
        left = memoryview(data)
        while left:
            while (room := self._taken_there + WINDOW - self._sent) <= 0 and not self._over:
                self._room.clear()
                await self._room.wait()
            if self._over:
                raise ConnectionResetError("The tunnel through the server is closed.")
            piece, left = left[: min(PIECE, room)], left[min(PIECE, room) :]
            self._sent += len(piece)
            await self._say(bytes(piece))

    async def _say(self, message: str | bytes) -> None:
        try:
            await self._connection.send(message)
        except ConnectionClosed as closed:
            raise ConnectionResetError("The tunnel through the server broke off.") from closed

    def expect_little(self) -> None:
        """See ``Octets``: nothing is kept here but what came."""

    def close(self) -> None:
        """See ``Octets``. What was sent before still arrives, if the server takes it soon."""
        if self._reading is not None and not self._over:
            self._reading.cancel()
        self._broken = True
        self._pieces.clear()
        self._end()

    def _end(self) -> None:
        self._over = True
        self._news.set()
        self._room.set()
