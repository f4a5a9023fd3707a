"""One connection of the HTTP server, over a real socket, byte by byte where it matters."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from presswork.net.http_message import HttpRequest, HttpResponse, RequestBroken
from presswork.testing.http_peer import CHUNKED, GET, LIMITS, POST, Client, connected, echo, serving


async def early(_: HttpRequest) -> HttpResponse:
    return HttpResponse(413, b"too large")


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


async def test_a_response_field_with_a_line_break_is_not_sent() -> None:
    async def handler(_: HttpRequest) -> HttpResponse:
        return HttpResponse(302, headers=(("Location", "/x\r\nSet-Cookie: a=b"),))

    with capture_logs() as logs:
        async with serving(handler) as server, connected(server) as client:
            client.send(GET)
            assert await client.ended()
    assert [entry["event"] for entry in logs] == ["http connection failed"]
