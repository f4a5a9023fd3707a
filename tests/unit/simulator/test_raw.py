"""The RAW port of a simulated printer, as the agent uses it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from presswork.agent.spool.job import JobTicket, Outcome
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.protocols.pjl import question
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import eventually

PJL = Listen(pjl=True)
PATIENT = replace(QUICK, raw_close=30, out_of_reach=30, raw_stall=30)
TWO_SIDED = JobTicket((Attribute.of("copies", 2), Attribute.of("sides", Keyword("two-sided-short-edge"))))


async def test_copies_and_sides_are_made_once_and_the_end_is_told(tmp_path: Path) -> None:
    async with simulate(listen=PJL) as printer, delivering(tmp_path, pages=3, deadlines=PATIENT) as agent:
        job = await agent.ended(await agent.release(printer_spec(printer.raw_uri), make_pdf(3), ticket=TWO_SIDED))
        assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
        (printed,) = printer.output.jobs
        assert (printed.copies, printed.sides, printed.impressions, printed.sheets) == (2, "two-sided-short-edge", 6, 4)
        assert printed.job.job_name.startswith("Letter ")


async def test_without_paper_it_says_so_and_goes_on_when_there_is_some(tmp_path: Path) -> None:
    async with simulate(listen=PJL) as printer, delivering(tmp_path, pages=1, deadlines=PATIENT) as agent:
        printer.faults.paper_out = True
        job = await agent.release(printer_spec(printer.raw_uri), make_pdf(1), ticket=TWO_SIDED)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        assert (await agent.sentences(job))[-1] == "Lobby says: out of paper, or other paper is needed."
        printer.faults.paper_out = False
        assert (await agent.ended(job)).outcome is Outcome.PRINTED


async def test_canceled_at_its_panel_is_not_printed(tmp_path: Path) -> None:
    async with simulate(listen=PJL) as printer, delivering(tmp_path, pages=1, deadlines=PATIENT) as agent:
        printer.faults.jam = True
        job = await agent.release(printer_spec(printer.raw_uri), make_pdf(1), ticket=TWO_SIDED)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        printer.store.end(printer.store.entries[1], JobState.CANCELED, "job-canceled-by-user")
        job = await agent.ended(job)
        assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)


async def test_switched_off_with_the_job_its_end_is_unknown(tmp_path: Path) -> None:
    async with simulate(listen=PJL) as printer, delivering(tmp_path, pages=1, deadlines=PATIENT) as agent:
        printer.faults.jam = True
        job = await agent.release(printer_spec(printer.raw_uri), make_pdf(1), ticket=TWO_SIDED)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        await printer.switch(offline=True)
        assert (await agent.ended(job)).outcome is Outcome.UNKNOWN
        assert (await agent.events(job))[-1] is JobEvent.OUT_OF_SIGHT


@pytest.mark.parametrize("pjl", [False, True])
async def test_a_document_alone_is_printed_either_way(pjl: bool) -> None:
    async with simulate(listen=Listen(pjl=pjl)) as printer:
        _, writer = await asyncio.open_connection("127.0.0.1", printer.listen.raw_port)
        writer.write(make_pdf(2))
        writer.close()
        await eventually(lambda: printer.output.impressions == 2, 20)


async def test_it_does_not_answer_where_it_speaks_no_pjl() -> None:
    async with simulate() as printer:
        reader, writer = await asyncio.open_connection("127.0.0.1", printer.listen.raw_port)
        writer.write(question())
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
