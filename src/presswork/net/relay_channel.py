"""Frames of ``protocols/relay`` over TLS: a deadline on every wait, a bound on every frame, nothing read that nobody asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from presswork.core.errors import Unavailable
from presswork.net.relay_tls import SecureStream
from presswork.protocols.control.base import Word
from presswork.protocols.relay.framing import (
    CHUNK_LIMIT,
    HEAD,
    JSON_LIMIT,
    Chunk,
    FrameKind,
    chunk_head,
    frame,
    parse_frame,
)

_ROOM = 4 * (HEAD + CHUNK_LIMIT)
"""Octets that are kept of what came: four chunks; more only for a message that is longer."""
_LINGER = 2.0


class ChannelBroken(Unavailable):
    """The connection to another computer broke off, or that fell silent."""

    code = "relay-broken"


class Channel:
    """One connection. One task receives; any may send. What breaks it is told as ``ChannelBroken``."""

    def __init__(self, stream: SecureStream, silence: float) -> None:
        """``silence``: seconds without an octet from the other end, while it is listened to, after which it is given up."""
        self._stream = stream
        self._silence = silence
        self._buffer = bytearray(_ROOM)
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        self._sends = 0

    @property
    def sends(self) -> int:
        """Counts what was sent: who sends nothing for a while has to show that it lives."""
        return self._sends

    async def receive(self) -> bytes | Chunk:
        """A message's JSON, or a chunk, whose octets are a view, good until the next call."""
        while True:
            found = self.ready()
            if found is not None:
                return found
            await self.more()

    def ready(self) -> bytes | Chunk | None:
        """The next of what is here already; None for nothing."""
        while True:
            found = parse_frame(self._view[self._start : self._end])
            if found is None:
                return None
            content, length = found
            self._start += length
            if content is not None:
                return content

    async def more(self) -> None:
        """Wait for more to be ``ready``, perhaps."""
        if self._end - self._start == len(self._buffer):  # the beginning of a message that is longer than most
            self._buffer = self._buffer + bytes(HEAD + JSON_LIMIT - len(self._buffer))
            self._view = memoryview(self._buffer)
        if self._start:  # what is left is the beginning of a frame, and the rest of that has to fit
            left = self._end - self._start
            self._view[:left] = self._view[self._start : self._end]
            self._start, self._end = 0, left
        try:
            async with asyncio.timeout(self._silence):
                count = await self._stream.read_into(self._view[self._end :])
        except OSError as error:  # a TimeoutError is one
            raise ChannelBroken("The connection to the other computer broke off.") from error
        if not count:
            raise ChannelBroken("The other computer closed the connection.")
        self._end += count

    async def say(self, message: Word) -> None:
        """A message."""
        await self._send(frame(FrameKind.MESSAGE, message.model_dump_json(exclude_defaults=False).encode()))

    async def show_alive(self) -> None:
        """A sign of life."""
        await self._send(frame(FrameKind.ALIVE))

    async def send_chunks(self, number: int, position: int, sealed: Iterable[memoryview]) -> None:
        """Chunks one after the other, from ``position`` on."""
        parts: list[bytes | memoryview] = []
        for place, one in enumerate(sealed, start=position):
            parts += (chunk_head(number, place, len(one)), one)
        await self._send(*parts)

    async def _send(self, *parts: bytes | memoryview) -> None:
        try:
            await self._stream.write(*parts)
        except OSError as error:
            raise ChannelBroken("The connection to the other computer broke off.") from error
        self._sends += 1

    async def linger(self) -> None:
        """Read what is on its way still, briefly: closing before would reset the connection, and the last message be lost."""
        try:
            async with asyncio.timeout(_LINGER):
                while await self._stream.read_into(self._view):
                    pass
        except OSError:
            return

    def close(self) -> None:
        """At once."""
        self._stream.close()
