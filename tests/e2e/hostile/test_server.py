"""The running server under hostile requests, and an agent that asks for what is another tenant's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx2
import pytest
import pytest_asyncio

from e2e.hostile.place import connection, sign_in_page
from e2e.scripted_agent import ScriptedAgent, ScriptedJob, scripted_agent
from presswork.agent.link.requests import ServerRefused
from presswork.protocols.control.words import OrderAnswer
from presswork.server.computers import create_enrolment_code
from presswork.server.identity import User
from presswork.server.platform.context import ServerContext
from presswork.server.tenants import Principal, Role, create_tenant
from presswork.testing.agent import free_port
from presswork.testing.server import running_server
from presswork.testing.site import ServerProcess
from presswork.testing.timing import MS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(int(180_000 * MS))]


@dataclass
class Attacked:
    """A server as a program, a person of it, its own agent, and one of another tenant."""

    server: ServerProcess
    person: httpx2.AsyncClient
    ours: ScriptedAgent
    theirs: ScriptedAgent
    tenant_id: UUID
    other_tenant_id: UUID

    def jobs_in_files(self, job_id: UUID) -> dict[UUID, tuple[str, str]]:
        """Name and state of the jobs with that id, by tenant."""
        path = self.server.directory / "server" / "presswork.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
            found = database.execute("SELECT tenant_id, name, state FROM jobs WHERE id = ?", (job_id.hex,)).fetchall()
        return {UUID(hex=tenant): (name, state) for tenant, name, state in found}

    @property
    def log(self) -> str:
        return self.server.log.read_text()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    directory, port = tmp_path_factory.mktemp("server"), free_port()
    async with running_server(directory, port=port) as first:
        await first.add_printer("Kitchen", "ipp://192.0.2.1/ipp/print")
        await first.add_queue("ours")
        tenant_id = first.context.installation.tenant_id
        other, code = await another_tenant(first.context)
        codes = await first.enrolment_code(), code
    server = ServerProcess(directory, port, directory / "server.log")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.kill)
        await server.start()
        agents = [
            await stack.enter_async_context(scripted_agent(directory / name, f"http://127.0.0.1:{port}", code))
            for name, code in zip(("ours", "theirs"), codes, strict=True)
        ]
        client = httpx2.AsyncClient(base_url=server.url, timeout=20, trust_env=False)
        person = await stack.enter_async_context(client)
        yield Attacked(server, person, agents[0], agents[1], tenant_id, other)


async def another_tenant(context: ServerContext) -> tuple[UUID, str]:
    """It has no more than an administrator; and an enrolment code of it."""
    async with context.database.writing() as session:
        tenant = await create_tenant(session, "Others")
        eve = User(
            tenant_id=tenant.id,
            id=session.new_id(),
            email="eve@example.org",
            display_name="Eve",
            role=Role.ADMINISTRATOR,
            password_hash="!",
            disabled=False,
            created_at=session.now(),
        )
        session.add(eve)
        await session.flush()
        principal = Principal(tenant.id, eve.id, eve.role, uuid4(), eve.display_name, eve.email, "192.0.2.1")
        made = await create_enrolment_code(session, principal, context.installation.authority)
        return tenant.id, made.code


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nobody_is_harmed(here: Attacked) -> AsyncIterator[None]:
    yield
    assert (await here.person.get("/api/ca")).status_code == 200
    assert here.server.process is not None
    assert here.server.process.returncode is None
    assert "Traceback" not in here.log, here.log[-5000:]


async def test_another_tenants_queues_and_printers_are_not_told(here: Attacked) -> None:
    assert here.ours.desired is not None
    assert here.theirs.desired is not None
    assert [queue.name for queue in here.ours.desired.queues] == ["ours"]
    assert (here.theirs.desired.queues, here.theirs.desired.printers) == ((), ())


async def test_a_report_about_another_tenants_job_changes_nothing(here: Attacked) -> None:
    job = here.ours.held_job("ours", "ada")
    await here.ours.sync([job])
    stolen = ScriptedJob(job.report.model_copy(update={"version": 9, "name": "stolen", "state": "completed"}))
    stolen.story = job.story
    await here.theirs.sync([stolen])
    await here.ours.sync()
    names = here.jobs_in_files(job.report.job_id)
    assert names[here.tenant_id] == ("ours", "pending-held")
    assert set(names) <= {here.tenant_id, here.other_tenant_id}


async def test_answers_to_orders_of_nobody_are_dropped(here: Attacked) -> None:
    assert await here.theirs.sync(answers=[OrderAnswer(order_id=uuid4(), done=True)]) == ()


HOSTILE: dict[str, dict[str, Any]] = {
    "control characters in a name": {"name": "two\nlines\x1b[2J"},
    "10,000 characters in a name": {"name": "n" * 10_000},
    "control characters in an account": {"account": "root\0"},
    "10,000 characters in an account": {"account": "a" * 10_000},
    "a size below nothing": {"size": -1},
    "a state nobody knows": {"state": "exploded"},
    "an id that is none": {"job_id": "../../etc/passwd"},
    "a time that is none": {"created_at": "yesterday"},
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_report_that_cannot_be_right(here: Attacked, what: str) -> None:
    report = json.loads(here.ours.held_job("x", "ada").report.model_dump_json()) | HOSTILE[what]
    told = {"hello": {"version": "1", "computer_name": "x", "platform": "y"}, "reports": [report]}
    with pytest.raises(ServerRefused) as refused:
        await here.ours.requests._success("POST", "/api/agent/sync", json.dumps(told).encode())
    assert refused.value.details["status"] == "400"
    assert refused.value.sentence.endswith((".", ")", "?"))


BODIES: dict[str, tuple[bytes, set[int]]] = {
    "no JSON": (b"\xff\0", {400}),
    "deeply nested": (b"[" * 1_000_000, {400}),
    "deeply nested in a field": (b'{"code":' * 100_000, {400}),
    "oversized": (b"x" * 3_000_000, {413}),
    "another shape": (b"7", {400}),
    "nothing": (b"", {400}),
    "10,000 characters": (json.dumps({"code": "c" * 10_000}).encode(), {400}),
}


@pytest.mark.parametrize("what", BODIES)
async def test_bodies_of_the_api_that_cannot_be_right(here: Attacked, what: str) -> None:
    body, statuses = BODIES[what]
    answer = await here.person.post("/api/agent/enrol", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].endswith((".", ")", "?"))


async def test_forms_with_hostile_text(here: Attacked) -> None:
    for text in ("x" * 10_000, "two\nlines", "nul\0", "\x1b[2J", "<script>alert(1)</script>"):
        body = urlencode({"email": text, "password": text, "form_token": text})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await here.person.post("/sign-in", content=body, headers=headers)
        assert 400 <= answer.status_code < 500, (text, answer.status_code)
        assert "<script>alert" not in answer.text
    assert (await sign_in_page(here.person)).status_code == 303


OCTETS = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "two lengths": b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a length below nothing": b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a version nobody speaks": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("what", OCTETS)
async def test_octets_that_are_no_request(here: Attacked, what: str) -> None:
    async with connection(here.server.port) as client:
        client.send(OCTETS[what])
        status, _, _ = await client.answer()
    assert 400 <= status < 500


async def test_a_head_that_never_ends(here: Attacked) -> None:
    async with connection(here.server.port) as client:
        client.send(b"GET / HTTP/1.1\r\n" + b"X: " + b"x" * 1_000_000)
        with suppress(ConnectionError):
            assert b" 200 " not in await client.reader.read()
