"""The doctor: what it finds on a computer where all is well, and where it is not."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from presswork.agent.directory import prepare_directory
from presswork.agent.doctor import _company, checks
from presswork.core.checks import Finding, Level, run_checks
from presswork.core.clock import Clock, SystemClock
from presswork.core.errors import Fault, Forbidden
from presswork.core.settings import AgentSettings
from presswork.protocols.control.client import StatusReply
from presswork.testing.agent import running_agent, settings_for
from presswork.testing.intake import PlayedSpooler
from presswork.testing.server import running_server


class Examined(PlayedSpooler):
    """A printing system with complaints."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__()
        self.faults = faults

    async def examine(self) -> tuple[Fault, ...]:
        return self.faults


class AheadClock(SystemClock):
    """Three hours ahead."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=3)


async def _findings(settings: AgentSettings, *faults: Fault, clock: Clock | None = None) -> dict[str, Finding]:
    results = await run_checks(checks(settings, Examined(*faults), clock or SystemClock()))
    return {check.name: finding for check, finding in results}


async def test_all_is_well(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, running_agent(tmp_path, server=server) as agent:
        findings = await _findings(agent.settings)
    assert [finding for finding in findings.values() if finding.level is not Level.GOOD] == []
    assert server.url in findings["server"].sentence
    assert "The server knows no network of this computer" in findings["neighbours"].sentence


@pytest.mark.parametrize(
    ("lans", "neighbours", "said"),
    [(0, 0, "The server knows no network"), (1, 0, "No other computer"), (2, 3, "networks: 3.")],
)
def test_who_else_is_on_the_lan(lans: int, neighbours: int, said: str) -> None:
    status = StatusReply(
        account="ada",
        person=None,
        computer="pc",
        enrolled=True,
        server_reachable=True,
        lans=lans,
        neighbours=neighbours,
    )
    assert said in _company(status)


async def test_a_computer_where_nothing_was_done_yet(tmp_path: Path) -> None:
    findings = await _findings(settings_for(tmp_path))
    assert findings["enrolment"].level is Level.PROBLEM
    assert "presswork agent enrol" in findings["enrolment"].advice
    assert findings["server"].level is findings["clock"].level is Level.WAITING
    for name in ("commands", "jobs"):
        assert findings[name].level is Level.PROBLEM
        assert "systemctl start" in findings[name].advice


async def test_a_server_that_is_away_and_a_removed_computer(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    async with running_server(tmp_path) as server, running_agent(tmp_path, server=server, settings=settings):
        pass
    findings = await _findings(settings)
    assert findings["enrolment"].level is Level.GOOD
    assert findings["server"].level is Level.PROBLEM
    assert "does not answer" in findings["server"].sentence


async def test_a_wrong_clock(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, running_agent(tmp_path, server=server) as agent:
        findings = await _findings(agent.settings, clock=AheadClock())
    assert findings["clock"].level is Level.WARNING
    assert "3 hours ahead of" in findings["clock"].sentence
    assert findings["server"].level is Level.GOOD


async def test_another_program_on_our_ports(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    async with running_agent(tmp_path, settings=settings):
        pass

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nsomething else")
        writer.close()

    squatters = [
        await asyncio.start_server(answer, "127.0.0.1", port)
        for port in (settings.ports.client_control, settings.ports.local_web)
    ]
    findings = await _findings(settings)
    for squatter in squatters:
        squatter.close()
        await squatter.wait_closed()
    assert findings["jobs"].level is findings["commands"].level is Level.PROBLEM
    assert "ss -ltnp" in findings["jobs"].advice


async def test_another_agent_on_our_ports(tmp_path: Path) -> None:
    async with running_agent(tmp_path) as agent:
        ours = agent.settings.model_copy(update={"directory": tmp_path / "ours"})
        await asyncio.to_thread(prepare_directory, ours.directory)
        findings = await _findings(ours)
    assert findings["jobs"].level is Level.PROBLEM
    assert "another directory" in findings["jobs"].sentence


async def test_an_open_directory_and_a_printing_system_that_will_not(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    await asyncio.to_thread(prepare_directory, settings.directory)
    await asyncio.to_thread(settings.directory.chmod, 0o755)
    findings = await _findings(settings, Forbidden("cupsd does not let the agent manage queues. Add it to lpadmin."))
    assert "chmod 711" in findings["directory"].sentence
    assert findings["CUPS"].level is Level.PROBLEM
    assert "lpadmin" in findings["CUPS"].sentence
