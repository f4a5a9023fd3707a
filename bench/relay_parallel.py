"""50 transfers of 10 MB at once through one relay to 50 RAW printers: how fast in all, and how unlike their ends.

The line's number is the rate of all together; "peer" is one transfer of the same octets alone. Fair is where the last one
ends soon after the first one.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from relaying import Office, office, run
from rounds import Comparison, spread
from sink import Sink, sink

MANY = 50
SIZE = 10_000_000
ROUNDS = 2


async def compare() -> None:
    """Run and print the comparison."""
    result = Comparison("relay_parallel", "MB/s")
    ends: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        async with sink(MANY) as printer, office(Path(name)) as ours:
            await result.run(lambda: _together(ours, printer, ends), lambda: _alone(ours, printer), ROUNDS)
            print(f"# the relay's memory: {ours.relay.resident_kib() / 1024:.0f} MiB")
    print(spread("end of the first transfer, of the last one's", ends, "(1 is all at once)"))
    result.print()


async def _together(office: Office, printer: Sink, ends: list[float]) -> float:
    jobs = [await office.job(SIZE) for _ in range(MANY)]
    await printer.forget()
    began = time.monotonic()
    done: list[float] = []

    async def send(number: int) -> None:
        await office.send(jobs[number], printer.uris[number])
        done.append(time.monotonic() - began)

    async with asyncio.TaskGroup() as group:
        for number in range(MANY):
            group.create_task(send(number))
    seen = await printer.octets(SIZE * MANY)
    seen.check(SIZE * MANY, MANY)
    ends.append(done[0] / done[-1])
    return SIZE * MANY / (seen.last - began) / 1e6


async def _alone(office: Office, printer: Sink) -> float:
    job = await office.job(SIZE * MANY)
    await printer.forget()
    began = time.monotonic()
    await office.send(job, printer.uris[0])
    seen = await printer.octets(SIZE * MANY)
    await office.holder.spool.destroy(job.id)
    return SIZE * MANY / (seen.last - began) / 1e6


if __name__ == "__main__":
    sys.exit(run(compare()))
