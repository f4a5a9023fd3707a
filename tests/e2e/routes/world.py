"""The installation that the situations share: a server, agents as programs on their hosts, and printers on theirs."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from e2e.routes.network import Network, network
from presswork.agent.directory import prepare_directory
from presswork.agent.link.enrolment import enrol
from presswork.agent.link.server_time import ServerTime
from presswork.agent.spool.job import Phase
from presswork.core.clock import SystemClock
from presswork.core.settings import AgentSettings, Ports, ServerSettings
from presswork.protocols.control.agent import Hello
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import MimeMediaType, Name
from presswork.server import computers, jobs, networks
from presswork.server.app import running
from presswork.server.computers import AgentPrincipal
from presswork.testing.agent import AgentProcess, environment_of, free_port
from presswork.testing.http_peer import Client
from presswork.testing.namespaces import Host
from presswork.testing.server import ServerInTest
from presswork.testing.spool_files import FoundJob, jobs_in_files
from presswork.testing.timing import MS, eventually

QUEUE = "anywhere"
ACCOUNT = "root"
AGENTS = ("desk", "archive", "porter", "branch", "home")
DEADLINE = 40_000 * MS
_PROGRAM = str(Path(__file__).with_name("quick_agent.py"))
_PRINTERS = str(Path(__file__).with_name("printers.py"))


class Agent(AgentProcess):
    """The agent of a host, with the ports that agents have."""

    def __init__(self, host: Host, directory: Path) -> None:
        settings = AgentSettings(directory=directory / "agent", ports=Ports(), cups_socket=directory / "no-cups")
        super().__init__(settings, log=directory / "agent.log")
        self.host = host
        self.computer_id = UUID(int=0)

    async def start(self) -> None:
        """Start it; it listens when this returns."""
        with await asyncio.to_thread(self.log.open, "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.host.command(sys.executable, _PROGRAM),
                env={**environment_of(self.settings), **self.environment},
                stderr=log,
            )
        await self.answers()

    async def answers(self) -> None:
        """Until it takes connections on both loopback ports."""
        await eventually(lambda: self._listens({21338, 21339}), deadline=DEADLINE)

    async def restart(self, environment: Mapping[str, str] | None = None) -> None:
        """Killed and started again, from now on with these variables."""
        await self.kill()
        self.environment = environment or {}
        await self.start()

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self.process is not None and self.process.returncode is None

    @property
    def said(self) -> str:
        """Its log."""
        return self.log.read_text() if self.log.exists() else ""

    def jobs(self) -> list[FoundJob]:
        """All its jobs, as the files have them."""
        return jobs_in_files(self.settings.directory)

    async def job(self, name: str, holds: Callable[[FoundJob], bool], deadline: float = DEADLINE) -> FoundJob:
        """The job of that name, as soon as it is like that."""
        seen: list[FoundJob] = []
        try:
            async with asyncio.timeout(deadline):
                while True:
                    seen = [job for job in self.jobs() if job.name == name]
                    if seen and holds(seen[-1]):
                        return seen[-1]
                    await asyncio.sleep(10 * MS)
        except TimeoutError:
            raise AssertionError(f"{name!r} never became what was waited for: {seen}\n{self.said[-3000:]}") from None

    async def ended(self, name: str, deadline: float = DEADLINE) -> FoundJob:
        """The job of that name, when it is over."""
        return await self.job(name, lambda job: job.phase is Phase.ENDED, deadline)

    async def take(self, name: str, document: bytes) -> FoundJob:
        """Print-Job, as a program on that computer does it: the job, held."""
        uri = f"ipp://127.0.0.1:{self.settings.ports.local_web}/ipp/print/{QUEUE}"
        about = (
            Attribute.of("job-name", Name(name)),
            Attribute.of("document-format", MimeMediaType("application/pdf")),
        )
        octets = encode(request(Operation.PRINT_JOB, 1, uri, "", about)) + document
        status, body = 0, b""
        async with asyncio.timeout(DEADLINE):
            while status != 200:  # until it knows of its queue
                await asyncio.sleep(20 * MS)
                status, body = await self._post(octets)
        reply, _ = parse(body)
        assert reply.code == Status.SUCCESSFUL_OK, (Status(reply.code), reply)
        return await self.job(name, lambda job: job.phase is Phase.HELD)

    async def _post(self, octets: bytes) -> tuple[int, bytes]:
        """An IPP request; HTTP status and body."""
        connection = self.host.socket()
        connection.connect(("127.0.0.1", self.settings.ports.local_web))
        reader, writer = await asyncio.open_connection(sock=connection)
        head = f"POST /ipp/print/{QUEUE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
        try:
            writer.write(f"{head}Content-Length: {len(octets)}\r\n\r\n".encode() + octets)
            status, _, body = await Client(reader, writer).answer()
        finally:
            writer.transport.abort()
        return status, body

    def _listens(self, ports: set[int]) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self.said[-3000:]
        table = Path(f"/proc/{self.process.pid}/net/tcp").read_text().splitlines()[1:]
        lines = [line.split() for line in table]
        return ports <= {int(line[1].partition(":")[2], 16) for line in lines if line[3] == "0A"}


class Printers:
    """The printers of a host."""

    def __init__(self, host: Host, address: str, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        self.host = host
        self.address = address
        self._wanted = [(name, {"address": address, **listen}) for name, listen in wanted.items()]
        self._process: Process | None = None
        self._one_at_a_time = asyncio.Lock()

    def uri(self, name: str, scheme: str = "ipp") -> str:
        """The address of one of them."""
        listen = dict(self._wanted)[name]
        if scheme == "socket":
            return f"socket://{self.address}:{listen['raw_port']}"
        return f"{scheme}://{self.address}:{listen['port']}/ipp/print"

    async def start(self) -> None:
        """They are ready when this returns."""
        program = self.host.command(sys.executable, _PRINTERS, json.dumps(self._wanted))
        self._process = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE)
        assert await self._line() == b"ready\n"

    async def stop(self) -> None:
        """They end in order."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                async with asyncio.timeout(DEADLINE):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def ask(self, what: str, name: str, **values: Any) -> Any:
        """See ``printers.py``."""
        assert self._process is not None
        assert self._process.stdin is not None
        async with self._one_at_a_time:
            self._process.stdin.write(json.dumps([what, name, values]).encode() + b"\n")
            return json.loads(await self._line())

    async def calm(self) -> None:
        """No faults."""
        for name, _ in self._wanted:
            await self.ask("switch", name, paper_out=False, jam=False, offline=False, hang=False, lies=False, slow=0.0)

    async def _line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(DEADLINE):
            return await self._process.stdout.readline()


@dataclass
class World:
    """Everything."""

    directory: Path
    network: Network
    server: ServerInTest
    agents: dict[str, Agent]
    near: Printers
    far: Printers
    shop: Printers
    _printers: dict[tuple[str, str], UUID] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Agent:
        try:
            return self.agents[name]
        except KeyError:
            raise AttributeError(name) from None

    async def calm(self) -> None:
        """As it was before the first situation, as far as others could notice."""
        await self.network.restore()
        await asyncio.gather(*(printers.calm() for printers in (self.near, self.far, self.shop)))
        await asyncio.gather(
            *(agent.restart() for agent in self.agents.values() if not agent.runs or agent.environment)
        )

    async def printer(self, situation: str, uri: str, **values: Any) -> UUID:
        """The printer at that address, as this situation knows it: nobody remembers anything of it."""
        return await self.server.add_printer(f"{situation} printer", uri, **values)

    async def release(self, name: str, printer: UUID, agent: str = "desk") -> FoundJob:
        """Its owner presses *Print* at the server's page, for the job of that name."""
        job = await self.agents[agent].job(name, lambda job: job.phase is Phase.HELD)
        administrator = self.server.administrator
        assert administrator is not None
        async with asyncio.timeout(DEADLINE):
            while not await self._known(UUID(job.id)):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(10 * MS)
        async with self.server.context.database.writing() as session:
            await jobs.release_job(session, administrator.principal, UUID(job.id), printer)
        return job

    async def _known(self, job_id: UUID) -> bool:
        assert self.server.administrator is not None
        async with self.server.context.database.reading() as session:
            page = await jobs.list_own_jobs(session, self.server.administrator.principal)
        return any(one.id == job_id and one.can_release for one in page.jobs)


@asynccontextmanager
async def world(directory: Path) -> AsyncIterator[World]:
    """Everything runs, every computer is enrolled, and the account that prints is signed in on each."""
    async with network() as here, AsyncExitStack() as stack:
        near = Printers(
            here.hosts["near"],
            here.address("office", "near"),
            {"Near": {"port": 631}, "Shown": {"port": 6310, "tls": True}},
        )
        far = Printers(
            here.hosts["far"], here.address("printers", "far"), {"Far": {"port": 631, "raw_port": 9100, "pjl": True}}
        )
        shop = Printers(here.hosts["shop"], here.address("south", "shop"), {"Shop": {"port": 631}})
        for printers in (near, far, shop):
            stack.push_async_callback(printers.stop)
        port = free_port()
        settings = ServerSettings(
            directory=directory / "server",
            address="0.0.0.0",
            ports=Ports(server=port),
            tls="own",
            public_url=f"https://{here.server}:{port}",
        )
        server = ServerInTest(await stack.enter_async_context(running(settings)))
        agents = {name: Agent(here.hosts[name], directory / name) for name in AGENTS}
        made = World(directory, here, server, agents, near, far, shop)
        await _furnish(made)
        for agent in agents.values():
            await _enrol(made, agent)
            stack.push_async_callback(agent.kill)
        await asyncio.gather(*(one.start() for one in (near, far, shop, *agents.values())))
        yield made


async def _furnish(here: World) -> None:
    administrator = await here.server.set_up()
    await here.server.add_queue(QUEUE)
    async with here.server.context.database.writing() as session:
        for segment in ("office", "printers", "south"):
            made = await networks.add_network(session, administrator.principal, name=segment)
            value = str(here.network.subnet(segment))
            await networks.add_mark(session, administrator.principal, made.id, kind="cidr", value=value)


async def _enrol(here: World, agent: Agent) -> None:
    """The computer, and the one person there is at its account."""
    directory, context = agent.settings.directory, here.server.context
    await asyncio.to_thread(directory.parent.mkdir)
    await asyncio.to_thread(prepare_directory, directory)
    hello = Hello(version="1", computer_name=agent.host.name, platform="Test")
    enrolled = await enrol(
        directory, here.server.url, await here.server.enrolment_code(), hello, ServerTime(SystemClock())
    )
    agent.computer_id = enrolled.computer_id
    who = AgentPrincipal(context.installation.tenant_id, agent.computer_id, agent.host.name, "0" * 40)
    assert here.server.administrator is not None
    async with context.database.writing() as session:
        limits = context.account_sign_in_limits
        started = await computers.start_account_sign_in(session, who, limits, ACCOUNT, public_url=context.public_url)
        await computers.confirm_account_sign_in(session, here.server.administrator.principal, limits, started.user_code)
