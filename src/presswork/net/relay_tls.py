"""TLS on a stream of octets, by ``ssl.MemoryBIO``: read into the caller's buffer, and only when the caller asks.

Why not asyncio's own TLS: ``docs/decisions/0012-tls-of-relays.md``.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from presswork.net.relay import Octets


class SecureStream:
    """One task reads; any may write. Raises ``OSError`` (of which ``ssl.SSLError`` is one) where the other end or TLS fails."""

    def __init__(self, octets: Octets, context: ssl.SSLContext, *, server_side: bool) -> None:
        self._octets = octets
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=server_side)
        # with a buffer to read into, it returns how many octets it wrote there
        self._read: Callable[[int, memoryview], int] = self._tls.read  # type: ignore[assignment]
        self._writing = asyncio.Lock()

    async def handshake(self) -> None:
        """Agree on keys. In TLS 1.3 the server judges the client's certificate after the client is done: at its first read."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._more()
            except ssl.SSLError:
                await self._flush()  # the alert says why
                raise
            else:
                return await self._flush()

    @property
    def peer_certificate(self) -> bytes | None:
        """DER."""
        return self._tls.getpeercert(binary_form=True)

    async def read_into(self, room: memoryview) -> int:
        """As many octets as have come, at least one; 0 at the end."""
        while True:
            count = self._decrypted(room)
            if count is not None:
                return count
            if self._outgoing.pending:  # an answer of TLS itself
                await self._flush()
            await self._more()

    def _decrypted(self, room: memoryview) -> int | None:
        """All that is here and fits; None for nothing yet."""
        count = 0
        read = self._read
        try:
            while count < len(room):
                got = read(len(room) - count, room[count:])
                if not got:
                    return count
                count += got
        except ssl.SSLWantReadError:
            return count or None
        except ssl.SSLZeroReturnError:
            pass
        return count

    async def _more(self) -> None:
        data = await self._octets.receive()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def write(self, *parts: bytes | memoryview, seconds: float | None = None) -> None:
        """All of it, until it is on its way. ``TimeoutError`` where the other end takes longer, once it is these parts' turn;
        then the stream is of no more use."""
        async with self._writing:
            self._tls.write(b"".join(parts))  # in records as long as they may be: each costs its reader as much
            async with asyncio.timeout(seconds):
                await self._octets.send(self._outgoing.read())

    @property
    def is_writing(self) -> bool:
        """Whether something is on its way by now."""
        return self._writing.locked()

    async def _flush(self) -> None:
        async with self._writing:
            if self._outgoing.pending:
                await self._octets.send(self._outgoing.read())

    def expect_little(self) -> None:
        """See ``Octets``."""
        self._octets.expect_little()

    def close(self) -> None:
        """At once."""
        self._octets.close()
