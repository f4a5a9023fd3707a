"""Crowds: a thousand connections, slow ones, and no descriptors left; the good client comes through, or soon after."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count, islice

import pytest
import pytest_asyncio

from e2e.hostile.crowd import crowd, slow_loris, strangers
from e2e.hostile.place import DEADLINE, Place, connection, head, place
from presswork.agent.spool.job import Phase
from presswork.core.errors import Unavailable
from presswork.testing.agent import free_port
from presswork.testing.site import ServerProcess
from presswork.testing.timing import MS, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(int(240_000 * MS))]
THOUSAND = 1_000
HALF_A_HEAD = b"POST /ipp/print/office HTTP/1.1\r\nHost: localhost\r\n"
HALF_A_BODY = head(1_000_000) + b"\2"
FEW = 256
"""The soft limit of descriptors a service is started with: many systems have 1024."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    with few_descriptors():
        agent = place(tmp_path_factory.mktemp("crowd"))
        here = await agent.__aenter__()
    yield here
    await agent.__aexit__(None, None, None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ServerProcess]:
    directory = tmp_path_factory.mktemp("server")
    process = ServerProcess(directory, free_port(), directory / "server.log")
    try:
        with few_descriptors():
            await process.start()
        yield process
    finally:
        await process.kill()


@contextmanager
def few_descriptors() -> Iterator[None]:
    """What is started meanwhile may open few files, unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("sent", [b"", HALF_A_HEAD, HALF_A_BODY], ids=["idle", "head", "body"])
async def test_a_thousand_connections_to_the_agent(here: Place, sent: bytes) -> None:
    name = f"among a thousand, {len(sent)}"
    async with crowd(here.settings.ports.local_web, THOUSAND, sent):
        async with asyncio.timeout(DEADLINE):
            await here.prints(name)
        await here.job(name, lambda job: job.phase is Phase.HELD)
    here.made_no_mistake()


@pytest.mark.parametrize("sent", [HALF_A_HEAD, HALF_A_BODY], ids=["head", "body"])
async def test_more_connections_than_the_agent_lets_in(here: Place, sent: bytes) -> None:
    async with crowd(here.settings.ports.local_web, 1_100, sent):
        await eventually_prints(here, f"among more, {len(sent)}")
    here.made_no_mistake()


async def test_a_slow_loris_at_the_agents_web_server(here: Place) -> None:
    async with slow_loris(here.settings.ports.local_web, 500, HALF_A_HEAD, b"X: x\r\n"), asyncio.timeout(DEADLINE):
        for number in range(3):
            await here.prints(f"beside a slow one, {number}")
    here.made_no_mistake()


@pytest.mark.skipif(os.getuid() != 0, reason="a second account needs root")
async def test_a_slow_loris_at_the_client_channel(here: Place) -> None:
    async with strangers(here.settings.ports.client_control, 500, "\x16\x03\x01"):
        ran = await here.agent.presswork("jobs")
    assert ran.status == 0, ran.err
    here.made_no_mistake()


async def test_a_slow_loris_of_ones_own_is_told(here: Place) -> None:
    """Sixteen at once are for one account; who takes them all is told, and nobody else is held up."""
    async with crowd(here.settings.ports.client_control, 40):
        ran = await here.agent.presswork("jobs")
        assert ran.status == 1
        assert "too many" in ran.err
    assert (await here.agent.presswork("jobs")).status == 0
    here.made_no_mistake()


async def test_the_agent_without_descriptors(here: Place) -> None:
    assert here.agent.process is not None
    pid = here.agent.process.pid
    await here.prints("before")
    await nobody_is_left(pid)
    with descriptors_left(pid, 5):
        async with crowd(here.settings.ports.local_web, 50):
            accepted = await outcome(here, "without descriptors")
    await eventually_prints(here, "with descriptors again")
    assert not accepted or "without descriptors" in {job.name for job in here.jobs() if job.document_kept}
    here.made_no_mistake()


async def outcome(here: Place, name: str) -> bool:
    """Whether it was promised; else it was refused, or nobody answered in time."""
    try:
        async with asyncio.timeout(3_000 * MS):
            await here.prints(name)
    except (AssertionError, TimeoutError, Unavailable):
        return False
    return True


async def eventually_prints(here: Place, name: str) -> None:
    async with asyncio.timeout(DEADLINE):
        for _ in count():
            if await outcome(here, name):
                return
            await asyncio.sleep(200 * MS)


def descriptors_of(pid: int) -> set[int]:
    return {int(one) for one in os.listdir(f"/proc/{pid}/fd")}


def nth_free(taken: set[int], nth: int) -> int:
    """The kernel gives the lowest number that is free; one that is this high or higher it does not give."""
    return list(islice((number for number in count() if number not in taken), nth + 1))[-1]


async def nobody_is_left(pid: int) -> None:
    """The crowd before has gone, for the other side, too."""
    await eventually(lambda: len(descriptors_of(pid)) < 100, deadline=DEADLINE)


@contextmanager
def descriptors_left(pid: int, left: int) -> Iterator[None]:
    """The process may open so many more files."""
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    most = nth_free(descriptors_of(pid), left)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("sent", [b"", b"POST /sign-in HTTP/1.1\r\nHost: x\r\n"], ids=["idle", "head"])
async def test_a_thousand_connections_to_the_server(server: ServerProcess, sent: bytes) -> None:
    async with crowd(server.port, THOUSAND, sent):
        assert await answers(server) == 200
    made_no_mistake(server)


async def test_a_slow_loris_at_the_server(server: ServerProcess) -> None:
    async with slow_loris(server.port, 500, b"POST /sign-in HTTP/1.1\r\nHost: x\r\n", b"X: x\r\n"):
        for _ in range(3):
            assert await answers(server) == 200
    made_no_mistake(server)


async def test_the_server_without_descriptors(server: ServerProcess) -> None:
    assert server.process is not None
    assert await answers(server) == 200
    await nobody_is_left(server.process.pid)
    with descriptors_left(server.process.pid, 5):
        async with crowd(server.port, 50):
            with pytest.raises((AssertionError, EOFError, OSError)):  # a TimeoutError is an OSError
                assert await answers(server, 1_000 * MS) == 200
    assert await answers(server) == 200
    made_no_mistake(server)


async def answers(server: ServerProcess, deadline: float = DEADLINE) -> int:
    async with asyncio.timeout(deadline), connection(server.port) as client:
        client.send(b"GET /api/ca HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return (await client.answer())[0]


def made_no_mistake(server: ServerProcess) -> None:
    assert server.process is not None
    assert server.process.returncode is None
    log = server.log.read_text()
    assert "Traceback" not in log, log[-4000:]
