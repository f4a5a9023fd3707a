"""The installation that the situations share: a server, agents as programs on their hosts, and printers on theirs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from e2e.routes.agents import QUEUE, Agent
from e2e.routes.network import Network, network
from e2e.routes.printer_host import Printers
from presswork.agent.directory import prepare_directory
from presswork.agent.link.enrolment import enrol
from presswork.agent.link.server_time import ServerTime
from presswork.agent.spool.job import Phase
from presswork.core.clock import SystemClock
from presswork.core.settings import Ports, ServerSettings
from presswork.protocols.control.agent import Hello
from presswork.protocols.control.route import RouteKind
from presswork.server import computers, jobs, networks, printers, routes
from presswork.server.app import running
from presswork.server.computers import AgentPrincipal
from presswork.server.tenants import Principal
from presswork.testing.agent import free_port
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.server import ServerInTest
from presswork.testing.timing import MS, eventually

ACCOUNT = "root"
AGENTS = ("desk", "archive", "porter", "branch", "home")
AMONG_AGENTS: tuple[RouteKind, ...] = ("direct", "relay", "redirector")
"""The policy: without the cloud, or what was silent in one situation would lead the next one around it for minutes."""
DEADLINE = 40_000 * MS
_TOLD_APART = re.compile(" [0-9a-f]{8}$")


@dataclass
class World:
    """Everything."""

    directory: Path
    network: Network
    server: ServerInTest
    cupsd: PrivateCupsd
    """Of the porter, with the queue ``ledger``."""
    agents: dict[str, Agent]
    near: Printers
    far: Printers
    shop: Printers

    def __getattr__(self, name: str) -> Agent:
        try:
            return self.agents[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def ada(self) -> Principal:
        """The one person there is."""
        assert self.server.administrator is not None
        return self.server.administrator.principal

    async def calm(self) -> None:
        """As it was before the first situation, as far as the next one could notice."""
        await self.network.restore()
        away = [agent for agent in self.agents.values() if not agent.runs or agent.environment]
        await asyncio.gather(*(agent.restart() for agent in away))
        await asyncio.gather(*(self._deletes(agent) for agent in self.agents.values()))
        await asyncio.gather(*(one.calm() for one in (self.near, self.far, self.shop)))
        await asyncio.gather(*(self.is_online(agent) for agent in away))

    async def came_out(self) -> list[str]:
        """The names of all jobs that any printer printed, without what RAW adds to them."""
        printers = [(one, name) for one in (self.near, self.far, self.shop) for name in one.names]
        printed = [job for one, name in printers for job, _ in await one.ask("printed", name)]
        return [_TOLD_APART.sub("", name) for name in printed]

    async def _deletes(self, agent: Agent) -> None:
        """What waits there still."""
        waiting = [job for job in agent.jobs() if job.phase in {Phase.HELD, Phase.RELEASED}]
        for job in waiting:
            await self.knows(UUID(job.id))
            async with self.server.context.database.writing() as session:
                await jobs.delete_job(session, self.ada, UUID(job.id))
        for job in waiting:
            await agent.ended(job.name)

    async def is_online(self, agent: Agent) -> None:
        """Until the server has heard of it since it was started, and where it listens."""
        async with asyncio.timeout(DEADLINE):
            while not await self._online(agent):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(10 * MS)

    async def _online(self, agent: Agent) -> bool:
        async with self.server.context.database.reading() as session:
            computer = await computers.get_computer(session, self.ada, agent.computer_id)
        seen = computer.last_seen_at
        return seen is not None and seen >= agent.started_at

    @asynccontextmanager
    async def revoked(self, name: str) -> AsyncIterator[None]:
        """That computer is removed from the organisation, as long as the block lasts; then it is enrolled anew."""
        agent = self.agents[name]
        async with self.server.context.database.writing() as session:
            await computers.revoke_computer(session, self.ada, agent.computer_id)
        try:
            yield
        finally:
            agent.started_at = datetime.now(UTC)
            await enrolled(self, agent)
            await self.is_online(agent)

    async def printer(self, situation: str, uri: str, segment: str = "") -> UUID:
        """The printer at that address, as this situation knows it: nobody remembers anything of it."""
        async with self.server.context.database.writing() as session:
            network = await networks.find_network(session, self.ada, segment) if segment else None
            made = await printers.add_printer(
                session,
                self.ada,
                name=f"{situation} printer",
                device_uri=uri,
                network_id=None if network is None else network.id,
            )
        return made.id

    async def direct_queue(self, situation: str, printer: UUID, agent: Agent) -> None:
        """A queue of the situation's name, which prints at that printer at once; the agent knows it."""
        await self.server.add_queue(situation, "direct", printer)
        await eventually(
            lambda: agent.desired is not None and situation in {one.name for one in agent.desired.queues},
            deadline=DEADLINE,
        )

    async def release(self, name: str, printer: UUID, agent: str = "desk") -> None:
        """Its owner presses *Print* at the server's page, for the job of that name, as soon as it is there."""
        job = await self.agents[agent].job(name, lambda job: job.document_kept)
        await self.knows(UUID(job.id))
        async with self.server.context.database.writing() as session:
            await jobs.release_job(session, self.ada, UUID(job.id), printer)

    async def knows(self, job_id: UUID) -> None:
        """Until the server knows of that job."""
        async with asyncio.timeout(DEADLINE):
            while not await self._known(job_id):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(10 * MS)

    async def _known(self, job_id: UUID) -> bool:
        async with self.server.context.database.reading() as session:
            page = await jobs.list_own_jobs(session, self.ada)
        return any(one.id == job_id and one.document_kept for one in page.jobs)

    @asynccontextmanager
    async def routes(self, *wanted: RouteKind, told: str = "desk") -> AsyncIterator[None]:
        """The organisation's policy, as long as the block lasts; that computer knows it."""
        await self._set_routes(wanted, self.agents[told])
        try:
            yield
        finally:
            await self._set_routes(AMONG_AGENTS, self.agents[told])

    async def _set_routes(self, wanted: tuple[RouteKind, ...], agent: Agent) -> None:
        async with self.server.context.database.writing() as session:
            await routes.set_routes(session, self.ada, wanted)
        await eventually(lambda: agent.desired is not None and agent.desired.routes == wanted, deadline=DEADLINE)

    @asynccontextmanager
    async def duties(self, name: str, *, site_node: bool = False, redirector: bool = False) -> AsyncIterator[None]:
        """What that computer does for others, as long as the block lasts."""
        await self._set_duties(name, site_node, redirector)
        try:
            yield
        finally:
            await self._set_duties(name, site_node=False, redirector=False)

    async def _set_duties(self, name: str, site_node: bool, redirector: bool) -> None:
        agent = self.agents[name]
        async with self.server.context.database.writing() as session:
            await computers.set_duties(session, self.ada, agent.computer_id, site_node=site_node, redirector=redirector)
        await eventually(
            lambda: (
                agent.desired is not None
                and (agent.desired.duties.site_node, agent.desired.duties.redirector) == (site_node, redirector)
            ),
            deadline=DEADLINE,
        )


@asynccontextmanager
async def world(directory: Path) -> AsyncIterator[World]:
    """Everything runs, every computer is enrolled, and the account that prints is signed in on each."""
    async with network() as here, AsyncExitStack() as stack:
        near = Printers(
            here.hosts["near"],
            "office",
            here.address("office", "near"),
            {"Near": {"port": 631}, "Shown": {"port": 6310, "tls": True}},
        )
        far = Printers(
            here.hosts["far"],
            "printers",
            here.address("printers", "far"),
            {"Far": {"port": 631, "raw_port": 9100, "pjl": True}},
        )
        shop = Printers(here.hosts["shop"], "south", here.address("south", "shop"), {"Shop": {"port": 631}})
        for one in (near, far, shop):
            stack.push_async_callback(one.stop)
        port = free_port()
        settings = ServerSettings(
            directory=directory / "server",
            address="0.0.0.0",
            ports=Ports(server=port),
            tls="own",
            public_url=f"https://{here.server}:{port}",
        )
        server = ServerInTest(await stack.enter_async_context(running(settings)))
        cupsd = await stack.enter_async_context(private_cupsd())
        status, said = await cupsd.run("lpadmin", "-p", "ledger", "-E", "-v", "file:///dev/null")
        assert status == 0, said
        agents = {
            name: Agent(here.hosts[name], directory / name, cupsd if name == "porter" else None) for name in AGENTS
        }
        made = World(directory, here, server, cupsd, agents, near, far, shop)
        await _furnish(made)
        for agent in agents.values():
            agent.log.parent.mkdir()
            await enrolled(made, agent)
            stack.push_async_callback(agent.kill)
        starting = [one.start() for one in (near, far, shop)] + [one.start() for one in agents.values()]
        await asyncio.gather(*starting)
        await asyncio.gather(*(made.is_online(agent) for agent in agents.values()))
        yield made


async def _furnish(here: World) -> None:
    administrator = await here.server.set_up()
    await here.server.add_queue(QUEUE)
    async with here.server.context.database.writing() as session:
        await routes.set_routes(session, administrator.principal, AMONG_AGENTS)
        for segment in ("office", "printers", "south"):
            made = await networks.add_network(session, administrator.principal, name=segment)
            value = str(here.network.subnet(segment))
            await networks.add_mark(session, administrator.principal, made.id, kind="cidr", value=value)


async def enrolled(here: World, agent: Agent) -> None:
    """The computer, and the one person there is at its account."""
    directory, context = agent.settings.directory, here.server.context
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
