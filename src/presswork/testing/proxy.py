"""A forward proxy that understands CONNECT (RFC 9110 §9.3.6), as companies have them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class ConnectProxy:
    """Where it listens, where it leads, what it was asked for."""

    target: tuple[str, int]
    """Every tunnel ends here, whatever name was asked for."""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """The ``host:port`` of each CONNECT."""
    tunnels: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        """For ``HTTPS_PROXY``."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split()
        if head[0] != "CONNECT":
            writer.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        self.asked.append(head[1])
        far_reader, far_writer = await asyncio.open_connection(*self.target)
        self.tunnels |= {writer, far_writer}
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def connect_proxy(target: tuple[str, int]) -> AsyncIterator[ConnectProxy]:
    """A proxy on a port of its own; its tunnels end with it."""
    proxy = ConnectProxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for writer in proxy.tunnels:
            writer.close()
        await server.wait_closed()
