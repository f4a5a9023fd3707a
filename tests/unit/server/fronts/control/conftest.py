"""A server and a computer that is enrolled with it over the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from cryptography import x509

from presswork.protocols.control.agent import Enrolled, EnrolRequest, Hello, SyncReply, SyncRequest
from presswork.testing.clock import StandingClock
from presswork.testing.computer import ComputerKey
from presswork.testing.server import ServerInTest, running_server

HELLO = Hello(version="0.1.0", computer_name="ada-laptop", platform="Debian 12")


@dataclass
class Computer:
    """What an agent does, by hand."""

    server: ServerInTest
    client: httpx2.AsyncClient
    clock: StandingClock
    key: ComputerKey = field(default_factory=ComputerKey)
    enrolled: Enrolled | None = None

    async def enrol(self) -> Enrolled:
        asked = EnrolRequest(
            code=await self.server.enrolment_code(), certificate_request=self.key.request(), hello=HELLO
        )
        answer = await self.client.post("/api/agent/enrol", content=asked.model_dump_json())
        assert answer.status_code == 200, answer.text
        self.take(Enrolled.model_validate_json(answer.content))
        assert self.enrolled is not None
        return self.enrolled

    def take(self, enrolled: Enrolled) -> None:
        self.enrolled = enrolled
        self.key.certificate = x509.load_pem_x509_certificate(enrolled.certificate.encode())

    @property
    def computer_id(self) -> UUID:
        assert self.enrolled is not None
        return self.enrolled.computer_id

    def headers(self, method: str, path: str) -> dict[str, str]:
        return self.key.headers(method, self.server.url + path, self.clock.now())

    async def post(self, path: str, content: bytes | str = b"{}") -> httpx2.Response:
        return await self.client.post(path, content=content, headers=self.headers("POST", path))

    async def sync(self, **fields: Any) -> SyncReply:
        told = SyncRequest(**({"hello": HELLO} | fields))
        answer = await self.post("/api/agent/sync", told.model_dump_json())
        assert answer.status_code == 200, answer.text
        return SyncReply.model_validate_json(answer.content)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
async def computer(tmp_path: Path, clock: StandingClock) -> AsyncIterator[Computer]:
    async with (
        running_server(tmp_path, clock=clock) as server,
        httpx2.AsyncClient(base_url=server.url, timeout=20) as client,
    ):
        made = Computer(server, client, clock)
        await made.enrol()
        yield made
