"""Frames of ``protocols/relay`` over TLS: a deadline on every wait, a bound on every frame, nothing read that nobody asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from presswork.core.errors import Unavailable
from presswork.net.relay import PIECE
from presswork.net.relay_tls import SecureStream
from presswork.protocols.control.base import Word
from presswork.protocols.relay.framing import (
    CHUNK_LIMIT,
    HEAD,
    Chunk,
    FrameKind,
    chunk_head,
    frame,
    parse_frame,
)

_ROOM = PIECE + HEAD + CHUNK_LIMIT
"""Octets that are kept of what came: all that is received at once, behind the beginning of a chunk. The longest message fits."""
_LITTLE = HEAD + CHUNK_LIMIT
"""The same where nothing long is expected any more: a chunk that is late still fits."""
_LINGER = 2.0
AT_ONCE = 400
"""Messages and signs of life that are read at once …"""
A_SECOND = 200
"""… and in the long run: many more than anybody means to say. What is said beyond that waits at the other end."""
_WEIGHT = 4096
"""Octets of a message that count as one more."""
_SHARE = 0.02
"""Seconds after which others have their turn, though there is always more to read."""


class ChannelBroken(Unavailable):
    """The connection to another computer broke off, or that fell silent."""

    code = "relay-broken"


class Channel:
    """One connection. One task receives; any may send. What breaks it is told as ``ChannelBroken``."""

    def __init__(self, stream: SecureStream, silence: float, patience: float) -> None:
        """``silence``: seconds without an octet from the other end, while it is listened to, after which it is given up.
        ``patience``: the same until it has taken a message; chunks may take as long as the printer does."""
        self._stream = stream
        self._silence = silence
        self._patience = patience
        self._time = asyncio.get_running_loop().time
        self._allowed = float(AT_ONCE)
        self._counted = self._shared = self._time()
        self._view = memoryview(bytearray(_ROOM))
        self._start = self._end = 0
        self._expects_little = False
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
        """The next of what is here already; None for nothing, or for more than is read at once."""
        while self._allowed > 0:
            found = parse_frame(self._view[self._start : self._end])
            if found is None:
                return None
            content, length = found
            self._start += length
            if isinstance(content, Chunk):
                return content
            self._allowed -= 1 + length / _WEIGHT
            if content is not None:
                return content
        return None

    async def more(self) -> None:
        """Wait for more to be ``ready``, perhaps."""
        if not await self._may_read():
            return
        if self._start:  # what is left is the beginning of a frame, and the rest of that has to fit
            left = self._end - self._start
            self._view[:left] = self._view[self._start : self._end]
            self._start, self._end = 0, left
        if self._expects_little and self._end <= _LITTLE < len(self._view):
            smaller = memoryview(bytearray(_LITTLE))
            smaller[: self._end] = self._view[: self._end]
            self._view = smaller
        try:
            async with asyncio.timeout(self._silence):
                count = await self._stream.read_into(self._view[self._end :])
        except OSError as error:  # a TimeoutError is one
            raise ChannelBroken("The connection to the other computer broke off.") from error
        if not count:
            raise ChannelBroken("The other computer closed the connection.")
        self._end += count

    async def _may_read(self) -> bool:
        """False where there may be more here, which was too much for once. Then, now and then, others are let do something."""
        too_much = self._allowed <= 0
        if too_much:
            await asyncio.sleep((1 - self._allowed) / A_SECOND)
        now = self._time()
        self._allowed = min(AT_ONCE, self._allowed + (now - self._counted) * A_SECOND)
        self._counted = now
        if now - self._shared > _SHARE:
            await asyncio.sleep(0)
            self._shared = self._time()
        return not too_much

    async def say(self, message: Word) -> None:
        """A message. An end that does not take it in time is given up; the time begins when the chunks before it are gone."""
        content = message.model_dump_json(exclude_defaults=False).encode()
        await self._send(frame(FrameKind.MESSAGE, content), seconds=self._patience)

    async def show_alive(self) -> None:
        """A sign of life, where nothing else is on its way."""
        if not self._stream.is_writing:
            await self._send(frame(FrameKind.ALIVE), seconds=self._patience)

    async def send_chunks(self, number: int, position: int, sealed: Iterable[memoryview]) -> None:
        """Chunks one after the other, from ``position`` on."""
        parts: list[bytes | memoryview] = []
        for place, one in enumerate(sealed, start=position):
            parts += (chunk_head(number, place, len(one)), one)
        await self._send(*parts)

    async def _send(self, *parts: bytes | memoryview, seconds: float | None = None) -> None:
        try:
            await self._stream.write(*parts, seconds=seconds)
        except TimeoutError as error:
            self.close()  # a part of it may be there
            raise ChannelBroken("The other computer takes nothing any more.") from error
        except OSError as error:
            raise ChannelBroken("The connection to the other computer broke off.") from error
        self._sends += 1

    def expect_little(self) -> None:
        """The other end has nothing long to say any more: from the next time on that something comes, room for it is not kept."""
        self._expects_little = True
        self._stream.expect_little()

    async def linger(self) -> None:
        """Read what is on its way still, briefly: closing before would reset the connection, and the last message be lost."""
        try:
            async with asyncio.timeout(_LINGER):
                while await self._stream.read_into(self._view):  # noqa: ASYNC110 - it waits there; here others have their turn
                    await asyncio.sleep(0)
        except OSError:
            return

    def close(self) -> None:
        """At once."""
        self._stream.close()
