"""A TCP server that does exactly what a test tells it, right or wrong."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from presswork.net.certificate import local_certificate

Behaviour = Callable[[StreamReader, StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(
    behaviour: Behaviour,
    *,
    context: ssl.SSLContext | None = None,
    unix_socket: Path | None = None,
    receive_buffer: int = 0,
) -> AsyncIterator[int]:
    """Run ``behaviour`` for each connection; gives the port on 127.0.0.1, or 0 with a Unix socket.

    ``receive_buffer`` octets or so at most wait to be read, 0 for as many as there are.
    A connection is closed when its behaviour returns. That the peer went away is no failure; anything else comes out of
    the context.
    """
    tasks: set[asyncio.Task[None]] = set()
    failures: list[BaseException] = []

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await behaviour(reader, writer)
        except Exception as error:
            failures.append(error)
        finally:
            writer.close()

    def connected(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    if unix_socket is None:
        server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context, limit=receive_buffer or 65_536)
        if receive_buffer:
            server.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    else:
        server = await asyncio.start_unix_server(connected, str(unix_socket))
    try:
        yield server.sockets[0].getsockname()[1] if unix_socket is None else 0
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failures:
        raise failures[0]


def server_certificate(directory: Path) -> tuple[ssl.SSLContext, str]:
    """A context with a new certificate for ``localhost``, and that certificate (PEM)."""
    certificate, key = local_certificate(datetime.now(UTC), timedelta(days=1))
    (directory / "server.pem").write_bytes(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    return context, certificate.decode()


async def read_request(
    reader: StreamReader, *, go_ahead: StreamWriter | None = None
) -> tuple[str, dict[str, str], bytes]:
    """One HTTP request: its line, its fields (names in lower case), its body; for which the client is given the go-ahead."""
    line, fields = await read_request_head(reader)
    if go_ahead is not None and "expect" in fields:
        go_ahead.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if fields.get("transfer-encoding") == "chunked":
        return line, fields, await _read_chunks(reader)
    return line, fields, await reader.readexactly(int(fields.get("content-length", "0")))


async def read_request_head(reader: StreamReader) -> tuple[str, dict[str, str]]:
    """The request line and the fields of one HTTP request."""
    line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    pairs = (field.partition(":") for field in fields)
    return line, {name.lower(): value.strip() for name, _, value in pairs}


async def _read_chunks(reader: StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body


def response(body: bytes = b"", *fields: str, status: str = "200 OK") -> bytes:
    """An HTTP/1.1 response with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode() + body
