"""Jobs a second through direct queues to RAW printers: from the first request to the last octet at the last printer."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from agent import agent
from cupsd import cupsd, without_snmp
from ipp import print_job, submit
from rounds import Comparison
from sink import Sink, sink

from presswork.testing.pdf import make_pdf

SIZE = 10 * 1024
CONNECTIONS = 4
ROUNDS = 5
DOCUMENT = make_pdf().ljust(SIZE, b"\n")


async def compare(name: str, *, queues: int, jobs: int) -> None:
    """Run and print the comparison."""
    result = Comparison(name, "jobs/s")
    with tempfile.TemporaryDirectory() as directory:
        async with (
            sink(queues) as printers,
            cupsd([without_snmp(uri) for uri in printers.uris]) as peer,
            agent(Path(directory), printers.uris) as ours,
        ):
            await result.run(lambda: _rate(ours.uris, printers, jobs), lambda: _rate(peer.uris, printers, jobs), ROUNDS)
    result.print()


async def _rate(uris: Sequence[str], printers: Sink, jobs: int) -> float:
    bodies = [print_job(uri, DOCUMENT) for uri in uris]
    await printers.forget()
    async with asyncio.TaskGroup() as tasks:
        submitting = tasks.create_task(asyncio.to_thread(submit, uris, bodies, jobs, CONNECTIONS))
        seen = await printers.octets(jobs * SIZE)
    seen.check(jobs * SIZE, jobs)
    return jobs / (seen.last - submitting.result())
