"""What every answer carries, and what no request gets away with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Scope

from presswork.core.clock import system_randomness
from presswork.core.errors import Fault
from presswork.server.platform import manners
from presswork.server.platform.manners import BODY_LIMIT, Manners
from presswork.server.platform.problems import problem


async def _answer(request: Request) -> Response:
    body = await request.body()
    logged = structlog.contextvars.get_contextvars()["request_id"]
    return PlainTextResponse(f"{len(body)} {logged}")


async def _framed(_request: Request) -> Response:
    return PlainTextResponse(
        "own", headers={"Content-Security-Policy": "default-src 'self'", "Cache-Control": "max-age=9"}
    )


async def _fault(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, Fault)
    return problem(fault, request)


def _client(*, strict_transport: bool = False) -> httpx2.AsyncClient:
    routes = [Route("/", _answer, methods=["GET", "POST"]), Route("/own", _framed)]
    app = Starlette(routes=routes, exception_handlers={Fault: _fault})
    mannered = Manners(app, randomness=system_randomness, strict_transport=strict_transport)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(mannered), base_url="http://test")


async def _pieces(size: int, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


async def test_answers_carry_what_keeps_browsers_safe() -> None:
    async with _client() as client:
        headers = (await client.get("/")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


async def test_a_page_may_say_more_exactly_what_it_needs() -> None:
    async with _client() as client:
        headers = (await client.get("/own")).headers
    assert headers["content-security-policy"] == "default-src 'self'"
    assert headers["cache-control"] == "max-age=9"


async def test_browsers_are_held_to_https_where_that_is_wanted() -> None:
    async with _client(strict_transport=True) as client:
        assert "max-age" in (await client.get("/")).headers["strict-transport-security"]


async def test_each_request_has_an_id_which_nobody_can_choose() -> None:
    async with _client() as client:
        first = await client.get("/", headers={"X-Request-ID": "mine"})
        second = await client.get("/")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.text == f"0 {first.headers['x-request-id']}"
    assert "mine" not in first.text


async def test_a_body_within_the_limit_arrives() -> None:
    async with _client() as client:
        answer = await client.post("/", content=b"x" * BODY_LIMIT)
    assert answer.text.split()[0] == str(BODY_LIMIT)


@pytest.mark.parametrize(
    "content",
    [lambda: b"x" * (BODY_LIMIT + 1), lambda: _pieces(65536, BODY_LIMIT // 65536 + 1)],
    ids=["announced", "in pieces"],
)
async def test_a_body_over_the_limit_is_refused(content: Callable[[], bytes | AsyncIterator[bytes]]) -> None:
    async with _client() as client:
        answer = await client.post("/", content=content())
    assert answer.status_code == 413
    assert answer.json()["code"] == "too-large"


async def test_a_length_that_is_no_number_is_refused() -> None:
    async with _client() as client:
        answer = await client.post("/", content=b"x", headers={"Content-Length": "-1"})
    assert answer.status_code == 413


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manners, "BODY_DEADLINE", 0.05)
    never = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield b"x"
        await never.wait()

    sent: list[dict[str, object]] = []
    pieces = stalling()

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": await anext(pieces), "more_body": True}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    app = Starlette(routes=[Route("/", _answer, methods=["POST"])], exception_handlers={Fault: _fault})
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b"", "root_path": ""}
    async with asyncio.timeout(5):
        await Manners(app, randomness=system_randomness, strict_transport=False)(scope, receive, send)
    await pieces.aclose()
    assert sent[0]["status"] == 400


async def test_whoever_goes_away_in_the_middle_of_a_request_leaves_no_traceback() -> None:
    """An agent that is killed while it reports: the web server would log what came out of the application."""
    coming: list[Message] = [
        {"type": "http.request", "body": b"half of", "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"",
        "scheme": "http", "server": ("test", 80), "client": ("127.0.0.1", 1), "headers": [(b"content-length", b"100")],
    }  # fmt: skip

    async def receive() -> Message:
        return coming.pop(0) if len(coming) > 1 else coming[0]

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    app = Starlette(routes=[Route("/", _answer, methods=["POST"])], exception_handlers={Fault: _fault})
    await Manners(app, randomness=system_randomness, strict_transport=False)(scope, receive, send)
    assert coming == [{"type": "http.disconnect"}]
    assert not [message for message in sent if message.get("status") == 200]
