"""One 100 KB job at a time through a direct queue to a RAW printer: from the request to the last octet. Peer: cupsd."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from agent import agent
from cupsd import cupsd, without_snmp
from ipp import Connection, print_job
from rounds import Comparison
from sink import Sink, sink

from presswork.testing.pdf import make_pdf

SIZE = 100 * 1024
DOCUMENT = make_pdf().ljust(SIZE, b"\n")
JOBS = 15
ROUNDS = 5
PAUSE = 0.05
"""Seconds between two jobs, so that each finds everything idle."""


async def compare() -> None:
    """Run and print the comparison."""
    result = Comparison("idle_latency", "ms", smaller_is_better=True)
    with tempfile.TemporaryDirectory() as directory:
        async with (
            sink() as printer,
            cupsd([without_snmp(printer.uris[0])]) as peer,
            agent(Path(directory), printer.uris) as ours,
        ):
            await result.run(lambda: _latency(ours.uris[0], printer), lambda: _latency(peer.uris[0], printer), ROUNDS)
    result.print()


async def _latency(uri: str, printer: Sink) -> float:
    """The median of some jobs."""
    connection, body = Connection(uri), print_job(uri, DOCUMENT)
    times = []
    for _ in range(JOBS):
        await asyncio.sleep(PAUSE)
        await printer.forget()
        began = time.monotonic()
        await asyncio.to_thread(connection.post, body)
        seen = await printer.octets(SIZE)
        seen.check(SIZE, 1)
        times.append((seen.last - began) * 1000)
    connection.close()
    return median(times)


if __name__ == "__main__":
    sys.exit(asyncio.run(compare()))
