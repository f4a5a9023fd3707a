"""Several documents of one job, on their way to a printer that keeps them together; to any other they do not go."""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.agent.jobs import release
from presswork.agent.spool.job import Job, JobTicket, Outcome, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection
from presswork.simulator.serve import simulate
from presswork.testing.delivering import Delivering, delivering, printer_spec
from presswork.testing.pdf import make_pdf
from presswork.testing.scripted_printer import scripted_printer
from presswork.testing.spooling import HOLD, LIMIT, incoming_job, pieces
from presswork.testing.timing import MS

COPIES = Attribute.of("copies", 2)
PROOF = Attribute.of("proof-print", Collection((Attribute.of("proof-print-copies", 1),)))


async def released(agent: Delivering, spec: PrinterSpec, *documents: bytes, ticket: tuple[Attribute, ...] = ()) -> Job:
    job = await incoming_job(agent.spool, ticket=JobTicket(ticket))
    for number, document in enumerate(documents, 1):
        then = (HOLD,) if number == len(documents) else ()
        await agent.spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT, then=then)
    return await release(agent.spool, job.id, agent.knows(spec))


async def test_they_come_out_in_their_order_with_the_copies_applied_once(tmp_path: Path) -> None:
    documents = [make_pdf(pages, f"Part {pages}") for pages in (3, 1, 2)]
    async with simulate() as printer, delivering(tmp_path) as agent:
        job = await agent.ended(await released(agent, printer_spec(printer.uri), *documents, ticket=(COPIES,)))
        assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.SENT, JobEvent.PRINTED]
        (printed,) = printer.output.jobs
        assert [one.octets for one in printed.documents] == documents
        assert (printed.impressions, len(printed.pages)) == (12, 6)


async def test_a_cancelled_one_is_left_out(tmp_path: Path) -> None:
    documents = [make_pdf(1, f"Part {number}") for number in range(3)]
    async with simulate() as printer, delivering(tmp_path) as agent:
        job = await incoming_job(agent.spool)
        for document in documents:
            await agent.spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT)
        await agent.spool.cancel_document(job.id, 2)
        await agent.spool.change(job.id, HOLD)
        job = await agent.ended(await release(agent.spool, job.id, agent.knows(printer_spec(printer.uri))))
        assert job.outcome is Outcome.PRINTED
        assert [one.octets for one in printer.output.jobs[0].documents] == [documents[0], documents[2]]


@pytest.mark.parametrize("scheme", ["ipp", "socket", "lpd"])
async def test_a_printer_that_takes_one_document_a_job_gets_nothing(tmp_path: Path, scheme: str) -> None:
    async with scripted_printer() as printer, delivering(tmp_path) as agent:
        uri = printer.uri() if scheme == "ipp" else f"{scheme}://127.0.0.1:1/raw"
        job = await agent.phase(await released(agent, printer_spec(uri), make_pdf(), make_pdf()), Phase.HELD)
        assert await agent.events(job) == [JobEvent.TICKET_NOT_TAKEN]
        assert "several documents in one job" in (await agent.sentences(job))[-1]
        assert job.document_kept
        assert not printer.jobs


async def test_a_weaker_address_is_no_way_for_them(tmp_path: Path) -> None:
    async with delivering(tmp_path) as agent:
        spec = printer_spec("ipp://127.0.0.1:1/ipp/print")
        spec = spec.model_copy(update={"ways": (spec.device_uri, "socket://127.0.0.1:1")})
        job = await released(agent, spec, make_pdf(), make_pdf())
        await agent.event(job, JobEvent.UNREACHABLE)
        assert (await agent.spool.get(job.id)).phase is Phase.RELEASED


async def test_one_the_printer_cannot_read_is_no_success(tmp_path: Path) -> None:
    async with simulate() as printer, delivering(tmp_path) as agent:
        job = await released(agent, printer_spec(printer.uri), make_pdf(), b"%PDF-1.7 and nothing else")
        job = await agent.ended(job)
        assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
        assert not printer.output.jobs


async def test_a_job_that_is_cancelled_between_two_of_them_is_not_sent_again(tmp_path: Path) -> None:
    async with simulate(page_seconds=20 * MS) as printer, delivering(tmp_path) as agent:
        printer.faults.paper_out = True
        job = await released(agent, printer_spec(printer.uri), make_pdf(), make_pdf())
        await agent.event(job, JobEvent.SENT)
        await agent.delivery.cancel(job.id)
        job = await agent.ended(job)
        assert job.outcome is Outcome.NOT_PRINTED
        assert len(printer.store.entries) == 1


async def test_5100_11_a_proof_has_its_own_copies_and_keeps_its_document(tmp_path: Path) -> None:
    async with simulate() as printer, delivering(tmp_path) as agent:
        many = Attribute.of("copies", 30)
        job = await agent.ended(await released(agent, printer_spec(printer.uri), make_pdf(2), ticket=(many, PROOF)))
        assert (job.outcome, job.document_kept) == (Outcome.PRINTED, True)
        assert printer.output.impressions == 2
        assert printer.store.entries[1].job.attributes == (Attribute.of("copies", 1),)
