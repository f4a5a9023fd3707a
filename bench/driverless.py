"""One-page PDFs to an IPP printer, until each is printed as its spooler says. Peer: a driverless queue of cupsd.

The printer is ippeveprinter, one for each side; it takes one job at a time and says busy meanwhile.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from agent import agent
from cupsd import cupsd
from ipp import Connection, get_jobs, print_job, submit
from rounds import Comparison

from presswork.printer.job import JobState
from presswork.protocols.ipp.message import Group
from presswork.protocols.ipp.values import Tag
from presswork.testing.pdf import make_pdf
from presswork.testing.peers import ippeveprinter

JOBS = 20
CONNECTIONS = 4
ROUNDS = 3
LOOK_EVERY = 0.01
QUICKLY = ("-c", "/bin/true")
"""What ippeveprinter prints with: nothing that takes time."""


async def compare() -> None:
    """Run and print the comparison."""
    result = Comparison("driverless", "jobs/s")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        async with (
            ippeveprinter(folder, name="Bench One", options=QUICKLY) as one,
            ippeveprinter(folder, name="Bench Two", options=QUICKLY) as two,
            cupsd([two.uri], driverless=True) as peer,
            agent(folder, [one.uri]) as ours,
        ):
            await result.run(lambda: _rate(ours.uris[0], one.uri), lambda: _rate(peer.uris[0], two.uri), ROUNDS)
    result.print()


async def _rate(uri: str, printer: str) -> float:
    before = await _printed(printer)
    body = print_job(uri, make_pdf(), document_format="application/pdf")
    began = await asyncio.to_thread(submit, [uri], [body], JOBS, CONNECTIONS)
    connection, look = Connection(uri), get_jobs(uri, ["job-id"])
    while (await asyncio.to_thread(connection.ask, look)).all(Tag.JOB):  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(LOOK_EVERY)
    seconds = time.monotonic() - began
    connection.close()
    if len(new := await _printed(printer) - before) != JOBS:
        raise RuntimeError(f"the printer printed {len(new)} of {JOBS} jobs")
    return JOBS / seconds


async def _printed(printer: str) -> set[object]:
    """Numbers of the jobs the printer has printed; it forgets them after a minute."""
    connection = Connection(printer)
    groups = (await asyncio.to_thread(connection.ask, get_jobs(printer, ["job-id", "job-state"], "completed"))).all(
        Tag.JOB
    )
    connection.close()
    completed = [group for group in groups if _value(group, "job-state") == JobState.COMPLETED]
    return {_value(group, "job-id") for group in completed}


def _value(group: Group, name: str) -> object:
    attribute = group.get(name)
    return None if attribute is None else attribute.value


if __name__ == "__main__":
    sys.exit(asyncio.run(compare()))
