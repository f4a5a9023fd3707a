"""`presswork agent …` as a program."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from presswork.agent.link.identity import load_identity
from presswork.core.settings import AgentSettings
from presswork.testing.agent import agent_process, environment_of, free_port, queue_of, running_agent, settings_for
from presswork.testing.local import run_presswork
from presswork.testing.server import running_server


async def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with socket.create_server(("127.0.0.1", settings.ports.local_web)):
        ran = await run_presswork(environment_of(settings), ["agent", "run"])
    assert ran.status == 1
    assert f"Port {settings.ports.local_web}" in ran.err
    assert "Traceback" not in ran.err


async def test_a_directory_that_others_can_read_is_refused(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    await asyncio.to_thread(_make, settings, 0o755)
    ran = await run_presswork(environment_of(settings), ["agent", "run"])
    assert ran.status == 1
    assert "chmod 711" in ran.err


def _make(settings: AgentSettings, mode: int) -> None:
    settings.directory.mkdir()
    settings.directory.chmod(mode)


async def test_two_agents_in_one_directory_are_one_too_many(tmp_path: Path) -> None:
    async with agent_process(tmp_path) as agent:
        ports = {"client_control": free_port(), "local_web": free_port()}
        settings = agent.settings.model_copy(update={"ports": agent.settings.ports.model_copy(update=ports)})
        ran = await run_presswork(environment_of(settings), ["agent", "run"])
        assert ran.status == 1
        assert "Another Presswork agent is running" in ran.err


async def test_enrolment_from_the_command_line_reaches_a_running_service(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, running_agent(tmp_path) as agent:
        await server.add_queue("office")
        environment = environment_of(agent.settings)
        refused = await run_presswork(environment, ["agent", "enrol", server.url, "nonsense"])
        assert refused.status == 1
        assert "not an enrolment code" in refused.err
        done = await run_presswork(environment, ["agent", "enrol", server.url, await server.enrolment_code()])
        assert (done.status, done.out) == (0, f"This computer is enrolled with {server.url}.\n")
        assert await asyncio.to_thread(load_identity, agent.settings.directory) is not None
        await queue_of(agent, "office")


@pytest.mark.parametrize("words", [[], ["-"]])
async def test_the_code_may_be_piped_in_so_that_no_list_of_processes_shows_it(tmp_path: Path, words: list[str]) -> None:
    async with running_server(tmp_path) as server:
        settings = settings_for(tmp_path)
        code = await server.enrolment_code()
        arguments = ["agent", "enrol", server.url, *words]
        done = await run_presswork(environment_of(settings), arguments, text=f"{code}\n")
        assert (done.status, done.out) == (0, f"This computer is enrolled with {server.url}.\n")
        assert await asyncio.to_thread(load_identity, settings.directory) is not None
        nothing = await run_presswork(environment_of(settings), arguments)
        assert nothing.status == 1
        assert "not an enrolment code" in nothing.err


async def test_the_command_says_it_in_lines_and_with_its_status(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with socket.create_server(("127.0.0.1", 0)):
        ran = await run_presswork(environment_of(settings), ["agent", "doctor"])
    assert ran.status == 1
    lines = [line for line in ran.out.splitlines() if not line.startswith("  ")]
    assert [line.split()[1] for line in lines] == ["directory:", "enrolment:", "commands:", "jobs:", "CUPS:"]
    assert "look again for: server, clock, neighbours." in ran.out


async def test_without_a_word_it_says_which_there_are(tmp_path: Path) -> None:
    ran = await run_presswork(environment_of(settings_for(tmp_path)), ["agent"])
    assert ran.status == 2
    for name in ("run", "enrol", "doctor"):
        assert f"  {name} " in ran.out + ran.err
