from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
import warnings
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from presswork.core.errors import Distrusted
from presswork.net.http_client import Endpoint, HttpClient
from presswork.net.http_client_exchange import Deadlines, Exchange, HttpUnavailable
from presswork.testing.raw_server import raw_server, read_request, read_request_head, response, server_certificate

PATIENT = Deadlines(connect=20, go_ahead=20, stall=20, reply=20, farewell=20)
HASTY = Deadlines(connect=20, go_ahead=0.1, stall=0.3, reply=0.3, farewell=0.3)
"""For what is to run into a deadline."""


class Body:
    """A body that knows how far it was read and whether it was closed."""

    def __init__(self, *chunks: bytes, repeat: int = 1, error: Exception | None = None) -> None:
        self.chunks = chunks * repeat
        self.error = error
        self.read = 0
        self.closed = False

    async def __call__(self) -> AsyncGenerator[bytes]:
        try:
            for chunk in self.chunks:
                self.read += 1
                yield chunk
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True


async def post(
    client: HttpClient, body: Body | None = None, *, length: int | None = None, expect_continue: bool = False
) -> tuple[int, bytes]:
    body = body or Body(b"hello")
    async with client.post("/path", {}, body(), length=length, expect_continue=expect_continue) as reply:
        return reply.status, b"".join([chunk async for chunk in reply.body])


def client_of(
    port: int,
    *,
    tls: bool = False,
    pin: str | None = None,
    context: ssl.SSLContext | None = None,
    deadlines: Deadlines = PATIENT,
) -> HttpClient:
    return HttpClient(Endpoint("localhost", port, tls), pin=pin, context=context, deadlines=deadlines)


async def answer_each(reader: StreamReader, writer: StreamWriter) -> None:
    """Answers every request with its line, its length or transfer coding, and its body."""
    while True:
        line, fields, body = await read_request(reader)
        how = fields.get("content-length") or fields.get("transfer-encoding") or ""
        writer.write(response(b"|".join([line.encode(), how.encode(), body]), "X-Odd: a"))


async def test_a_body_of_known_length_is_sent():
    async with raw_server(answer_each) as port, client_of(port) as client:
        assert await post(client, Body(b"hel", b"lo"), length=5) == (200, b"POST /path HTTP/1.1|5|hello")


async def test_a_body_of_unknown_length_is_sent_in_chunks():
    large = b"x" * 200_000
    async with raw_server(answer_each) as port, client_of(port) as client:
        assert await post(client, Body(b"hel", b"", large)) == (200, b"POST /path HTTP/1.1|chunked|hel" + large)


async def test_fields_are_given_in_lower_case():
    async with (
        raw_server(answer_each) as port,
        client_of(port) as client,
        client.post("/", {"X-Sent": "1"}, Body(b"")(), length=0) as reply,
    ):
        assert ("x-odd", "a") in reply.fields


async def test_a_connection_is_used_again_while_it_is_fresh():
    connections = 0

    async def count(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answer_each(reader, writer)

    async with raw_server(count) as port, client_of(port) as client:
        for _ in range(3):
            assert (await post(client))[0] == 200
    assert connections == 1


@pytest.mark.parametrize(
    "reply",
    [
        response(b"", "Connection: close"),
        b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
        response(b"fine") + b"HTTP/1.1 200 OK\r\n",
    ],
    ids=["closing", "HTTP/1.0", "more than asked for"],
)
async def test_a_connection_that_is_over_is_not_used_again(reply: bytes):
    connections = 0

    async def once(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await read_request(reader)
        writer.write(reply)

    async with raw_server(once) as port, client_of(port) as client:
        assert (await post(client))[0] == 200
        assert (await post(client))[0] == 200
    assert connections == 2


async def test_a_connection_that_the_peer_closed_meanwhile_is_not_used_again():
    closed = asyncio.Event()

    async def once(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request(reader)
        writer.write(response(b""))
        writer.close()
        await writer.wait_closed()
        closed.set()

    async with raw_server(once) as port, client_of(port) as client:
        assert (await post(client))[0] == 200
        await closed.wait()
        await asyncio.sleep(0.05)  # so that our side has seen it too
        assert (await post(client))[0] == 200


async def test_an_answer_that_is_only_half_read_ends_the_connection():
    async def endless(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    async with raw_server(endless) as port, client_of(port) as client:
        for _ in range(2):
            async with client.post("/", {}, Body(b"")(), length=0) as reply:
                async for _chunk in reply.body:
                    break
                await reply.body.aclose()


async def test_the_rest_of_a_body_waits_for_the_go_ahead():
    async def reluctant(reader: StreamReader, writer: StreamWriter) -> None:
        _, fields = await read_request_head(reader)
        assert fields["expect"] == "100-continue"
        assert await reader.readexactly(5) == b"first"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(1), 0.03)
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        assert await reader.readexactly(6) == b"second"
        writer.write(response(b"taken"))

    async with raw_server(reluctant) as port, client_of(port) as client:
        assert await post(client, Body(b"first", b"second"), length=11, expect_continue=True) == (200, b"taken")


async def test_without_a_go_ahead_the_body_is_sent_after_a_while():
    deadlines = Deadlines(go_ahead=0.1)
    async with raw_server(answer_each) as port, client_of(port, deadlines=deadlines) as client:
        assert (await post(client, Body(b"first", b"second"), length=11, expect_continue=True))[1].endswith(
            b"firstsecond"
        )


async def test_a_refusal_instead_of_the_go_ahead_keeps_the_rest_here():
    async def refuse(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request_head(reader)
        writer.write(response(b"no", status="417 Expectation Failed"))
        await reader.read()

    body = Body(b"first", b"second")
    async with raw_server(refuse) as port, client_of(port) as client:
        assert await post(client, body, length=11, expect_continue=True) == (417, b"no")
    assert body.read == 1
    assert body.closed


@pytest.mark.parametrize("reads_on", [True, False], ids=["reading on", "closing"])
async def test_an_early_answer_ends_the_sending(reads_on: bool):
    async def refuse(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readexactly(100_000)
        writer.write(response(b"too large", status="413 Content Too Large"))
        await writer.drain()
        if reads_on:
            await reader.read()

    body = Body(b"x" * 65_536, repeat=100_000)
    async with raw_server(refuse) as port, client_of(port) as client:
        assert await post(client, body) == (413, b"too large")
    assert body.read < 1000
    assert body.closed


async def test_a_peer_that_takes_nothing_is_given_up():
    async def stall(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(60)

    body = Body(b"x" * 65_536, repeat=1000)
    async with raw_server(stall) as port, client_of(port, deadlines=HASTY) as client:
        with pytest.raises(HttpUnavailable, match="takes no more data"):
            await post(client, body)
    assert body.closed


async def test_a_peer_that_is_slow_but_moves_is_not_given_up():
    async def slow(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request_head(reader)
        left = 131_072
        while left:
            left -= len(await reader.read(8192))
            await asyncio.sleep(0.1)
        writer.write(response(b"at last"))

    async with raw_server(slow, receive_buffer=8192) as port:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        exchange = Exchange(*await asyncio.open_connection(sock=connection), "peer", Deadlines(stall=0.5, farewell=0))
        start = asyncio.get_running_loop().time()
        reply = await exchange.post("/", [("Host", "x"), ("Content-Length", "131072")], Body(b"x" * 131_072)())
        assert [chunk async for chunk in reply.body] == [b"at last"]
        assert asyncio.get_running_loop().time() - start > 1  # two pieces, each longer than a stall
        await exchange.close(1)


async def test_a_peer_that_does_not_answer_is_given_up():
    async def silent(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    async with raw_server(silent) as port, client_of(port, deadlines=HASTY) as client:
        with pytest.raises(HttpUnavailable, match="does not answer"):
            await post(client)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", "broke the connection off"),
        (b"HTTP/1.1 200 O", "broke the connection off"),
        (b"220 ftp ready\r\n\r\n", "not HTTP"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "not HTTP|broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "broke the connection off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, "not HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "interim responses only"),
    ],
    ids=["nothing", "half a head", "FTP", "TLS alert", "half a body", "bad chunk", "endless head", "only interim"],
)
async def test_an_answer_that_is_none_is_a_fault(answer: bytes, sentence: str):
    async def wrong(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer)
        await writer.drain()

    async with raw_server(wrong) as port, client_of(port) as client:
        with pytest.raises(HttpUnavailable, match=sentence):
            await post(client)


async def test_an_answer_that_never_ends_is_given_up():
    async def drip(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async with raw_server(drip) as port, client_of(port, deadlines=HASTY) as client:
        with pytest.raises(HttpUnavailable, match="does not end its answer"):
            await post(client)


async def test_a_connection_broken_in_the_middle_of_a_body_is_a_fault():
    async def hang_up(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readexactly(100_000)

    body = Body(b"x" * 65_536, repeat=10_000)
    async with raw_server(hang_up) as port, client_of(port) as client:
        with pytest.raises(HttpUnavailable, match="broke the connection off"):
            await post(client, body)
    assert body.closed


async def test_what_the_body_raises_comes_out_and_ends_the_request():
    ended = asyncio.Event()

    async def until_the_end(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            assert b"\r\n0\r\n" not in await reader.read()
        finally:
            ended.set()

    async with raw_server(until_the_end) as port, client_of(port) as client:
        with pytest.raises(LookupError, match="the disk is gone"):
            await post(client, Body(b"some", error=LookupError("the disk is gone")))
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_cancelled_request_closes_its_connection():
    begun, ended = asyncio.Event(), asyncio.Event()

    async def until_the_end(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readexactly(1)
        begun.set()
        try:
            await reader.read()
        finally:
            ended.set()

    body = Body(b"x" * 65_536, repeat=100_000)
    async with raw_server(until_the_end) as port, client_of(port) as client:
        request = asyncio.create_task(post(client, body))
        await begun.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        await asyncio.wait_for(ended.wait(), 5)
    assert body.closed


async def test_a_unix_socket_is_spoken_to(tmp_path: Path):
    path = tmp_path / "sock"
    seen: list[str] = []

    async def note(reader: StreamReader, writer: StreamWriter) -> None:
        _, fields, _ = await read_request(reader)
        seen.append(fields["host"])
        writer.write(response(b"hi"))

    async with raw_server(note, unix_socket=path), HttpClient(Endpoint("cups", unix_socket=path)) as client:
        assert await post(client) == (200, b"hi")
    assert seen == ["localhost"]


@pytest.mark.parametrize(
    "endpoint",
    [
        Endpoint("127.0.0.1", 1),
        Endpoint("no-such-host.invalid", 631),
        Endpoint("a" * 80 + ".example", 631),
        Endpoint("x..y", 631, tls=True),
        Endpoint("x", unix_socket=Path("/no/such/socket")),
    ],
    ids=str,
)
async def test_a_peer_that_is_not_there_is_a_fault(endpoint: Endpoint):
    async with HttpClient(endpoint, deadlines=PATIENT) as client:
        with pytest.raises(HttpUnavailable, match="cannot be reached"):
            await post(client)


async def test_a_handshake_that_does_not_end_is_given_up():
    async def silent(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()

    deadlines = Deadlines(connect=0.2)
    async with (
        raw_server(silent) as port,
        HttpClient(Endpoint("localhost", port, tls=True), deadlines=deadlines) as client,
    ):
        with pytest.raises(HttpUnavailable, match="does not answer"):
            await post(client)


def fingerprint(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


async def test_the_first_use_takes_any_certificate_and_says_which(tmp_path: Path):
    context, pem = server_certificate(tmp_path)
    async with raw_server(answer_each, context=context) as port, client_of(port, tls=True) as client:
        assert client.certificate_sha256 is None
        assert (await post(client))[0] == 200
        assert client.certificate_sha256 == fingerprint(pem)


async def test_the_pinned_certificate_is_taken(tmp_path: Path):
    context, pem = server_certificate(tmp_path)
    pin = fingerprint(pem)
    async with raw_server(answer_each, context=context) as port, client_of(port, tls=True, pin=pin) as client:
        assert (await post(client, Body(b"x" * 1_000_000)))[0] == 200


async def test_another_certificate_is_refused_before_anything_is_sent(tmp_path: Path):
    context, pem = server_certificate(tmp_path)
    received: list[bytes] = []

    async def note(reader: StreamReader, writer: StreamWriter) -> None:
        received.append(await reader.read())

    body = Body(b"secret")
    async with raw_server(note, context=context) as port, client_of(port, tls=True, pin="0" * 64) as client:
        with pytest.raises(Distrusted) as caught:
            await post(client, body)
    assert caught.value.details == {"expected": "0" * 64, "seen": fingerprint(pem)}
    assert client.certificate_sha256 == fingerprint(pem)
    assert received in ([], [b""])
    assert body.read == 0


async def test_a_context_of_its_own_verifies_the_certificate(tmp_path: Path):
    context, pem = server_certificate(tmp_path)
    trusting, distrusting = ssl.create_default_context(cadata=pem), ssl.create_default_context()
    async with raw_server(answer_each, context=context) as port:
        async with client_of(port, tls=True, context=trusting) as client:
            assert (await post(client))[0] == 200
        async with client_of(port, tls=True, context=distrusting) as client:
            with pytest.raises(Distrusted, match="not vouched for"):
                await post(client)


@pytest.mark.parametrize(("version", "spoken"), [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)])
async def test_tls_1_2_is_the_least(tmp_path: Path, version: ssl.TLSVersion, spoken: bool):
    context, _ = server_certificate(tmp_path)
    with warnings.catch_warnings(action="ignore"):
        context.minimum_version = context.maximum_version = version
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    async with raw_server(answer_each, context=context) as port, client_of(port, tls=True) as client:
        if spoken:
            assert (await post(client))[0] == 200
            return
        with pytest.raises(HttpUnavailable, match=r"TLS 1\.2 is needed"):
            await post(client)


async def test_plain_text_where_tls_is_expected_is_a_fault():
    async def plain(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(response(b"no TLS here"))
        await reader.read()

    async with raw_server(plain) as port, client_of(port, tls=True) as client:
        with pytest.raises(HttpUnavailable, match="No TLS connection"):
            await post(client)


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [(Endpoint("printer", 631), "printer:631"), (Endpoint("fe80::1", 631), "[fe80::1]:631")],
)
def test_an_endpoint_is_named_as_in_a_uri(endpoint: Endpoint, text: str):
    assert str(endpoint) == endpoint.authority == text
