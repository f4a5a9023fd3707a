"""The whole agent: its parts together, in order, and without those it can do without."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from presswork.agent.spool.job import Outcome, Phase
from presswork.testing.agent import (
    AgentProcess,
    agent_process,
    environment_of,
    queue_of,
    running_agent,
    settings_for,
)
from presswork.testing.intake import ME
from presswork.testing.local import run_presswork
from presswork.testing.pdf import make_pdf
from presswork.testing.server import ServerInTest, running_server
from presswork.testing.timing import MS, eventually


@dataclass
class Sink:
    """A RAW printer: takes everything, says nothing."""

    port: int = 0
    documents: list[bytes] = field(default_factory=list)

    @property
    def uri(self) -> str:
        return f"socket://127.0.0.1:{self.port}"


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    made = Sink()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.documents.append(await reader.read())
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(make_pdf())
    return path


async def test_from_the_command_line_to_the_printer_and_the_server_knows(tmp_path: Path, letter: Path) -> None:
    async with running_server(tmp_path) as server, sink() as printer:
        await server.add_printer("Lobby", printer.uri)
        await server.add_queue("office")
        async with running_agent(tmp_path, server=server) as agent:
            await queue_of(agent, "office")
            environment = environment_of(agent.settings)
            held = await run_presswork(environment, ["print", str(letter)])
            assert held == (0, "letter.pdf: waits until you sign in (presswork sign-in).\n", "")
            await _sign_in(server, environment)
            (job,) = await agent.spool.list()
            released = await run_presswork(environment, ["release", str(job.id), "--printer", "Lobby", "--wait"])
            assert released.status == 0
            assert released.out.startswith("letter.pdf: sent to Lobby")
            assert printer.documents == [make_pdf()]
            await eventually(lambda: agent.link.reachable)


async def _sign_in(server: ServerInTest, environment: dict[str, str]) -> None:
    """As a person does: the code is read from the terminal and confirmed in the browser."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "presswork", "sign-in", stdout=asyncio.subprocess.PIPE, env=environment
    )
    assert program.stdout is not None
    async with asyncio.timeout(30):
        shown = [(await program.stdout.readline()).decode().split() for _ in range(2)]
        assert [line[0] for line in shown] == ["Open", "Code"]
        await server.confirm_sign_in(shown[1][1])
        assert (await program.stdout.read()).decode().endswith("You are signed in as Ada Lovelace.\n")
        assert await program.wait() == 0


async def test_direct_printing_goes_on_while_the_server_is_away(tmp_path: Path, letter: Path) -> None:
    settings = settings_for(tmp_path)
    async with sink() as printer:
        async with running_server(tmp_path) as server:
            printer_id = await server.add_printer("Lobby", printer.uri)
            await server.add_queue("direct", mode="direct", printer_id=printer_id)
            async with running_agent(tmp_path, server=server, settings=settings) as agent:
                await queue_of(agent, "direct")
                started = await agent.link.start_sign_in(ME)
                await server.confirm_sign_in(started.user_code)
                await eventually(lambda: agent.desired.person(ME) is not None)
        async with running_agent(tmp_path, settings=settings) as agent:
            done = await run_presswork(environment_of(settings), ["print", str(letter), "--wait"])
            assert (done.status, done.err) == (0, "")
            assert printer.documents == [make_pdf()]
            (job,) = await agent.spool.list()
            assert (job.phase, job.outcome) == (Phase.ENDED, Outcome.UNKNOWN)
            assert not agent.link.reachable
            assert [report.job_id for report in await agent.spool.reports(10)] == [job.id]


async def test_it_ends_in_order_when_told_and_starts_again(tmp_path: Path) -> None:
    async with agent_process(tmp_path) as agent:
        assert (await agent.presswork("jobs")).status == 0
        assert await agent.stop() == 0
        log = await asyncio.to_thread((tmp_path / "agent.log").read_text)
        assert "The agent runs." in log
        assert "The agent stops." in log
        assert "Traceback" not in log
        await agent.start()
        assert (await agent.presswork("jobs")).status == 0


async def test_what_was_accepted_survives_a_kill(tmp_path: Path, letter: Path) -> None:
    async with running_server(tmp_path) as server, agent_process(tmp_path, server=server) as agent:
        await server.add_queue("office")
        await _has_queue(agent)
        assert (await agent.presswork("print", str(letter))).status == 0
        await agent.kill()
        await agent.start()
        (view,) = json.loads((await agent.presswork("jobs", "--json")).out)
        assert (view["job"]["name"], view["job"]["state"]) == ("letter.pdf", "pending-held")


async def _has_queue(agent: AgentProcess) -> None:
    async with asyncio.timeout(20):
        while True:
            await asyncio.sleep(100 * MS)
            if "no queue yet" not in (await agent.presswork("print", __file__)).err:
                return


async def test_without_cupsd_the_rest_runs_and_it_is_said_once(tmp_path: Path) -> None:
    async with agent_process(tmp_path) as agent:
        assert (await agent.presswork("jobs")).status == 0
        assert await agent.stop() == 0
    log = await asyncio.to_thread((tmp_path / "agent.log").read_text)
    assert log.count("cupsd does not answer") == 1


async def test_the_ports_are_held_while_the_service_starts_anew(tmp_path: Path) -> None:
    async with agent_process(tmp_path, arguments=("--hold-sockets",)) as agent:
        assert agent.process is not None
        child = _child_of(agent.process.pid)
        os.kill(child, signal.SIGKILL)
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", agent.settings.ports.client_control))
        # The client waits in the kernel's queue until the next one answers.
        assert (await agent.presswork("jobs")).status == 0
        assert _child_of(agent.process.pid) != child
        assert await agent.stop() == 0
    log = await asyncio.to_thread((tmp_path / "agent.log").read_text)
    assert "it is started again" in log
    assert log.rstrip().endswith("The agent stops.")


def _child_of(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)
