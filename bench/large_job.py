"""A 200 MB job through a direct queue to a RAW printer: from the request to the last octet. Peer: a raw queue of cupsd.

Beside it, on the lines before: when the first octet came to the printer, and how much memory the agent took for it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from agent import agent, resident_kib
from cupsd import cupsd, without_snmp
from ipp import Connection, print_job
from rounds import Comparison, spread
from sink import Sink, sink

from presswork.testing.pdf import make_pdf

SIZE = 200_000_000
DOCUMENT = make_pdf().ljust(SIZE, b"\n")
ROUNDS = 3


async def compare() -> None:
    """Run and print the comparison."""
    result = Comparison("large_job", "MB/s")
    first: dict[str, list[float]] = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as directory:
        async with (
            sink() as printer,
            cupsd([without_snmp(printer.uris[0])]) as peer,
            agent(Path(directory), printer.uris) as ours,
        ):
            before = resident_kib(ours.pid)
            await result.run(
                lambda: _rate(ours.uris[0], printer, first["ours"].append),
                lambda: _rate(peer.uris[0], printer, first["peer"].append),
                ROUNDS,
            )
            grown = (resident_kib(ours.pid) - before) / 1024
    print(f"# the agent's memory grew by {grown:.0f} MiB for {ROUNDS + 1} jobs of {SIZE // 1_000_000} MB")
    for side, times in first.items():
        print(spread(f"first octet at the printer, {side}", times, "ms after the request began"))
    result.print()


async def _rate(uri: str, printer: Sink, first: Callable[[float], None]) -> float:
    connection, body = Connection(uri), print_job(uri, DOCUMENT)
    await printer.forget()
    began = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asyncio.to_thread(connection.post, body))
        seen = await printer.octets(SIZE)
    seen.check(SIZE, 1)
    connection.close()
    first((seen.first - began) * 1000)
    return SIZE / (seen.last - began) / 1e6


if __name__ == "__main__":
    sys.exit(asyncio.run(compare()))
