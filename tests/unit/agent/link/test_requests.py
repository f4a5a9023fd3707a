"""Signed requests over real TLS connections: refusals, silence, wrong clocks, wrong certificates, proxies."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import trustme

from presswork.agent.link.proof import Prover
from presswork.agent.link.requests import Requests, ServerRefused, server_origin
from presswork.agent.link.server_time import ServerTime
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Distrusted, Fault, Invalid, ServerUnreachable
from presswork.net.tls import trusting_context
from presswork.protocols.control.agent import AccountSignIn, AccountSignInStarted
from presswork.testing.authority import Authority
from presswork.testing.proxy import connect_proxy

ASK = AccountSignIn(account="alice")
STARTED = AccountSignInStarted(
    user_code="WXYZ",
    verification_uri="https://p",
    verification_uri_complete="https://p?WXYZ",
    expires_at=datetime.now(UTC),
)


class Counterpart:
    """An HTTPS server that answers each request with the next of its answers and keeps what it was sent."""

    def __init__(self, *answers: tuple[int, str, bytes]) -> None:
        self.answers = list(answers)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.connections = 0
        self.clock_offset = timedelta()
        self.port = 0
        self._authority = trustme.CA()
        self.ca_pem = self._authority.cert_pem.bytes().decode()

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Counterpart]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert("localhost", "print.example.org").configure_cert(context)
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while self.answers:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in head[1:]}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.heard.append((headers, body))
                status, kind, answer = self.answers.pop(0)
                date = format_datetime(datetime.now(UTC) + self.clock_offset, usegmt=True)
                writer.write(
                    f"HTTP/1.1 {status} X\r\nDate: {date}\r\nContent-Type: {kind}\r\nLocation: /elsewhere\r\n"
                    f"Content-Length: {len(answer)}\r\n\r\n".encode()
                )
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _time() -> ServerTime:
    return ServerTime(SystemClock())


def _good() -> tuple[int, str, bytes]:
    return 200, "application/json", STARTED.model_dump_json().encode()


def _problem(status: int, **members: str) -> tuple[int, str, bytes]:
    return status, "application/problem+json", json.dumps(members).encode()


async def _ask(counterpart: Counterpart, time: ServerTime | None = None) -> AccountSignInStarted:
    prover = Prover(Authority().identity(), system_randomness)
    async with Requests(counterpart.origin, trusting_context(counterpart.ca_pem), time or _time(), prover) as requests:
        return await requests.post("/api/agent/sign-in", ASK, AccountSignInStarted)


async def test_a_signed_request_is_answered() -> None:
    async with Counterpart(_good()).listening() as counterpart:
        assert await _ask(counterpart) == STARTED
    headers, body = counterpart.heard[0]
    assert AccountSignIn.model_validate_json(body) == ASK
    assert headers["authorization"].startswith("DPoP ")
    claims = _claims(headers["dpop"])
    assert claims["htm"] == "POST"
    assert claims["htu"] == f"{counterpart.origin}/api/agent/sign-in"


async def test_a_refusal_says_what_the_server_said() -> None:
    async with Counterpart(
        _problem(403, code="forbidden", reason="revoked", detail="This computer was removed.")
    ).listening() as counterpart:
        with pytest.raises(ServerRefused, match="This computer was removed") as refused:
            await _ask(counterpart)
    assert refused.value.details == {"status": "403", "server_code": "forbidden", "reason": "revoked"}


@pytest.mark.parametrize("status", [403, 503])
async def test_what_a_server_says_is_one_short_line(status: int) -> None:
    said = "No.\x1b[2J\n\u202e" + "x" * 10_000
    async with Counterpart(_problem(status, detail=said)).listening() as counterpart:
        with pytest.raises(Fault) as refused:
            await _ask(counterpart)
    assert "No." in refused.value.sentence
    assert refused.value.sentence.isprintable()
    assert len(refused.value.sentence) < 1000


@pytest.mark.parametrize(
    "answer",
    [
        _problem(503, detail="Later."),
        _problem(429, detail="Too many."),
        (502, "text/html", b"<h1>Bad Gateway</h1>"),
        (404, "text/html", b"<h1>nginx</h1>"),
        (302, "text/html", b""),
        (200, "text/html", b"<h1>Sign in to the Wi-Fi</h1>"),
        (200, "application/json", b"{}"),
    ],
)
async def test_what_is_not_the_servers_own_word_counts_as_no_answer(answer: tuple[int, str, bytes]) -> None:
    """A proxy's page, a captive portal, an overloaded server: try again later, forget nothing."""
    async with Counterpart(answer, _good()).listening() as counterpart:
        with pytest.raises(ServerUnreachable):
            await _ask(counterpart)
    assert len(counterpart.heard) == 1


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    async with Counterpart((200, "application/json", bytes(40 * 1024 * 1024))).listening() as counterpart:
        with pytest.raises(ServerUnreachable, match="larger"):
            await _ask(counterpart)


async def test_nobody_there() -> None:
    counterpart = Counterpart()
    async with counterpart.listening():
        pass
    with pytest.raises(ServerUnreachable):
        await _ask(counterpart)


async def test_a_certificate_of_nobody_we_know_gets_nothing() -> None:
    async with Counterpart(_good()).listening() as counterpart:
        counterpart.ca_pem = trustme.CA().cert_pem.bytes().decode()
        with pytest.raises(Distrusted, match="nothing"):
            await _ask(counterpart)
    assert counterpart.heard == []


@pytest.mark.parametrize("offset", [timedelta(days=1), timedelta(days=-1)])
async def test_a_wrong_clock_is_corrected_and_the_request_repeated_once(offset: timedelta) -> None:
    time = _time()
    counterpart = Counterpart(_problem(401, code="not-signed-in", detail="Too old."), _good())
    counterpart.clock_offset = offset
    async with counterpart.listening():
        assert await _ask(counterpart, time) == STARTED
    dates = [datetime.fromtimestamp(_claims(headers["dpop"])["iat"], UTC) for headers, _ in counterpart.heard]
    assert abs(dates[1] - dates[0] - offset) < timedelta(seconds=10)
    assert abs(time.now() - datetime.now(UTC) - offset) < timedelta(seconds=10)


class ToldMeanwhile(ServerTime):
    """Another request hears what time it is before this one's answer is read."""

    def learn_header(self, date: str | None) -> bool:
        super().learn_header(date)
        return super().learn_header(date)


async def test_a_request_is_repeated_also_where_another_one_learned_the_time_first() -> None:
    counterpart = Counterpart(_problem(401, code="not-signed-in", detail="Too old."), _good())
    counterpart.clock_offset = timedelta(hours=3)
    async with counterpart.listening():
        assert await _ask(counterpart, ToldMeanwhile(SystemClock())) == STARTED


@pytest.mark.parametrize("said", ["2026-11-23T08:00:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
async def test_a_time_nobody_can_calculate_with_teaches_nothing(said: str) -> None:
    time = _time()
    async with Counterpart(_problem(403, detail="No.", server_time=said)).listening() as counterpart:
        with pytest.raises(Fault):
            await _ask(counterpart, time)
    assert abs(time.offset) < timedelta(seconds=10)


async def test_the_time_in_a_refusal_counts_more_than_its_date_header() -> None:
    said = datetime.now(UTC) + timedelta(days=2)
    time = _time()
    problem = _problem(401, detail="Too old.", reason="clock", server_time=said.isoformat())
    async with Counterpart(problem, _good()).listening() as counterpart:
        assert await _ask(counterpart, time) == STARTED
    second = datetime.fromtimestamp(_claims(counterpart.heard[1][0]["dpop"])["iat"], UTC)
    assert abs(second - said) < timedelta(seconds=10)


async def test_a_refused_signature_with_a_right_clock_is_not_repeated() -> None:
    async with Counterpart(_problem(401, detail="Unknown."), _good()).listening() as counterpart:
        with pytest.raises(ServerRefused):
            await _ask(counterpart)
    assert len(counterpart.heard) == 1


async def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Counterpart(_good()).listening() as counterpart, connect_proxy(("127.0.0.1", counterpart.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        context = trusting_context(counterpart.ca_pem)
        async with Requests("https://print.example.org", context, _time()) as requests:
            assert await requests.post("/api/agent/sign-in", ASK, AccountSignInStarted) == STARTED
    assert proxy.asked == ["print.example.org:443"]


async def test_a_server_on_this_computer_needs_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with Counterpart(_good()).listening() as counterpart:
        assert await _ask(counterpart) == STARTED


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://print.example.org", "https://print.example.org"),
        (" https://print.example.org:8443/ ", "https://print.example.org:8443"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("https://Print.example.org", "https://print.example.org"),
        ("https://drucken.müller.example", "https://drucken.xn--mller-kva.example"),
    ],
)
def test_addresses_of_servers(url: str, origin: str) -> None:
    assert server_origin(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "http://print.example.org",
        "http://127.0.0.1.example.org",
        "ftp://localhost",
        "https://",
        "https:///api",
        "print.example.org",
        "",
        "https://user:secret@print.example.org",
        "https://print.example.org/console",
        "https://print.example.org?x",
        "https://[::1",
        "https://print.example.org:99999",
        "https://print\x16.example.org",
        "https://print.exa mple.org",
        "https://\u202eprint.example.org",
        "https://print%2e.example.org",
        "https://[v1.x]",
        "https://[fe80::1%25eth0]",
        "https://" + "a" * 300,
    ],
)
def test_what_is_no_address_of_a_server(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        server_origin(url)
    assert refused.value.sentence.isprintable()


def test_every_refusal_is_a_fault_of_the_tree() -> None:
    assert issubclass(ServerRefused, Fault)


def _claims(proof: str) -> dict[str, Any]:
    part = proof.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims
