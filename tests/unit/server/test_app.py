"""The whole server in this process."""

from __future__ import annotations

import asyncio
import itertools
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from presswork.core.errors import Invalid
from presswork.core.settings import Ports, ServerSettings
from presswork.server.app import make_app, public_url, running
from presswork.server.computers import computers_by_id
from presswork.server.identity.models import UserSession
from presswork.testing.clock import StandingClock
from presswork.testing.computer import ComputerKey
from presswork.testing.server import ServerInTest, running_server

ANYBODY = {
    ("GET", "/healthz"),
    ("GET", "/api/ca"),
    ("GET", "/sign-in"),
    ("GET", "/set-up/{token}"),
}
"""What answers 200 to somebody nobody knows (beside the files of pages). Everything else refuses by default."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerInTest]:
    async with running_server(tmp_path) as found:
        yield found


def _routes(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount) and not prefix and route.path == "/api":
            yield from _routes(route.routes, route.path)
        elif isinstance(route, Route):
            yield from ((method, prefix + route.path) for method in route.methods or () if method != "HEAD")
        else:
            assert isinstance(route, Mount | WebSocketRoute), f"a kind of route nobody thought of: {route}"


def _filled(path: str) -> str:
    path = re.sub(r"\{[^}:]*:uuid\}", "01970000-0000-7000-8000-000000000001", path)
    path = re.sub(r"\{[^}:]*:path\}", "x", path)
    return re.sub(r"\{[^}]*\}", "x", path)


async def test_who_is_not_known_gets_nothing(server: ServerInTest) -> None:
    await server.set_up()
    mannered = await asyncio.to_thread(make_app, server.context)
    app = vars(mannered)["_app"]
    assert isinstance(app, FastAPI)
    found = list(_routes(app.router.routes))
    assert len(found) > 20
    async with httpx2.AsyncClient(base_url=server.url) as client:
        for method, path in found:
            answer = await client.request(method, _filled(path), data={"x": "y"} if method == "POST" else None)
            if (method, path) in ANYBODY and path != "/set-up/{token}":
                assert answer.status_code == 200, (method, path)
            elif answer.status_code == 303:
                assert answer.headers["location"].startswith("/sign-in"), (method, path)
            else:
                assert answer.status_code in {400, 401, 403, 404}, (method, path, answer.status_code)


async def test_below_api_every_answer_is_for_programs(server: ServerInTest) -> None:
    async with httpx2.AsyncClient(base_url=server.url) as client:
        for path in ("/api/", "/api/nothing", "/api/agent", "/api/agent/sync/x"):
            answer = await client.get(path, follow_redirects=True)
            assert answer.status_code == 404, path
            assert answer.headers["content-type"] == "application/problem+json", path
        wrong_method = await client.get("/api/agent/sync")
        assert (wrong_method.status_code, wrong_method.json()["code"]) == (400, "unsupported")


async def test_a_failure_says_nothing_of_its_inside(server: ServerInTest) -> None:
    app = await asyncio.to_thread(make_app, server.context)
    async with server.context.database.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE account_bindings")
        await connection.exec_driver_sql("DROP TABLE enrolment_codes")
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    body = {
        "code": f"x.{server.context.installation.authority.fingerprint}",
        "certificate_request": "",
        "hello": {"version": "1", "computer_name": "x", "platform": "x"},
    }
    body["certificate_request"] = ComputerKey().request()
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.post("/api/agent/enrol", json=body)
    assert answer.status_code == 500
    assert answer.json()["code"] == "fault"
    assert "enrolment_codes" not in answer.text


async def test_by_default_it_speaks_tls_with_a_certificate_of_its_own_ca(tmp_path: Path) -> None:
    async with running_server(tmp_path, tls="own") as server:
        trusting = ssl.create_default_context(cadata=server.context.installation.authority.pem)
        async with httpx2.AsyncClient(base_url=server.url, verify=trusting) as client:
            answer = await client.get("/healthz")
        assert answer.status_code == 200
        assert "strict-transport-security" not in answer.headers, "a browser could then not be told to trust it"
        assert server.running.fingerprint is not None


async def test_plain_http_is_for_loopback_only(tmp_path: Path) -> None:
    settings = ServerSettings(directory=tmp_path / "server", address="0.0.0.0", ports=Ports(server=0), tls="proxy")
    with pytest.raises(Invalid, match="loopback"):
        async with running(settings):
            pass


async def test_the_same_server_comes_back(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        signed_in = await server.set_up()
        port = int(server.url.rpartition(":")[2])
        fingerprint = server.context.installation.authority.fingerprint
    async with running_server(tmp_path, port=port) as server:
        assert server.context.installation.authority.fingerprint == fingerprint
        assert server.running.set_up_link is None
        async with server.context.database.reading() as session:
            assert await computers_by_id(session, signed_in.principal.tenant_id, ()) == {}


async def test_house_is_kept_from_the_start(tmp_path: Path) -> None:
    clock = StandingClock()
    async with running_server(tmp_path, clock=clock) as server:
        await server.set_up()
    clock.advance(days=1)
    async with running_server(tmp_path, clock=clock) as server, asyncio.timeout(5):
        for _ in itertools.count():
            if await _sessions(server) == 0:
                break
            await asyncio.sleep(0.01)


async def _sessions(server: ServerInTest) -> int:
    async with server.context.database.reading() as session:
        return len((await session.scalars(select(UserSession))).all())


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://127.0.0.1:8443"),
        ({"tls": "proxy"}, "http://127.0.0.1:8443"),
        ({"address": "::1"}, "https://[::1]:8443"),
        ({"address": "0.0.0.0"}, f"https://{socket.gethostname()}:8443"),
        ({"public_url": "https://print.example.org/"}, "https://print.example.org"),
        ({"public_url": "https://print.example.org:444"}, "https://print.example.org:444"),
    ],
)
def test_the_origin_is_as_set_or_from_address_and_port(settings: dict[str, str], url: str) -> None:
    assert public_url(ServerSettings.model_validate(settings), 8443) == url


@pytest.mark.parametrize("text", ["print.example.org", "ftp://x", "https://x/path", "https://x?y", "https://"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        public_url(ServerSettings(public_url=text), 8443)
