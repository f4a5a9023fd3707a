"""What anybody may ask."""

from __future__ import annotations

from pathlib import Path

import httpx2
from cryptography import x509

from presswork.testing.server import running_server


async def test_the_ca_certificate_is_no_secret(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, httpx2.AsyncClient(base_url=server.url) as client:
        answer = await client.get("/api/ca")
        assert x509.load_pem_x509_certificate(answer.content) == server.context.installation.authority.certificate
        assert (await client.post("/api/ca")).status_code == 400


async def test_it_says_whether_it_is_well(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, httpx2.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/healthz")).text == "ok\n"
