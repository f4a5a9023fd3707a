"""A printer nobody told about, with everything real: found through an agent, added by a click, and printed at by its sign."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.testing.pdf import make_pdf
from presswork.testing.site import site
from presswork.testing.timing import MS, eventually

pytestmark = pytest.mark.timeout(300)


async def test_found_added_and_printed_at_by_its_sign(tmp_path: Path) -> None:
    address = f"127.77.{os.getpid() % 250}.9"
    listen = Listen(address=address, port=631, raw_port=9100, snmp_port=161, tls=True)
    async with simulate("Attic", listen) as printer, site(tmp_path, printers={}) as here:
        page = await here.page("/printers/search")
        computer = re.search(r'<option value="([0-9a-f-]{36})"', page)
        assert computer is not None, page
        await here.submit("/printers/search", computer_id=computer[1], ranges=f"{address}/29")
        page = await here.page_with("/printers/search", "Attic")
        found = re.search(r"/printers/found/([0-9a-f-]{36})", page)
        assert found is not None
        assert f"ipps://{address}:631/ipp/print" in await here.page(found[0])
        await here.submit("/printers/found", **{f"device.{found[1]}": "yes"})
        sign = re.search(r"/at/([A-Z]{5})", await here.page_with("/printers/signs", "Attic"))
        assert sign is not None

        await here.lp(make_pdf(2), "-t", "Letter")
        at_printer = await here.page_with(sign[0], "Letter")
        job = re.search(r'name="job_id" value="([0-9a-f-]{36})"', at_printer)
        assert job is not None
        await here.submit(sign[0], job_id=job[1])
        await eventually(lambda: bool(printer.output.jobs), 90_000 * MS)
        (came_out,) = printer.output.jobs
        assert len(came_out.pages) == 2
        await here.page_with(f"/jobs/{job[1]}", "Printed on Attic.")
