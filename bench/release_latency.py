"""From the click on a page of the server (its POST) to the first octet at a RAW printer; p50, on the line before p99.

Server and agent are programs of their own, as installed: click, order, wake, sync, mark, connection, octet. No peer does
this without a cloud between.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from ipp import print_job, submit
from rounds import Comparison
from sink import Sink, sink

from presswork.testing.agent import queue_uri
from presswork.testing.pdf import make_pdf
from presswork.testing.site import QUEUE, Site, site

SIZE = 10 * 1024
DOCUMENT = make_pdf().ljust(SIZE, b"\n")
JOBS = 100
PAUSE = 0.1
"""Seconds between two clicks."""
PRINTER = "Bench"


async def measure() -> None:
    """Run and print."""
    result = Comparison("release_latency", "ms")
    with tempfile.TemporaryDirectory() as directory:
        async with sink() as printer, site(Path(directory), printers={PRINTER: printer.uris[0]}) as here:
            uri = queue_uri(here.agent.settings, QUEUE)
            await asyncio.to_thread(submit, [uri], [print_job(uri, DOCUMENT)], JOBS, 1)
            jobs = [str(view["job"]["job_id"]) for view in await here.jobs()]
            page = await here.page_with("/", jobs[0])
            token = re.search(r'name="form_token" value="([^"]+)"', page)
            assert token is not None
            for job_id in jobs:
                await asyncio.sleep(PAUSE)
                result.ours.append(await _click(here, printer, job_id, token[1]))
    percentiles = quantiles(result.ours, n=100)
    print(
        f"# {len(result.ours)} clicks: p50 {percentiles[49]:.1f} ms, p95 {percentiles[94]:.1f} ms, p99 {percentiles[98]:.1f} ms"
    )
    result.print()


async def _click(here: Site, printer: Sink, job_id: str, token: str) -> float:
    form = f"printer_id={here.printers[PRINTER]}&form_token={token}"
    await printer.forget()
    began = time.monotonic()
    answer = await here.person.post(
        f"/jobs/{job_id}/release", content=form, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 303, answer.text
    seen = await printer.octets(SIZE)
    return (seen.first - began) * 1000


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
