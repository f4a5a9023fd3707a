"""A whole agent: in this process, or as a program that can be killed.

async with running_agent(tmp_path) as agent:                      # no server
    agent.spool, agent.desired, agent.link, agent.uri("office")
async with running_agent(tmp_path, server=server) as agent:       # enrolled with a ServerInTest
async with agent_process(tmp_path, server=server) as process:     # `presswork agent run`
    await process.kill(); await process.start()
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL, SIGTERM
from types import MappingProxyType

from presswork.agent.app import running
from presswork.agent.directory import prepare_directory
from presswork.agent.link.enrolment import enrol
from presswork.agent.link.server_time import ServerTime
from presswork.agent.parts import RunningAgent
from presswork.core.clock import Clock, SystemClock
from presswork.core.settings import AgentSettings, Ports
from presswork.protocols.control.agent import Hello
from presswork.protocols.control.words import QueueSpec
from presswork.testing.local import Ran, run_presswork
from presswork.testing.server import ServerInTest
from presswork.testing.timing import MS, eventually

HELLO = Hello(version="1", computer_name="desk", platform="Test")
PROGRAM = ("-m", "presswork", "agent", "run")
_NO_CUPSD = Path("/nonexistent/cups.sock")
_PORTS = ("relay", "redirector", "discovery", "client_control", "local_web")
_START_DEADLINE = 40_000 * MS


def settings_for(directory: Path, *, cups_socket: Path | None = None, files_conf: Path | None = None) -> AgentSettings:
    """Of an agent in ``directory/agent`` on ports of its own. Without ``cups_socket`` there is no cupsd."""
    ports = Ports(**{name: free_port() for name in _PORTS})
    settings = AgentSettings(directory=directory / "agent", ports=ports, cups_socket=cups_socket or _NO_CUPSD)
    return settings if files_conf is None else settings.model_copy(update={"cups_files_conf": files_conf})


def environment_of(settings: AgentSettings) -> dict[str, str]:
    """The variables with which a program finds, or is, this agent."""
    return os.environ | {
        "PRESSWORK_AGENT_DIRECTORY": str(settings.directory),
        **{f"PRESSWORK_AGENT_PORTS__{name.upper()}": str(getattr(settings.ports, name)) for name in _PORTS},
        "PRESSWORK_AGENT_CUPS_SOCKET": str(settings.cups_socket),
        "PRESSWORK_AGENT_CUPS_FILES_CONF": str(settings.cups_files_conf),
        "PRESSWORK_AGENT_DOCUMENT_LIMIT": str(settings.document_limit),
    }


def free_port() -> int:
    """A port that nobody has right now: an agent that is started again listens where it did."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def enrol_with(server: ServerInTest, settings: AgentSettings, clock: Clock | None = None) -> None:
    """Make the agent in ``settings.directory`` one of the server's computers."""
    await asyncio.to_thread(prepare_directory, settings.directory)
    time = ServerTime(clock or SystemClock())
    await enrol(settings.directory, server.url, await server.enrolment_code(), HELLO, time)


async def queue_of(agent: RunningAgent, name: str) -> QueueSpec:
    """The queue, as soon as the server's desired state with it is here."""
    await eventually(lambda: agent.desired.queue(name) is not None, deadline=_START_DEADLINE)
    queue = agent.desired.queue(name)
    assert queue is not None
    return queue


def queue_uri(settings: AgentSettings, queue: str) -> str:
    """The printer-uri of a queue."""
    return f"ipp://127.0.0.1:{settings.ports.local_web}/ipp/print/{queue}"


@asynccontextmanager
async def running_agent(
    directory: Path,
    *,
    server: ServerInTest | None = None,
    settings: AgentSettings | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[RunningAgent]:
    """An agent in this process, enrolled with ``server`` unless it is already."""
    settings = settings or settings_for(directory)
    if server is not None and not await asyncio.to_thread((settings.directory / "agent.crt").exists):
        await enrol_with(server, settings, clock)
    async with running(settings, clock=clock) as agent:
        yield agent


@dataclass
class AgentProcess:
    """`presswork agent run` as a program."""

    settings: AgentSettings
    arguments: tuple[str, ...] = ()
    process: Process | None = None
    log: Path = field(default_factory=lambda: Path(os.devnull))
    """Where its log goes."""
    program: tuple[str, ...] = PROGRAM
    """Of Python; ``arguments`` follow it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those of the settings."""

    async def start(self) -> None:
        """Start it; it answers when this returns."""
        log = await asyncio.to_thread(self.log.open, "ab")
        with log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, *self.program, *self.arguments,
                env={**environment_of(self.settings), **self.environment}, stderr=log,
            )  # fmt: skip
        await self.answers()

    async def answers(self) -> None:
        """Until it takes connections on both ports and its certificate is there."""
        certificate = self.settings.directory / "public" / "client-control.crt"
        ports = self.settings.ports
        await eventually(
            lambda: certificate.exists() and _listens(ports.client_control) and _listens(ports.local_web),
            deadline=_START_DEADLINE,
        )

    async def kill(self) -> None:
        """As a crash or a power cut would."""
        await self._end(SIGKILL)

    async def stop(self) -> int:
        """As a service manager does; its exit status."""
        return await self._end(SIGTERM)

    async def presswork(self, *arguments: str) -> Ran:
        """Run `presswork …` as a person of this computer."""
        return await run_presswork(environment_of(self.settings), arguments)

    async def _end(self, number: int) -> int:
        assert self.process is not None, "it was never started"
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()


@asynccontextmanager
async def agent_process(
    directory: Path,
    *,
    server: ServerInTest | None = None,
    settings: AgentSettings | None = None,
    arguments: tuple[str, ...] = (),
    program: tuple[str, ...] = PROGRAM,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[AgentProcess]:
    """An agent as a program, enrolled with ``server`` unless it is already; its log is ``directory/agent.log``."""
    settings = settings or settings_for(directory)
    if server is not None and not await asyncio.to_thread((settings.directory / "agent.crt").exists):
        await enrol_with(server, settings)
    agent = AgentProcess(settings, arguments, log=directory / "agent.log", program=program, environment=environment)
    try:
        await agent.start()
        yield agent
    finally:
        await agent.kill()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
