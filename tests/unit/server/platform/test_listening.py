"""The port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.frames import Frame, Opcode

from presswork.core.errors import Invalid, Unavailable
from presswork.server.platform import listening
from presswork.server.platform.listening import HttpServer, http_server, listen
from presswork.testing.timing import MS, eventually

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
GOODBYE = Frame(Opcode.CLOSE, b"").serialize(mask=True)


async def _hello(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    address = scope["client"][0]
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(address)).encode())]}
    )
    await send({"type": "http.response.body", "body": address.encode()})


@asynccontextmanager
async def _serving() -> AsyncIterator[int]:
    async with _server(_hello) as (_, port):
        yield port


@asynccontextmanager
async def _server(app: ASGIApp) -> AsyncIterator[tuple[HttpServer, int]]:
    opened = listen("127.0.0.1", 0, encrypted=False)
    server = http_server(app, None)
    await asyncio.to_thread(server.config.load)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve([opened]))
        await server.listening.wait()
        yield server, opened.getsockname()[1]
        server.should_exit = True


async def _hung_up(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(5):
        return await reader.read()


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"], ids=["silence", "half a head"])
async def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    monkeypatch.setattr(listening, "HEAD_DEADLINE", 0.1)
    async with _serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(beginning)
        assert await _hung_up(reader) == b""
        writer.close()


@pytest.mark.parametrize(
    "endless",
    [b"X-A: " + b"a" * 8000 + b"\r\n", b"a" * 8000, b"X: y\r\n" * 1000],
    ids=["large fields", "one field without an end", "many fields"],
)
@pytest.mark.parametrize("beginning", [b"GET / HTTP/1.1\r\n", b"GET /"], ids=["fields", "target"])
async def test_a_head_that_does_not_end_fills_no_memory(beginning: bytes, endless: bytes) -> None:
    async with _serving() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(beginning)
        sent = 0
        with suppress(ConnectionError):
            while sent < 64 * 1024 * 1024:
                writer.write(endless)
                sent += len(endless)
                await writer.drain()
        assert sent < 16 * 1024 * 1024, "what the sockets hold, and no more"
        writer.close()


async def test_a_large_body_is_no_large_head() -> None:
    async with _serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        size = 3 * listening.HEAD_LIMIT
        head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + b"b" * size)
        assert (await _hung_up(reader)).endswith(b"127.0.0.1")
        writer.close()


async def test_the_second_head_of_a_connection_is_not_waited_for_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HEAD_DEADLINE", 0.3)
    async with _serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            assert b"127.0.0.1" in await reader.readuntil(b"127.0.0.1")
        writer.write(b"GET / HTTP/1.1\r\nHo")
        assert await _hung_up(reader) == b""
        writer.close()


async def test_behind_a_proxy_on_this_machine_its_word_on_addresses_counts() -> None:
    async with _serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n")
        assert (await _hung_up(reader)).endswith(b"192.0.2.7")
        writer.close()


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1"])
def test_plain_http_is_for_loopback_only(address: str) -> None:
    with pytest.raises(Invalid, match="loopback"):
        listen(address, 0, encrypted=False)


def test_a_name_is_no_address() -> None:
    with pytest.raises(Invalid, match="not an address"):
        listen("print.example.org", 0, encrypted=True)


def test_a_port_that_is_taken_is_said() -> None:
    first = listen("127.0.0.1", 0, encrypted=False)
    try:
        with pytest.raises(Unavailable, match="in use"):
            listen("127.0.0.1", first.getsockname()[1], encrypted=False)
    finally:
        first.close()


async def test_a_websocket_that_is_refused_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        await WebSocket(scope, receive, send).send_denial_response(JSONResponse({"reason": "clock"}, 401))

    async with _server(refusing) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        answer = await _hung_up(reader)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert answer.endswith(b'{"reason":"clock"}')
    assert caplog.records == []


async def test_the_server_ends_while_somebody_who_says_goodbye_takes_nothing_any_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended = asyncio.Event()

    async def telling(scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        with suppress(WebSocketDisconnect):
            while True:
                await websocket.send_bytes(bytes(1 << 20))
        ended.set()

    async with _server(telling) as (server, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
        writer.write(HANDSHAKE)
        await reader.read(1)
        await eventually(lambda: _stuck(server), 5_000 * MS)
        writer.write(GOODBYE)
        await eventually(lambda: _said_goodbye(server), 5_000 * MS)
        assert not ended.is_set(), "it still has something to say"
        server.should_exit = True
        async with asyncio.timeout(5):
            await ended.wait()
        writer.close()
    assert [record.message for record in caplog.records if record.levelname != "INFO"] == []


@pytest.mark.parametrize("last", [{"type": "websocket.send", "bytes": b"x"}, {"type": "websocket.close"}])
async def test_who_speaks_no_websocket_any_more_is_gone(last: dict[str, object]) -> None:
    told: list[str] = []

    async def telling(scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        await websocket.accept()
        told.append((await websocket.receive())["type"])
        try:
            await websocket.send(last)
        except WebSocketDisconnect:
            told.append("gone")

    async with _server(telling) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(Frame(Opcode.TEXT, b"not masked").serialize(mask=False))
        await _hung_up(reader)
        writer.close()
    assert told == ["websocket.disconnect", "gone"]


def _stuck(server: HttpServer) -> bool:
    return any(connection.transport.get_write_buffer_size() for connection in server.server_state.connections)


def _said_goodbye(server: HttpServer) -> bool:
    return any(connection.transport.is_closing() for connection in server.server_state.connections)
