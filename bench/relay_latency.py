"""100 KB to a RAW printer: by relay, and directly. From the release to the last octet at the printer; idle otherwise."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from uuid import UUID

from relaying import Office, office, run
from rounds import Comparison
from sink import Sink, sink

from presswork.agent.delivery import Deadlines
from presswork.agent.delivery.counter import no_counters
from presswork.agent.delivery.ways import Ways
from presswork.core.clock import SystemClock
from presswork.protocols.control.words import PrinterSpec

SIZE = 100_000
ROUNDS = 100


async def compare() -> None:
    """Run and print the comparison; "peer" is the same job without a relay."""
    result = Comparison("relay_latency", "ms", smaller_is_better=True)
    with tempfile.TemporaryDirectory() as name:
        async with sink() as printer, office(Path(name)) as ours:
            ways = Ways(ours.holder.spool, lambda report: None, no_counters, SystemClock(), Deadlines())
            await result.run(lambda: _relayed(ours, printer), lambda: _direct(ours, ways, printer), ROUNDS)
    result.print()


async def _relayed(office: Office, printer: Sink) -> float:
    job = await office.job(SIZE)
    await printer.forget()
    began = time.monotonic()
    await office.send(job, printer.uris[0])
    return ((await printer.octets(SIZE)).last - began) * 1000


async def _direct(office: Office, ways: Ways, printer: Sink) -> float:
    job = await office.job(SIZE)
    await printer.forget()
    spec = PrinterSpec(printer_id=UUID(int=1), name="printer", device_uri=printer.uris[0])
    began = time.monotonic()
    await ways.to(spec, job.account).deliver(office.holder.errand(job))
    return ((await printer.octets(SIZE)).last - began) * 1000


if __name__ == "__main__":
    sys.exit(run(compare()))
