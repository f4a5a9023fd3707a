"""The throw-away process ends, whatever happens; the nursery that bears it harms nobody by its end."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from presswork.core.errors import Busy, Invalid, TooLarge
from presswork.documents.inspect import JPEG, PDF, count_pages
from presswork.documents.sandbox import Sandbox, ask
from presswork.testing.pdf import make_pdf
from presswork.testing.processes import children, limits, runs, status
from presswork.testing.timing import MS, eventually

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
BEFORE = b"%PDF-1.4\n"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """With its nursery running."""
    async with Sandbox() as sandbox:
        assert await pages(sandbox) == 1
        yield sandbox


async def pages(sandbox: Sandbox, number: int = 1) -> int | None:
    return await count_pages(make_pdf(number), PDF, sandbox=sandbox)


def nursery() -> int:
    (pid,) = children()
    return pid


@asynccontextmanager
async def reading(sandbox: Sandbox, seconds: float = 20) -> AsyncIterator[tuple[int, asyncio.Task[object]]]:
    """A process that has its limits and waits for the rest of its document; and who waits for it."""
    rest = asyncio.Event()

    async def document() -> AsyncIterator[bytes]:
        yield BEFORE
        await rest.wait()

    others = children(nursery())
    task: asyncio.Task[object] = asyncio.create_task(sandbox.ask("count", document(), PDF, seconds=seconds))
    await eventually(lambda: any(status(pid)["NoNewPrivs"] == "1" for pid in children(nursery()) - others))
    (pid,) = children(nursery()) - others
    try:
        yield pid, task
    finally:
        rest.set()
        await asyncio.wait([task])


async def test_a_document_that_stops_half_way_is_the_callers_fault() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"%PDF-1.4"
        msg = "the spool lost it"
        raise LookupError(msg)

    with pytest.raises(LookupError, match="the spool lost it"):
        await ask(None, "count", broken(), PDF, seconds=20)
    assert not children()


async def test_a_caller_who_goes_away_leaves_no_process(sandbox: Sandbox) -> None:
    async with reading(sandbox) as (pid, task):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not runs(pid)
    assert await pages(sandbox) == 1


async def test_a_document_above_the_limit_is_refused() -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(257):
            yield bytes(1024 * 1024)

    with pytest.raises(TooLarge):
        await ask(None, "count", large(), JPEG, seconds=30)


async def test_a_question_it_does_not_know_is_refused() -> None:
    with pytest.raises(Invalid):
        await ask(None, "render", make_pdf(), PDF, seconds=20)


async def test_many_questions_at_once_wait_for_each_other(sandbox: Sandbox) -> None:
    async with reading(sandbox), reading(sandbox):
        waiting = [asyncio.create_task(pages(sandbox, number)) for number in range(1, 7)]
        await asyncio.sleep(50 * MS)
        assert len(children(nursery())) == 2
    assert await asyncio.gather(*waiting) == [1, 2, 3, 4, 5, 6]


async def test_one_nursery_bears_all_and_ends_with_the_block() -> None:
    async with Sandbox() as sandbox:
        assert not children()
        assert await pages(sandbox) == 1
        first = nursery()
        assert await pages(sandbox, 2) == 2
        assert nursery() == first
    assert not runs(first)
    assert not children()


async def test_it_has_no_more_than_its_connection(sandbox: Sandbox) -> None:
    async with reading(sandbox) as (pid, _):
        hard = limits(pid)
        facts = status(pid)
    assert {hard[f"Max {name}"] for name in ("open files", "processes", "file size", "core file size")} == {"0"}
    assert hard["Max cpu time"] == "60"
    assert hard["Max address space"] == str(2 * 1024**3)
    assert facts["NoNewPrivs"] == "1"
    assert {int(facts[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}
    assert "0" not in facts["Uid"].split()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may look at another's descriptors")
async def test_the_ctrl_c_of_a_terminal_does_not_reach_it(sandbox: Sandbox) -> None:
    assert os.getpgid(nursery()) == nursery()


async def test_it_inherits_no_descriptor_and_no_network(sandbox: Sandbox) -> None:
    async with reading(sandbox) as (pid, _):
        held = {int(name): os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}
        network = os.readlink(f"/proc/{pid}/ns/net")
    assert sorted(held) == [0, 1, 2]
    assert held[0] == held[1]
    assert held[0].startswith("socket:")
    assert held[2] == "/dev/null"
    assert network != os.readlink("/proc/self/ns/net")


async def test_one_that_never_ends_is_ended(sandbox: Sandbox) -> None:
    async with reading(sandbox, seconds=1) as (pid, task):
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(Busy):
            await task
        assert not runs(pid)
    assert await pages(sandbox) == 1


async def test_a_crash_harms_no_other_document_and_the_layout_of_memory_is_not_used_again(sandbox: Sandbox) -> None:
    first = nursery()
    async with reading(sandbox) as (other, read_by_another):
        async with reading(sandbox) as (pid, task):
            os.kill(pid, signal.SIGSEGV)
            with pytest.raises(Invalid):
                await task
        assert not runs(pid)
        assert runs(other)
        next_one = asyncio.create_task(pages(sandbox, 3))
    with pytest.raises(Invalid, match="damaged"):
        await read_by_another  # to its own end
    assert await next_one == 3
    assert nursery() != first


async def test_a_dead_nursery_is_replaced(sandbox: Sandbox) -> None:
    first = nursery()
    async with reading(sandbox) as (pid, task):
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Invalid):
            await task
        assert not runs(pid)
    assert await pages(sandbox, 2) == 2
    assert nursery() != first


async def test_no_descriptor_left_is_no_fault_of_the_document(sandbox: Sandbox) -> None:
    first = nursery()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4, hard))
    try:
        with pytest.raises(Busy, match="no room"):
            await sandbox.ask("count", make_pdf(), PDF, seconds=20)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert await pages(sandbox) == 1
    assert nursery() == first


PARENT = """
import asyncio, os
from presswork.documents.sandbox import Sandbox

async def endless():
    while True:
        yield b" "
        await asyncio.sleep(0.01)

async def main():
    async with Sandbox() as sandbox:
        await sandbox.ask("count", endless(), "application/pdf", seconds=60)

asyncio.run(main())
"""


async def test_all_end_when_their_parent_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT)
    await eventually(lambda: any(children(born) for born in children(parent.pid)), 20_000 * MS)
    (born,) = children(parent.pid)
    (reader,) = children(born)
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    await eventually(lambda: not runs(born) and not runs(reader))
