"""A legacy system prints to a redirector, and the job waits for the right person on their page: with nothing played."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from presswork.protocols.lpd import ControlFile
from presswork.server import computers, jobs, routes
from presswork.server.jobs import JobView
from presswork.server.tenants import Principal
from presswork.testing.agent import free_port, queue_of, running_agent, settings_for
from presswork.testing.server import ServerInTest, running_server
from presswork.testing.timing import MS, eventually

pytestmark = pytest.mark.timeout(180)
TEXT = "Größe\r\n\fpage two\r\n\f".encode("latin-1")
_DEADLINE = 40_000 * MS


async def lpr(port: int, user: str) -> bytes:
    """What a daemon says to a job of that user."""
    control, document = ControlFile("erp", user, "Payroll", "dfA001erp").encode(), TEXT
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = b""
    for part in (
        b"\x02office\n",
        b"\x02%d cfA001erp\n" % len(control),
        control + b"\0",
        b"\x03%d dfA001erp\n" % len(document),
        document + b"\0",
    ):
        writer.write(part)
        answers += await reader.readexactly(1)
    writer.close()
    return answers


async def own_jobs(server: ServerInTest, person: Principal) -> tuple[JobView, ...]:
    async with server.context.database.reading() as session:
        return (await jobs.list_own_jobs(session, person)).jobs


async def counted(server: ServerInTest, person: Principal) -> tuple[JobView, ...]:
    return tuple(job for job in await own_jobs(server, person) if job.pages is not None)


async def until(asked: Callable[[], Awaitable[tuple[JobView, ...]]]) -> tuple[JobView, ...]:
    async with asyncio.timeout(_DEADLINE):
        while not (found := await asked()):  # noqa: ASYNC110 - only the database tells
            await asyncio.sleep(20 * MS)
    return found


async def test_a_job_by_lpr_waits_for_the_person_its_user_is(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    ports = settings.ports.model_copy(update={"inward_lpd": free_port()})
    settings = settings.model_copy(update={"ports": ports})
    async with running_server(tmp_path) as server, running_agent(tmp_path, server=server, settings=settings) as agent:
        await server.add_queue("office")
        grace = await server.add_person("grace@example.org")
        ada = server.administrator
        assert ada is not None
        await queue_of(agent, "office")
        async with server.context.database.writing() as session:
            (computer,) = await computers.list_computers(session, ada.principal)
            await computers.set_duties(session, ada.principal, computer.id, site_node=False, redirector=True)
            await routes.set_naming(session, ada.principal, computer.id, rule="account")
            await routes.set_inward(
                session, ada.principal, computer.id, queue="office", lpd=True, allowed=["127.0.0.0/8", "::1"]
            )
        await eventually(lambda: ("lpd", 0) in agent.inward.open, deadline=_DEADLINE)
        assert await lpr(ports.inward_lpd, "grace") == bytes(5)
        assert await lpr(ports.inward_lpd, "nobody") == b"\0\0\0\0\1"
        (job,) = await until(lambda: counted(server, grace.principal))
        assert (job.name, job.declared, job.can_release) == ("Payroll", True, True)
        assert (job.account, job.pages, job.document_format) == ("grace, by LPR", 2, "application/pdf")
        assert await own_jobs(server, ada.principal) == ()
