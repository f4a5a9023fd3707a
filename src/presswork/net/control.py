"""The client channel (21338): frames of ``protocols/control/framing`` over TLS on loopback, and its client's end."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from presswork.core.errors import Busy, Distrusted, Invalid, Unavailable
from presswork.net.tls import LOCAL_NAME
from presswork.protocols.control.framing import FRAME_LIMIT, Frame, FrameKind, FrameParser


class PeerGone(Unavailable):
    """The other end of a local connection hung up or fell silent."""

    code = "peer-gone"


LOOPBACK = "127.0.0.1"
HANDSHAKE_DEADLINE = 10.0
SILENCE_DEADLINE = 60.0
"""Seconds without an octet, in either direction, after which the peer is given up."""
PIECE = 256 * 1024
"""Octets read or sent at once."""
_CLOSING_DEADLINE = 2.0


class Channel:
    """One connection; frames out, frames in. Every wait ends after ``SILENCE_DEADLINE`` with ``PeerGone``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._parser = FrameParser()
        self._frames: list[Frame] = []

    async def send(self, *frames: Frame) -> None:
        """Returns when the peer takes them fast enough for the next ones."""
        try:
            self._writer.writelines([frame.encode() for frame in frames])
            async with asyncio.timeout(SILENCE_DEADLINE):
                await self._writer.drain()
        except (OSError, TimeoutError) as error:
            raise _gone() from error

    async def receive(self, deadline: float = SILENCE_DEADLINE) -> Frame | None:
        """The next frame; None when the peer closed after a whole one. ``Invalid`` when it closed within one."""
        while not self._frames:
            try:
                async with asyncio.timeout(deadline):
                    data = await self._reader.read(PIECE)
            except (OSError, TimeoutError) as error:
                raise _gone() from error
            if not data:
                if self._parser.pending:
                    raise Invalid("The connection ended in the middle of a message.")
                return None
            self._frames.extend(self._parser.feed(data))
        return self._frames.pop(0)

    async def send_document(self, pieces: AsyncIterator[bytes]) -> None:
        """A document and its end; reads on only as fast as the peer takes it."""
        async for piece in pieces:
            for start in range(0, len(piece), FRAME_LIMIT):
                await self.send(Frame(FrameKind.DOCUMENT, piece[start : start + FRAME_LIMIT]))
        await self.send(Frame(FrameKind.END))

    async def receive_document(self) -> AsyncIterator[bytes]:
        """The document's pieces up to its end frame. ``Invalid`` when it does not come to its end."""
        while True:
            frame = await self.receive()
            if frame is None:
                raise Invalid("The document ended before its end was said; nothing of it is kept.")
            if frame.kind is FrameKind.END:
                return
            if frame.kind is not FrameKind.DOCUMENT:
                raise Invalid("A message came where a piece of the document was expected.")
            if frame.data:
                yield frame.data

    async def close(self) -> None:
        """Say goodbye, briefly."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSING_DEADLINE):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()


@asynccontextmanager
async def connect(port: int, context: ssl.SSLContext) -> AsyncIterator[Channel]:
    """To the agent of this computer. ``Unavailable`` when nobody listens, ``Distrusted`` when it is not the agent."""
    try:
        async with asyncio.timeout(HANDSHAKE_DEADLINE):
            reader, writer = await asyncio.open_connection(
                LOOPBACK, port, ssl=context, server_hostname=LOCAL_NAME, limit=PIECE
            )
    except ssl.SSLCertVerificationError as error:
        raise Distrusted(
            f"What listens on port {port} of this computer is not the Presswork service, so nothing was sent to it. "
            "Tell your administrator."
        ) from error
    except (ssl.SSLError, ConnectionResetError) as error:
        raise Busy(
            "The Presswork service of this computer closed the connection at once: it is starting anew, or you have too "
            "many connections open to it. Try again in a moment."
        ) from error
    except (OSError, TimeoutError) as error:
        raise Unavailable(
            "The Presswork service of this computer does not answer. Is it running? (systemctl status presswork-agent)"
        ) from error
    channel = Channel(reader, writer)
    try:
        yield channel
    finally:
        await channel.close()


def _gone() -> PeerGone:
    return PeerGone("The other end of the local connection does not answer any more.")
