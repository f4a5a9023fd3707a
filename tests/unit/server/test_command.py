"""The server as a program."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest


def _environment(directory: Path, **changes: str) -> dict[str, str]:
    return {
        **os.environ,
        "PRESSWORK_SERVER_DIRECTORY": str(directory / "server"),
        "PRESSWORK_SERVER_PORTS__SERVER": "0",
        "PRESSWORK_SERVER_TLS": "proxy",
        **changes,
    }


@asynccontextmanager
async def _program(directory: Path, *arguments: str, **changes: str) -> AsyncIterator[asyncio.subprocess.Process]:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "presswork",
        "server",
        *arguments,
        env=_environment(directory, **changes),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield program
    finally:
        if program.returncode is None:
            program.kill()
        await program.communicate()


async def _link(program: asyncio.subprocess.Process) -> str:
    assert program.stdout is not None
    async with asyncio.timeout(40):
        while line := (await program.stdout.readline()).decode():
            if found := re.search(r"http\S+/set-up/\S+", line):
                return found[0]
    raise AssertionError("no link was printed")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_it_prints_a_link_serves_and_ends_when_told(tmp_path: Path, ending: signal.Signals) -> None:
    async with _program(tmp_path, "run") as program:
        link = await _link(program)
        origin = link.partition("/set-up/")[0]
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"{origin}/healthz")).status_code == 200
            assert (await client.get(link)).status_code == 200
            assert (await client.get(f"{link}x")).status_code == 404
        program.send_signal(ending)
        async with asyncio.timeout(20):
            assert await program.wait() == 0


async def test_what_stops_a_start_is_one_sentence(tmp_path: Path) -> None:
    async with _program(tmp_path, "run", PRESSWORK_SERVER_ADDRESS="0.0.0.0") as program:
        async with asyncio.timeout(40):
            _, told = await program.communicate()
    assert program.returncode == 1
    assert told.decode().startswith("presswork: Without TLS the server listens on a loopback address only")
    assert "Traceback" not in told.decode()


async def test_the_link_can_be_had_again(tmp_path: Path) -> None:
    links = []
    for _ in range(2):
        async with _program(
            tmp_path, "set-up-link", PRESSWORK_SERVER_PUBLIC_URL="https://print.example.org"
        ) as program:
            async with asyncio.timeout(40):
                said, _ = await program.communicate()
        links.append(said.decode().strip())
    assert all(link.startswith("https://print.example.org/set-up/") for link in links)
    assert links[0] != links[1]
