"""Delivery to a real printer: ippeveprinter, plain and with TLS."""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.agent.spool.job import JobTicket, Outcome, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.testing.delivering import delivering, printer_spec
from presswork.testing.pdf import make_pdf
from presswork.testing.peers import ippeveprinter

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
TICKET = JobTicket((Attribute.of("copies", 2), Attribute.of("sides", Keyword("two-sided-long-edge"))))


@pytest.mark.parametrize("tls", [False, True], ids=["ipp", "ipps"])
async def test_copies_and_sides_reach_the_printer_once(tmp_path: Path, tls: bool) -> None:
    document = make_pdf(3)
    async with ippeveprinter(tmp_path) as printer, delivering(tmp_path) as agent:
        spec = printer_spec(printer.ipps_uri if tls else printer.uri)
        job = await agent.ended(await agent.release(spec, document, ticket=TICKET))
        assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.SENT, JobEvent.PRINTED]
        (printed,) = await printer.printed(1)
        assert printed.document == document
        assert (printed.attributes["copies"], printed.attributes["sides"]) == ("2", "two-sided-long-edge")
        assert (agent.reports[-1].certificate_sha256 is not None) is tls


async def test_a_printer_of_one_job_gets_one_after_the_other(tmp_path: Path) -> None:
    async with ippeveprinter(tmp_path, printing_takes=0.3) as printer, delivering(tmp_path) as agent:
        spec = printer_spec(printer.uri)
        jobs = [await agent.release(spec, make_pdf(1, f"Document {number}")) for number in range(4)]
        for job in jobs:
            assert (await agent.ended(job, timeout=40)).outcome is Outcome.PRINTED
        printed = await printer.printed(4)
        assert [document.document for document in printed] == [make_pdf(1, f"Document {number}") for number in range(4)]


async def test_a_printer_that_gives_the_job_up(tmp_path: Path) -> None:
    async with ippeveprinter(tmp_path, exit_status=1) as printer, delivering(tmp_path) as agent:
        job = await agent.ended(await agent.release(printer_spec(printer.uri), make_pdf()))
        assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
        assert "Not printed: " in (await agent.sentences(job))[-1]


async def test_a_printer_without_two_sides_is_not_sent_the_job(tmp_path: Path) -> None:
    async with ippeveprinter(tmp_path, two_sided=False) as printer, delivering(tmp_path) as agent:
        job = await agent.phase(await agent.release(printer_spec(printer.uri), make_pdf(), ticket=TICKET), Phase.HELD)
        assert await agent.events(job) == [JobEvent.TICKET_NOT_TAKEN]
        assert printer.printed_now() == []


async def test_a_printer_that_takes_no_pdf_is_not_sent_one(tmp_path: Path) -> None:
    async with ippeveprinter(tmp_path, formats=("image/pwg-raster",)) as printer, delivering(tmp_path) as agent:
        job = await agent.phase(await agent.release(printer_spec(printer.uri), make_pdf()), Phase.HELD)
        assert await agent.events(job) == [JobEvent.FORMAT_NOT_TAKEN]


async def test_a_printing_job_is_canceled_at_the_printer(tmp_path: Path) -> None:
    async with ippeveprinter(tmp_path, printing_takes=2) as printer, delivering(tmp_path) as agent:
        job = await agent.release(printer_spec(printer.uri), make_pdf())
        await agent.event(job, JobEvent.SENT)
        await agent.delivery.cancel(job.id)
        job = await agent.spool.get(job.id)
        assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)


async def test_a_printer_killed_with_the_job_leaves_its_end_unknown(tmp_path: Path) -> None:
    async with ippeveprinter(tmp_path, printing_takes=30) as printer, delivering(tmp_path) as agent:
        job = await agent.release(printer_spec(printer.uri), make_pdf())
        await agent.event(job, JobEvent.SENT)
        printer.process.kill()
        job = await agent.ended(job)
        assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
        assert (await agent.events(job))[-1] is JobEvent.OUT_OF_SIGHT


async def test_an_agent_restarted_while_the_printer_prints_follows_on(tmp_path: Path) -> None:
    async with ippeveprinter(tmp_path, printing_takes=1) as printer:
        spec = printer_spec(printer.ipps_uri)
        async with delivering(tmp_path) as agent:
            job = await agent.release(spec, make_pdf())
            await agent.event(job, JobEvent.SENT)
        async with delivering(tmp_path, [spec]) as agent:
            assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert len(await printer.printed(1)) == 1


async def test_a_printer_that_is_another_one_now_gets_nothing(tmp_path: Path) -> None:
    async with delivering(tmp_path) as agent:
        async with ippeveprinter(tmp_path) as printer:
            spec = printer_spec(printer.ipps_uri)
            assert (await agent.ended(await agent.release(spec, make_pdf()))).outcome is Outcome.PRINTED
        async with ippeveprinter(tmp_path, port=printer.port) as other:
            job = await agent.release(spec, make_pdf())
            await agent.event(job, JobEvent.CERTIFICATE_CHANGED)
            assert other.printed_now() == []
            assert (await agent.spool.get(job.id)).phase is Phase.RELEASED
