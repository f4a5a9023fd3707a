"""cupsd with a driverless queue prints to the simulated printer, as it would to a real one."""

from __future__ import annotations

import pytest

from presswork.printer.job import JobState
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import MS, eventually

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]


async def add_office(cupsd: PrivateCupsd, uri: str) -> None:
    """cupsd asks the printer what it can do after lpadmin is gone, and aborts a job that comes before the answer."""
    status, said = await cupsd.run("lpadmin", "-p", "office", "-E", "-v", uri, "-m", "everywhere", account="root")
    assert status == 0, said
    await eventually(lambda: 'Printer "office" is now available' in cupsd.error_log, 30_000 * MS)


@pytest.mark.parametrize("tls", [False, True])
async def test_copies_and_sides_reach_the_printer_once(tls: bool) -> None:
    async with simulate(listen=Listen(address="localhost", tls=tls)) as simulator, private_cupsd() as cupsd:
        await add_office(cupsd, simulator.uri)
        options = ("-n", "2", "-o", "sides=two-sided-long-edge", "-t", "report")
        status, said = await cupsd.run("lp", "-d", "office", *options, account="games", document=make_pdf(3))
        assert status == 0, said
        await eventually(lambda: bool(simulator.output.jobs), 60_000 * MS)
        (printed,) = simulator.output.jobs
        assert (printed.job.job_name, printed.job.job_originating_user_name) == ("report", "games")
        assert (len(printed.pages), printed.copies, printed.sides) == (3, 2, "two-sided-long-edge")
        assert (printed.impressions, printed.sheets) == (6, 4)
        assert printed.job.document_format == "application/pdf"


async def test_the_queue_stops_with_the_paper_and_goes_on_with_it() -> None:
    async with simulate(listen=Listen(address="localhost")) as simulator, private_cupsd() as cupsd:
        await add_office(cupsd, simulator.uri)
        await simulator.switch(paper_out=True)
        await cupsd.run("lp", "-d", "office", account="games", document=make_pdf(1))
        await eventually(lambda: bool(simulator.store.entries), 60_000 * MS)
        await eventually(lambda: simulator.store.entries[1].job.job_state == JobState.PROCESSING_STOPPED, 60_000 * MS)
        assert not simulator.output.jobs
        await simulator.switch(paper_out=False)
        await eventually(lambda: bool(simulator.output.jobs), 60_000 * MS)
