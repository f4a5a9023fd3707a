"""Enrolment with a real server: the code goes to its own server only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from presswork.agent.link.enrolment import enrol, renew
from presswork.agent.link.identity import Identity, load_identity
from presswork.agent.link.proof import Prover
from presswork.agent.link.requests import Requests, ServerRefused
from presswork.agent.link.server_time import ServerTime
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Distrusted, Invalid, ServerUnreachable
from presswork.net.tls import trusting_context
from presswork.protocols.control.agent import Hello
from presswork.testing.authority import Authority
from presswork.testing.server import ServerInTest, running_server

HELLO = Hello(version="1", computer_name="desk", platform="Test")


def _time() -> ServerTime:
    return ServerTime(SystemClock())


async def _enrol(directory: Path, server: ServerInTest, code: str | None = None) -> Identity:
    return await enrol(directory, server.url, code or await server.enrolment_code(), HELLO, _time())


@pytest.mark.parametrize("tls", ["own", "proxy"])
async def test_a_code_makes_an_identity(tmp_path: Path, tls: str) -> None:
    async with running_server(tmp_path, tls="own" if tls == "own" else "proxy") as server:
        identity = await _enrol(tmp_path, server)
    loaded = await asyncio.to_thread(load_identity, tmp_path)
    assert loaded is not None
    assert loaded.certificate == identity.certificate
    assert loaded.server_url == server.url
    assert loaded.certificate.not_valid_after_utc - loaded.certificate.not_valid_before_utc > timedelta(days=29)


async def test_a_code_is_good_once(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        code = await server.enrolment_code()
        await _enrol(tmp_path, server, code)
        first = (tmp_path / "agent.crt").read_bytes()
        with pytest.raises(ServerRefused, match="used already"):
            await _enrol(tmp_path, server, code)
    assert (tmp_path / "agent.crt").read_bytes() == first
    assert await asyncio.to_thread(load_identity, tmp_path) is not None


async def test_the_code_is_not_sent_to_another_server(tmp_path: Path) -> None:
    """Somebody with a certificate of his own CA stands where the server should be."""
    async with _impostor(Authority().pem.encode()) as (url, heard), running_server(tmp_path) as server:
        code = await server.enrolment_code()
        with pytest.raises(Distrusted, match="not the one this code is from"):
            await enrol(tmp_path, url, code, HELLO, _time())
    assert [line for line in heard if line.startswith("POST")] == []
    assert code.partition(".")[0] not in "".join(heard)
    assert await asyncio.to_thread(load_identity, tmp_path) is None


async def test_whoever_only_passes_on_the_ca_gets_no_code(tmp_path: Path) -> None:
    """The CA certificate is public: showing it proves nothing. The connection itself must be vouched for by it."""
    async with running_server(tmp_path, tls="own") as server:
        code = await server.enrolment_code()
        pem = server.context.installation.authority.pem
        async with _tls_impostor(pem.encode()) as (url, heard):
            with pytest.raises(Distrusted, match="nothing"):
                await enrol(tmp_path, url, code, HELLO, _time())
    assert code.partition(".")[0] not in "".join(heard)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
async def test_what_is_no_presswork_server_is_said_so(tmp_path: Path, answer: bytes) -> None:
    async with _impostor(answer) as (url, _):
        with pytest.raises(Distrusted, match="not a Presswork server"):
            await enrol(tmp_path, url, f"{'a' * 20}.{'A' * 43}", HELLO, _time())


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachable):
        await enrol(tmp_path, "http://127.0.0.1:9", f"{'a' * 20}.{'A' * 43}", HELLO, _time())


@pytest.mark.parametrize(
    "code", ["", "abc", "a" * 20, "." + "A" * 43, f"{'a' * 20}.{'A' * 42}", f"{'ä' * 20}.{'A' * 43}"]
)
async def test_what_is_no_code_is_sent_nowhere(tmp_path: Path, code: str) -> None:
    async with _impostor(b"") as (url, heard):
        with pytest.raises(Invalid, match="not an enrolment code"):
            await enrol(tmp_path, url, code, HELLO, _time())
    assert heard == []


async def test_a_renewed_certificate_is_for_the_same_computer_and_key(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        identity = await _enrol(tmp_path, server)
        prover = Prover(identity, system_randomness)
        async with Requests(server.url, trusting_context(identity.ca_pem), _time(), prover) as requests:
            renewed = await renew(tmp_path, identity, requests)
    assert renewed.computer_id == identity.computer_id
    assert renewed.certificate.serial_number != identity.certificate.serial_number
    assert renewed.certificate.public_key() == identity.certificate.public_key()
    loaded = await asyncio.to_thread(load_identity, tmp_path)
    assert loaded is not None
    assert loaded.certificate == renewed.certificate


@asynccontextmanager
async def _impostor(answer: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    """Answers every request with ``answer``; the requests it heard."""
    heard: list[str] = []
    server = await asyncio.start_server(lambda r, w: _answer(r, w, answer, heard), "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


@asynccontextmanager
async def _tls_impostor(answer: bytes) -> AsyncIterator[tuple[str, list[str]]]:
    heard: list[str] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = await asyncio.start_server(lambda r, w: _answer(r, w, answer, heard), "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}", heard


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes, heard: list[str]) -> None:
    try:
        heard.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
