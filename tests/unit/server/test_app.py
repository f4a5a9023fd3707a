"""The whole server in this process."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx2
import pytest

from presswork.core.errors import Invalid
from presswork.core.settings import Ports, ServerSettings
from presswork.server.app import running
from presswork.testing.server import running_server


async def test_it_answers_and_says_who_its_ca_is(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, httpx2.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/healthz")).text == "ok\n"
        ca = await client.get("/api/ca")
        assert ca.text == server.context.installation.authority.pem


async def test_by_default_it_speaks_tls_with_a_certificate_of_its_own_ca(tmp_path: Path) -> None:
    async with running_server(tmp_path, tls="own") as server:
        trusting = ssl.create_default_context(cadata=server.context.installation.authority.pem)
        async with httpx2.AsyncClient(base_url=server.url, verify=trusting) as client:
            answer = await client.get("/healthz")
        assert answer.status_code == 200
        assert server.running.fingerprint is not None


async def test_plain_http_is_for_loopback_only(tmp_path: Path) -> None:
    settings = ServerSettings(directory=tmp_path / "server", address="0.0.0.0", ports=Ports(server=0), tls="proxy")
    with pytest.raises(Invalid, match="loopback"):
        async with running(settings):
            pass
