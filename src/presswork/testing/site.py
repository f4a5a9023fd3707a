"""A whole site as programs: a server and an agent that can be killed, and a cupsd. What a person does goes by its pages.

async with site(tmp_path) as here:
    await here.add_printer("Kitchen", printer.uri)
    await here.lp("letter.pdf", "-n", "2")
    await here.release(await here.waiting(), "Kitchen")
    await here.ended()
"""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2

from presswork.testing.agent import AgentProcess, enrol_with, environment_of, free_port, settings_for
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.local import presswork_command
from presswork.testing.server import EMAIL, PASSWORD, running_server
from presswork.testing.spool_files import FoundJob, jobs_in_files
from presswork.testing.timing import MS

QUEUE = "office"
ACCOUNT = "root"
"""The account that prints: the one the tests run as, for cupsd needs root."""
_DEADLINE = 90_000 * MS


@dataclass
class ServerProcess:
    """`presswork server run` as a program."""

    directory: Path
    port: int
    log: Path
    process: Process | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://localhost:{self.port}"

    async def start(self) -> None:
        """Start it; it answers when this returns."""
        environment = os.environ | {
            "PRESSWORK_SERVER_DIRECTORY": str(self.directory / "server"),
            "PRESSWORK_SERVER_PORTS__SERVER": str(self.port),
            "PRESSWORK_SERVER_TLS": "proxy",
        }
        with await asyncio.to_thread(self.log.open, "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "presswork", "server", "run", env=environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(_DEADLINE):
            while not await self._answers():  # noqa: ASYNC110 - another process tells it
                await asyncio.sleep(20 * MS)

    async def _answers(self) -> bool:
        """It listens before it has opened its database."""
        try:
            reader, writer = await asyncio.open_connection("localhost", self.port)
        except OSError:
            return False
        try:
            writer.write(b"GET /api/ca HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return (await reader.readline()).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
        finally:
            writer.close()

    async def kill(self) -> None:
        """As a crash would."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@dataclass
class Site:
    """What runs, and what its person can do."""

    directory: Path
    server: ServerProcess
    agent: AgentProcess
    cupsd: PrivateCupsd
    person: httpx2.AsyncClient
    printers: dict[str, UUID] = field(default_factory=dict)

    async def lp(self, document: bytes, *options: str, queue: str = QUEUE, account: str | None = None) -> None:
        """Print from an application."""
        status, said = await self.cupsd.run("lp", "-d", queue, *options, account=account, document=document)
        assert status == 0, said

    async def jobs(self) -> list[dict[str, Any]]:
        """The account's jobs as `presswork jobs --all --json` says them, newest first."""
        ran = await self.agent.presswork("jobs", "--all", "--json")
        assert ran.status == 0, ran.err
        return list(json.loads(ran.out))

    async def job(self, holds: Callable[[dict[str, Any]], bool], deadline: float = _DEADLINE) -> dict[str, Any]:
        """The newest job, as soon as it is like that."""
        seen: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(deadline):
                while True:
                    seen = await self.jobs()
                    if seen and holds(seen[0]):
                        return seen[0]
                    await asyncio.sleep(50 * MS)
        except TimeoutError:
            raise AssertionError(f"No job became what was waited for; last seen: {seen[:1]}") from None

    async def found(self, name: str, holds: Callable[[FoundJob], bool], deadline: float = _DEADLINE) -> FoundJob:
        """The newest job of that name, as soon as it is like that in the agent's files."""
        seen: list[FoundJob] = []
        try:
            async with asyncio.timeout(deadline):
                while True:
                    seen = [job for job in self.jobs_in_files() if job.name == name]
                    if seen and holds(seen[-1]):
                        return seen[-1]
                    await asyncio.sleep(MS)
        except TimeoutError:
            raise AssertionError(f"{name!r} never became what was waited for; last seen: {seen[-1:]}") from None

    def jobs_in_files(self) -> list[FoundJob]:
        """All jobs of the agent, whether it runs or not, oldest first."""
        return jobs_in_files(self.agent.settings.directory)

    async def page(self, path: str) -> str:
        """A page as the person sees it."""
        return (await self.person.get(path)).text

    async def page_with(self, path: str, words: str, deadline: float = _DEADLINE) -> str:
        """A page, as soon as it is there and has these words."""
        page = ""
        try:
            async with asyncio.timeout(deadline):
                while words not in page:
                    page = await self.page(path)
                    await asyncio.sleep(50 * MS)
        except TimeoutError:
            raise AssertionError(f"{path} never said {words!r}: {page}") from None
        return page

    async def release(self, job_id: str, printer: str, *, again: bool = False) -> None:
        """Press *Print*, or *Print again*, on the page of the documents."""
        await self.page_with("/", job_id)
        once_more = {"again": "1"} if again else {}
        await self.submit(f"/jobs/{job_id}/release", printer_id=str(self.printers[printer]), **once_more)

    async def submit(self, path: str, **values: str) -> None:
        """Send a form of the first page."""
        page = await self.page("/")
        token = re.search(r'name="form_token" value="([^"]+)"', page)
        assert token, page
        answer = await _post(self.person, path, values | {"form_token": token[1]})
        assert answer.status_code == 303, answer.text


@asynccontextmanager
async def site(
    directory: Path,
    *,
    printers: dict[str, str],
    queues: Mapping[str, str | None] = MappingProxyType({QUEUE: None}),
    cupsd_directives: Mapping[str, str] | None = None,
    accounts: Sequence[str] = (),
) -> AsyncIterator[Site]:
    """A site with these printers (name: device-uri), and the account signed in as the one person there is.

    ``queues``: names, with the printer that a direct queue prints at, or None for one that holds. ``accounts``: others that
    this person signs in for; they must be able to pass through ``directory``.
    """
    async with private_cupsd(directives=cupsd_directives) as cupsd:
        settings = settings_for(directory, cups_socket=cupsd.socket, files_conf=cupsd.files_conf)
        port = free_port()
        made: dict[str, UUID] = {}
        async with running_server(directory, port=port) as first:
            for name, uri in printers.items():
                made[name] = await first.add_printer(name, uri)
            for name, direct in queues.items():
                await first.add_queue(name, "direct" if direct else "hold", made[direct] if direct else None)
            await enrol_with(first, settings)
        server = ServerProcess(directory, port, directory / "server.log")
        agent = AgentProcess(settings, log=directory / "agent.log")
        try:
            await server.start()
            await agent.start()
            async with httpx2.AsyncClient(base_url=server.url, timeout=20, trust_env=False) as person:
                here = Site(directory, server, agent, cupsd, person, made)
                await _sign_in(here)
                for account in accounts:
                    await _account_sign_in(here, pwd.getpwnam(account).pw_uid)
                for name in queues:
                    await _queue_is_there(cupsd, name)
                yield here
        finally:
            await agent.kill()
            await server.kill()


async def _sign_in(here: Site) -> None:
    page = (await here.person.get("/sign-in")).text
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    values = {"email": EMAIL, "password": PASSWORD} | ({"form_token": token[1]} if token else {})
    answer = await _post(here.person, "/sign-in", values)
    assert answer.status_code == 303, answer.text
    await _account_sign_in(here)


async def _account_sign_in(here: Site, uid: int | None = None) -> None:
    """`presswork sign-in` at the computer, confirmed at the page."""
    waiting = await asyncio.create_subprocess_exec(
        *presswork_command(["sign-in"], uid=uid), env=environment_of(here.agent.settings), stdout=PIPE, stderr=STDOUT
    )
    assert waiting.stdout is not None
    said = b""
    try:
        async with asyncio.timeout(_DEADLINE):
            while not (code := re.search(rb"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b", said)):
                line = await waiting.stdout.readline()
                assert line, said
                said += line
            await here.submit("/account-sign-in", code=code[1].decode())
            said += await waiting.stdout.read()
            assert await waiting.wait() == 0, said
    finally:
        if waiting.returncode is None:
            waiting.kill()
            await waiting.wait()


async def _queue_is_there(cupsd: PrivateCupsd, queue: str) -> None:
    """Until the agent has installed the queue and cupsd takes jobs for it."""
    status, said = 1, ""
    try:
        async with asyncio.timeout(_DEADLINE):
            while status != 0 or "accepting requests" not in said or "not accepting" in said:
                status, said = await cupsd.run("lpstat", "-a", queue)
                await asyncio.sleep(100 * MS)
    except TimeoutError:
        raise AssertionError(f"The queue {queue} was never installed: {said}\n{cupsd.error_log[-3000:]}") from None


async def _post(person: httpx2.AsyncClient, path: str, values: dict[str, str]) -> httpx2.Response:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await person.post(path, content=urlencode(values), headers=headers)
