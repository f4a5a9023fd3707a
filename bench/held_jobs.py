"""10,000 held jobs: what they cost in memory, how long Get-Jobs takes, how long a start takes. Peer: cupsd.

Three comparisons, each on its line; the last line is the one that stands worst.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from agent import Agent, agent, resident_kib
from cupsd import Cupsd, cupsd
from ipp import HELD, Connection, get_jobs, print_job, submit
from rounds import Comparison

from presswork.protocols.ipp.values import Tag
from presswork.testing.pdf import make_pdf

JOBS = 10_000
CONNECTIONS = 8
DOCUMENT = make_pdf().ljust(2048, b"\n")
SEVEN = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-originating-user-name",
    "job-k-octets",
    "time-at-creation",
)
LISTS = 7
STARTS = 3


async def compare() -> None:
    """Run and print the comparisons."""
    memory = Comparison("held_jobs", "MiB of memory per 1,000 jobs", smaller_is_better=True)
    listing = Comparison(
        "held_jobs", f"ms for Get-Jobs of {JOBS} jobs, {len(SEVEN)} attributes", smaller_is_better=True
    )
    starting = Comparison("held_jobs", f"s to start with {JOBS} jobs", smaller_is_better=True)
    with tempfile.TemporaryDirectory() as directory:
        async with cupsd(["socket://127.0.0.1:9"]) as peer, agent(Path(directory), hold=True) as ours:
            memory.ours.append(await _fill(ours.uris[0], ours.pid))
            memory.peers.append(await _fill(peer.uris[0], peer.pid))
            await listing.run(lambda: _list(ours.uris[0]), lambda: _list(peer.uris[0]), LISTS)
            await starting.run(lambda: _start_agent(ours), lambda: _start_cupsd(peer), STARTS)
    for comparison in sorted((memory, listing, starting), key=lambda one: -one.ratio):
        comparison.print()


async def _fill(uri: str, pid: int) -> float:
    """Submit the jobs; the memory they took, in MiB per 1,000."""
    before = resident_kib(pid)
    await asyncio.to_thread(submit, [uri], [print_job(uri, DOCUMENT, groups=HELD)], JOBS, CONNECTIONS)
    return max(0.001, (resident_kib(pid) - before) / 1024 / (JOBS / 1000))


async def _list(uri: str) -> float:
    connection, question = Connection(uri), get_jobs(uri, SEVEN)
    began = time.perf_counter()
    answer = await asyncio.to_thread(connection.post, question)
    seconds = time.perf_counter() - began
    connection.close()
    assert answer.count(b"job-id") == JOBS
    return seconds * 1000


async def _start_agent(ours: Agent) -> float:
    await ours.process.stop()
    return await _until_it_lists(ours.process.start, ours.uris[0])


async def _start_cupsd(peer: Cupsd) -> float:
    await peer.stop()
    return await _until_it_lists(peer.start, peer.uris[0])


async def _until_it_lists(start: Callable[[], Awaitable[None]], uri: str) -> float:
    """Seconds from the start to an answer about a job."""
    began = time.perf_counter()
    await start()
    connection = Connection(uri)
    message = await asyncio.to_thread(connection.ask, get_jobs(uri, ["job-id"]))
    connection.close()
    assert len(message.all(Tag.JOB)) == JOBS
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(asyncio.run(compare()))
