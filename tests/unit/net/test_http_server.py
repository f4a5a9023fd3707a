"""The HTTP server as a whole: room for connections, stopping, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from dataclasses import replace

import pytest
import trustme

from presswork.core.clock import SystemClock
from presswork.net.http_message import Connection, HttpRequest, HttpResponse
from presswork.net.http_server import serve_http
from presswork.testing.http_peer import GET, LIMITS, POST, connected, echo, serving
from presswork.testing.timing import eventually


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


@pytest.mark.parametrize(("patience", "status"), [(0.0, 200), (60.0, 503)])
async def test_a_body_that_does_not_go_on_makes_room(patience: float, status: int) -> None:
    limits = replace(LIMITS, connections=2, stalled_seconds=patience)
    async with serving(echo, limits) as server, contextlib.AsyncExitStack() as stack:
        stalled = [await stack.enter_async_context(connected(server)) for _ in range(2)]
        for client in stalled:
            client.send(POST.replace(b"Length: 5", b"Length: 50"))
        await eventually(lambda: not any(exchange.idle for exchange in server.connections))
        third = await stack.enter_async_context(connected(server))
        third.send(GET)
        assert (await third.answer())[0] == status


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
