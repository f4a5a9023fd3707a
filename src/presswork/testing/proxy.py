"""What stands between a computer and its server in companies: a CONNECT proxy, a proxy that knows no WebSockets."""

from __future__ import annotations

import asyncio
import socket
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


@asynccontextmanager
async def websocket_blocker(listener: socket.socket, target: tuple[str, int]) -> AsyncIterator[list[str]]:
    """A reverse proxy before ``target`` that passes HTTP on and refuses every ``Upgrade``; the request lines it saw."""
    lines: list[str] = []
    open_writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines.append(head.split(b"\r\n")[0].decode())
            if b"\r\nupgrade:" in head.lower():
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                writer.close()
                return
            far_reader, far_writer = await asyncio.open_connection(*target)
            open_writers.add(far_writer)
            far_writer.write(head)
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    server = await asyncio.start_server(serve, sock=listener)
    try:
        yield lines
    finally:
        server.close()
        for writer in open_writers:
            writer.close()
        await server.wait_closed()
