"""Our HTTP server on a free port, and a client that sends octets as they are."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

from presswork.core.clock import SystemClock
from presswork.net.http_message import Handler, HttpLimits, HttpRequest, HttpResponse
from presswork.net.http_server import HttpServer, serve_http

LIMITS = HttpLimits(stop_seconds=0.5)


def serving(
    handler: Handler, limits: HttpLimits = LIMITS, **options: Any
) -> contextlib.AbstractAsyncContextManager[HttpServer]:
    """The server, with limits for tests."""
    return serve_http(handler, ("127.0.0.1", 0), clock=SystemClock(), limits=limits, **options)


class Client:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        """Octets, as they are."""
        self.writer.write(data)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and header fields of the next answer."""
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        return int(lines[0].split()[1]), {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer, with its body."""
        status, fields = await self.head()
        if fields.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(await self.reader.readline(), 16):
                body += await self.reader.readexactly(size)
                await self.reader.readline()
            await self.reader.readline()
        else:
            body = await self.reader.readexactly(int(fields.get("content-length", "0")))
        return status, fields, body

    async def ended(self) -> bool:
        """Whether the server ends the connection without another octet."""
        return await self.reader.read() == b""


@contextlib.asynccontextmanager
async def connected(server: HttpServer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    """A connection to the server."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, ssl=tls, server_hostname="localhost" if tls else None
    )
    try:
        async with asyncio.timeout(20):
            yield Client(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def echo(request: HttpRequest) -> HttpResponse:
    """A handler that says what it was asked."""
    body = await request.body.read(10_000_000)
    return HttpResponse(200, f"{request.method} {request.target} {request.headers['host']} ".encode() + body)


GET = b"GET /a?b=c HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /p HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: x\r\n\r\n"
)
