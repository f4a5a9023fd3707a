"""Who sits at the agent's ports, or wants to while it restarts."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from e2e.hostile.place import DEADLINE
from presswork.testing.agent import agent_process, environment_of, settings_for
from presswork.testing.local import run_presswork
from presswork.testing.processes import children
from presswork.testing.timing import MS, eventually

pytestmark = [
    pytest.mark.timeout(int(180_000 * MS)),
    pytest.mark.skipif(os.getuid() != 0, reason="a second account needs root"),
]
_WANTS = """
import itertools, socket, sys
ports = [int(port) for port in sys.argv[1:]]
print("begun", flush=True)
for turn in itertools.count():
    for port in ports:
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            with socket.socket(family) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, turn % 2)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, turn // 2 % 2)
                try:
                    one.bind((address, port))
                    one.listen()
                except OSError:
                    continue
                print("mine", port, address, flush=True)
    if turn == 100:
        print("tried", flush=True)
"""
_HAS = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("begun", flush=True)
    sys.stdin.read()
"""


@asynccontextmanager
async def squatter(program: str, *ports: int) -> AsyncIterator[Process]:
    """A program of the account nobody that does this to the ports."""
    words = [sys.executable, "-c", program, *map(str, ports)]
    running = await asyncio.create_subprocess_exec(*words, user="nobody", stdin=PIPE, stdout=PIPE)
    assert running.stdout is not None
    try:
        assert await running.stdout.readline() == b"begun\n"
        yield running
    finally:
        with suppress(ProcessLookupError):  # the test may have ended it
            running.kill()
        await running.wait()


async def test_nobody_gets_a_port_while_the_agent_is_killed_and_comes_again(tmp_path: Path) -> None:
    async with agent_process(tmp_path, arguments=("--hold-sockets",)) as agent:
        assert agent.process is not None
        ports = agent.settings.ports
        async with squatter(_WANTS, ports.client_control, ports.local_web) as wanting:
            (child,) = children(agent.process.pid)
            os.kill(child, signal.SIGKILL)
            await eventually(lambda: bool(children(agent.process.pid) - {child}), deadline=DEADLINE)  # type: ignore[union-attr]
            assert (await agent.presswork("jobs")).status == 0
            assert wanting.stdout is not None
            async with asyncio.timeout(DEADLINE):
                assert await wanting.stdout.readline() == b"tried\n"
            wanting.kill()
            assert await wanting.stdout.read() == b""
        assert await agent.stop() == 0
    log = (tmp_path / "agent.log").read_text()
    assert "Traceback" not in log, log


@pytest.mark.parametrize("which", ["client_control", "local_web"])
@pytest.mark.parametrize("arguments", [[], ["--hold-sockets"]])
async def test_a_port_that_is_somebody_elses_at_the_start_is_said(
    tmp_path: Path, which: str, arguments: list[str]
) -> None:
    settings = settings_for(tmp_path)
    port = getattr(settings.ports, which)
    async with squatter(_HAS, port):
        ran = await run_presswork(environment_of(settings), ["agent", "run", *arguments])
    assert ran.status == 1
    assert f"Port {port}" in ran.err
    assert "of the account nobody" in ran.err
    assert "ss -ltnp" in ran.err
    assert "Traceback" not in ran.err
