"""The HTTP server, asked over real sockets, byte by byte where it matters."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import trustme
from structlog.testing import capture_logs

from presswork.core.clock import SystemClock
from presswork.net.http_message import Connection, Handler, HttpLimits, HttpRequest, HttpResponse, RequestBroken
from presswork.net.http_server import HttpServer, serve_http

LIMITS = HttpLimits(stop_seconds=0.5)


def serving(
    handler: Handler, limits: HttpLimits = LIMITS, **options: Any
) -> contextlib.AbstractAsyncContextManager[HttpServer]:
    return serve_http(handler, ("127.0.0.1", 0), clock=SystemClock(), limits=limits, **options)


class Client:
    """A raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> tuple[int, dict[str, str]]:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        return int(lines[0].split()[1]), {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
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
        return await self.reader.read() == b""


@contextlib.asynccontextmanager
async def connected(server: HttpServer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
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
    body = await request.body.read(10_000_000)
    return HttpResponse(200, f"{request.method} {request.target} {request.headers['host']} ".encode() + body)


async def early(_: HttpRequest) -> HttpResponse:
    return HttpResponse(413, b"too large")


GET = b"GET /a?b=c HTTP/1.1\r\nHost: here\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /p HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: x\r\n\r\n"
)


@pytest.mark.parametrize("message", [POST, CHUNKED])
@pytest.mark.parametrize("piece", [1, 7, 1000])
async def test_a_request_in_pieces_of_any_size(message: bytes, piece: int) -> None:
    async with serving(echo) as server, connected(server) as client:
        for start in range(0, len(message), piece):
            client.send(message[start : start + piece])
            await client.writer.drain()
        status, fields, body = await client.answer()
    assert (status, body) == (200, b"POST /p here hello")
    assert fields["date"].endswith("GMT")
    assert "connection" not in fields


async def test_requests_of_a_connection_are_answered_in_order() -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send((GET + POST + CHUNKED) * 100)
        for _ in range(100):
            assert (await client.answer())[2] == b"GET /a?b=c here "
            assert (await client.answer())[2] == b"POST /p here hello"
            assert (await client.answer())[2] == b"POST /p here hello"


async def test_head_has_the_length_and_no_body() -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(GET.replace(b"GET", b"HEAD") + GET)
        status, fields = await client.head()
        assert (status, fields["content-length"]) == (200, "17")
        assert (await client.answer())[2] == b"GET /a?b=c here "


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"http://there:631/ipp/print", b"/ipp/print there:631"),
        (b"ipp://there", b"/ there"),
        (b"http://[::1]:631/x?y", b"/x?y [::1]:631"),
    ],
)
async def test_a_target_in_absolute_form_names_the_host(target: bytes, seen: bytes) -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(GET.replace(b"/a?b=c", target))
        assert (await client.answer())[2] == b"GET " + seen + b" "


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
        (b"GET ftp://x/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET http://u@x/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\nContent-Length: 1\r\n\r\n", 417),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 5000, 431),
        (b"GET / HTTP/2.2\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    ],
)
async def test_what_is_no_request_is_refused_and_the_connection_ends(request_: bytes, status: int) -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(request_)
        got, fields, body = await client.answer()
        assert got == status
        assert fields["connection"] == "close"
        assert b"Traceback" not in body
        assert await client.ended()


async def test_a_good_request_before_a_bad_one_is_answered() -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(GET + b"nonsense\r\n\r\n")
        assert (await client.answer())[0] == 200
        assert (await client.answer())[0] == 400
        assert await client.ended()


async def test_upgrade_is_ignored_and_the_request_answered() -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n"))
        status, fields, _ = await client.answer()
        assert (status, fields["connection"]) == (200, "close")
        assert await client.ended()


async def test_continue_is_said_when_the_handler_reads() -> None:
    reading = asyncio.Event()

    async def patient(request: HttpRequest) -> HttpResponse:
        await reading.wait()
        return await echo(request)

    async with serving(patient) as server, connected(server) as client:
        client.send(b"POST /p HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await client.head()
        reading.set()
        assert (await client.head())[0] == 100
        client.send(b"hello")
        assert (await client.answer())[2] == b"POST /p here hello"
        client.send(GET)
        assert (await client.answer())[0] == 200


async def test_continue_is_said_to_a_client_that_sends_the_beginning_at_once() -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(b"POST /p HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhe")
        assert (await client.head())[0] == 100
        client.send(b"llo")
        assert (await client.answer())[2] == b"POST /p here hello"


async def test_continue_is_not_said_when_the_body_is_not_read() -> None:
    async with serving(early) as server, connected(server) as client:
        client.send(b"POST /p HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        status, fields, _ = await client.answer()
        assert (status, fields["connection"]) == (413, "close")
        assert await client.ended()


async def test_an_early_answer_is_seen_by_a_client_that_still_sends() -> None:
    async with serving(early) as server, connected(server) as client:
        client.send(b"POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: 700000\r\n\r\n" + bytes(300_000))
        status, fields, body = await client.answer()
        assert (status, body, fields["connection"]) == (413, b"too large", "close")
        client.send(bytes(400_000))
        await client.writer.drain()
        assert await client.ended()


async def test_after_an_early_answer_no_more_than_the_limit_is_read() -> None:
    async with serving(early, replace(LIMITS, drain_octets=100_000)) as server, connected(server) as client:
        client.send(b"POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000000\r\n\r\n")
        assert (await client.answer())[0] == 413
        with pytest.raises(ConnectionError):
            await send_for_ever(client)


async def send_for_ever(client: Client) -> None:
    while True:
        client.send(bytes(65536))
        await client.writer.drain()


async def test_a_body_that_is_not_taken_makes_the_client_wait() -> None:
    go = asyncio.Event()
    total = 0

    async def slow(request: HttpRequest) -> HttpResponse:
        nonlocal total
        await go.wait()
        async for chunk in request.body:
            total += len(chunk)
            assert request.body.size < 2_000_000
        return HttpResponse(200)

    size = 64_000_000
    async with serving(slow) as server, connected(server) as client:
        client.send(f"POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: {size}\r\n\r\n".encode())

        async def upload() -> None:
            for _ in range(size // 1_000_000):
                client.send(bytes(1_000_000))
                await client.writer.drain()

        upload_task = asyncio.create_task(upload())
        await asyncio.wait([upload_task], timeout=0.3)
        assert not upload_task.done()
        go.set()
        await upload_task
        assert (await client.answer())[0] == 200
    assert total == size


async def test_an_answer_as_iterator_is_chunked() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"one", b"", b"two" * 50_000):
            yield piece

    async def handler(_: HttpRequest) -> HttpResponse:
        return HttpResponse(200, pieces(), "text/plain")

    async with serving(handler) as server, connected(server) as client:
        client.send(GET + GET)
        assert (await client.answer())[2] == b"one" + b"two" * 50_000
        assert (await client.answer())[2] == b"one" + b"two" * 50_000


async def test_http_1_0_ends_after_the_answer_unless_asked() -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(b"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
        assert (await client.answer())[1]["connection"] == "keep-alive"
        client.send(b"GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        assert (await client.answer())[0] == 200
        assert await client.ended()


async def test_a_handler_that_fails_says_nothing_of_itself() -> None:
    async def broken(_: HttpRequest) -> HttpResponse:
        raise RuntimeError("secret detail")

    with capture_logs() as logs:
        async with serving(broken) as server, connected(server) as client:
            client.send(GET)
            status, _, body = await client.answer()
    assert [entry["event"] for entry in logs] == ["http handler failed"]
    assert status == 500
    assert b"secret" not in body
    assert b"Traceback" not in body


async def test_a_client_that_goes_away_breaks_the_body() -> None:
    broken: asyncio.Future[RequestBroken] = asyncio.get_running_loop().create_future()

    async def handler(request: HttpRequest) -> HttpResponse:
        try:
            return await echo(request)
        except RequestBroken as fault:
            broken.set_result(fault)
            raise

    async with serving(handler) as server:
        async with connected(server) as client:
            client.send(POST[:-2])
            await client.writer.drain()
        async with asyncio.timeout(5):
            await broken


async def test_a_client_that_ends_its_half_still_gets_the_answer() -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(POST)
        client.writer.write_eof()
        assert (await client.answer())[2] == b"POST /p here hello"
        assert await client.ended()


@pytest.mark.parametrize(
    ("begun", "status"), [(b"", 0), (b"GET / HT", 408), (GET[:-2], 408), (POST[:-2], 408), (CHUNKED[:-2], 408)]
)
async def test_waits_end(begun: bytes, status: int) -> None:
    limits = replace(LIMITS, header_seconds=0.2, body_seconds=0.2, idle_seconds=0.2)
    async with serving(echo, limits) as server, connected(server) as client:
        client.send(GET)
        assert (await client.answer())[0] == 200
        client.send(begun)
        if status:
            assert (await client.answer())[0] == status
        assert await client.ended()


async def test_a_header_that_trickles_in_is_cut_off() -> None:
    async with serving(echo, replace(LIMITS, header_seconds=0.3)) as server, connected(server) as client:
        client.send(b"GET / HTTP/1.1\r\n")

        async def trickle() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client.send(b"X: y\r\n")
                    await client.writer.drain()
                    await asyncio.sleep(0.05)

        task = asyncio.create_task(trickle())
        assert (await client.answer())[0] == 408
        assert await client.ended()
        task.cancel()


async def test_endless_framing_without_body_is_cut_off() -> None:
    async with serving(echo) as server, connected(server) as client:
        client.send(CHUNKED[: CHUNKED.index(b"2\r\n")] + b"5;" + b"x" * 700_000)
        assert (await client.answer())[0] == 431
        assert await client.ended()


async def test_a_client_that_does_not_read_is_cut_off() -> None:
    begun = asyncio.Event()

    async def huge(_: HttpRequest) -> HttpResponse:
        begun.set()
        return HttpResponse(200, bytes(50_000_000))

    async with serving(huge, replace(LIMITS, write_seconds=0.2, idle_seconds=0.2)) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(GET)
            async with asyncio.timeout(5):
                await begun.wait()
                await server.empty.wait()


async def test_the_oldest_waiting_connection_makes_room() -> None:
    go, busy = asyncio.Event(), asyncio.Semaphore(0)

    async def handler(request: HttpRequest) -> HttpResponse:
        if request.path == "/wait":
            busy.release()
            await go.wait()
        return HttpResponse(200)

    async with serving(handler, replace(LIMITS, connections=2)) as server, contextlib.AsyncExitStack() as stack:
        first = await stack.enter_async_context(connected(server))
        first.send(GET)
        await first.answer()
        second = await stack.enter_async_context(connected(server))
        second.send(GET)
        await second.answer()
        third = await stack.enter_async_context(connected(server))
        third.send(GET)
        assert (await third.answer())[0] == 200
        assert await first.ended()
        for client in (second, third):
            client.send(GET.replace(b"/a", b"/wait"))
            await client.writer.drain()
        async with asyncio.timeout(5):
            await busy.acquire()
            await busy.acquire()
        fourth = await stack.enter_async_context(connected(server))
        assert (await fourth.answer())[0] == 503
        go.set()
        assert (await second.answer())[0] == 200


async def test_one_thousand_connections_and_one_more_answer() -> None:
    async with serving(echo) as server, contextlib.AsyncExitStack() as stack:
        for _ in range(1000):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sock.sendall(b"GET / HTTP/1.1\r\n")
        async with connected(server) as client:
            client.send(GET)
            assert (await client.answer())[0] == 200


async def test_stopping_lets_the_exchange_under_way_end() -> None:
    begun = asyncio.Event()

    async def slow(request: HttpRequest) -> HttpResponse:
        begun.set()
        return await echo(request)

    async with contextlib.AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(slow, replace(LIMITS, stop_seconds=10)))
        busy = await stack.enter_async_context(connected(server))
        idle = await stack.enter_async_context(connected(server))
        busy.send(POST[:-2])
        await begun.wait()
        stop = asyncio.create_task(server.stop())
        assert await idle.ended()
        busy.send(POST[-2:])
        status, fields, _ = await busy.answer()
        assert (status, fields["connection"]) == (200, "close")
        await stop


async def test_an_error_inside_the_block_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError):
        async with serving(echo):
            raise KeyError


async def test_tls_and_a_bound_socket_and_the_accept_hook() -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    seen: list[Connection] = []

    async def handler(request: HttpRequest) -> HttpResponse:
        assert request.connection is seen[0]
        assert request.connection.tls
        return await echo(request)

    bound = socket.create_server(("127.0.0.1", 0))
    async with (
        serve_http(
            handler, bound, clock=SystemClock(), tls=context, limits=LIMITS, on_connection=seen.append
        ) as server,
        connected(server, trusting) as client,
    ):
        client.send(POST + GET)
        assert (await client.answer())[2] == b"POST /p here hello"
        assert (await client.answer())[2] == b"GET /a?b=c here "
        client.send(b"POST /p HTTP/1.1\r\nHost: here\r\nContent-Length: 3000000\r\n\r\n" + bytes(3_000_000))
        assert len((await client.answer())[2]) == 3_000_000 + len("POST /p here ")
    assert len(seen) == 1


async def test_a_response_field_with_a_line_break_is_not_sent() -> None:
    async def handler(_: HttpRequest) -> HttpResponse:
        return HttpResponse(302, headers=(("Location", "/x\r\nSet-Cookie: a=b"),))

    with capture_logs() as logs:
        async with serving(handler) as server, connected(server) as client:
            client.send(GET)
            assert await client.ended()
    assert [entry["event"] for entry in logs] == ["http connection failed"]
