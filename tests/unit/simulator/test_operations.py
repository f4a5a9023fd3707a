"""What an operator and owners may ask of a simulated printer that prints: current jobs, several documents, proofs."""

from __future__ import annotations

from presswork.net.ipp_client import IppClient
from presswork.printer.job import DocumentState, JobState, Requester
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Collection, IntegerRange, Keyword, Tag
from presswork.simulator.device import OPERATOR
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Simulator
from presswork.testing.office_printer import pieces
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import MS, eventually

COPIES, TWO_SIDED = Attribute.of("copies", 2), Attribute.of("sides", Keyword("two-sided-long-edge"))
JOB_1 = Attribute.of("job-id", 1)
NOT_LAST, LAST = Attribute.of("last-document", False), Attribute.of("last-document", True)
ANYBODY = Requester("alice")


def client_of(simulator: Simulator, user: str = "alice") -> IppClient:
    return IppClient(simulator.uri, user=user)


async def print_pdf(client: IppClient, *ticket: Attribute, pages: int = 3) -> None:
    groups = (Group(Tag.JOB, ticket),) if ticket else ()
    reply = await client.call(Operation.PRINT_JOB, groups=groups, document=pieces(make_pdf(pages)))
    assert reply.code == Status.SUCCESSFUL_OK


async def ended(simulator: Simulator, number: int = 1) -> JobState:
    await eventually(lambda: simulator.store.entries[number].job.job_state.terminated, 20_000 * MS)
    return simulator.store.entries[number].job.job_state


async def under_way(simulator: Simulator) -> None:
    await eventually(lambda: simulator.store.entries[1].job.job_impressions_completed >= 1, 20_000 * MS)


async def test_8011_several_documents_come_out_one_after_the_other_copies_applied_once() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await client.call(Operation.CREATE_JOB, groups=(Group(Tag.JOB, (COPIES, TWO_SIDED)),))
        for pages, last in ((3, NOT_LAST), (1, NOT_LAST), (2, LAST)):
            sent = pieces(make_pdf(pages))
            assert (await client.call(Operation.SEND_DOCUMENT, JOB_1, last, document=sent)).code == 0
        assert await ended(simulator) == JobState.COMPLETED
        (printed,) = simulator.output.jobs
        assert (printed.pages, printed.impressions) == ((1, 2, 3, 4, 5, 6), 12)
        assert printed.sheets == 8  # two sheets, one and one, twice
        assert len(await printed.pictures(simulator.sandbox)) == 6
        documents = await simulator.store.get_documents(1, ANYBODY)
        assert [one.impressions for one in documents] == [3, 1, 2]
        assert {one.document_state for one in documents} == {DocumentState.COMPLETED}
        assert [one.last_document for one in documents] == [False, False, True]


async def test_page_ranges_are_of_each_document() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        ranges = Attribute.of("page-ranges", IntegerRange(2, 2))
        await client.call(Operation.CREATE_JOB, groups=(Group(Tag.JOB, (ranges,)),))
        for pages, last in ((3, NOT_LAST), (2, LAST)):
            await client.call(Operation.SEND_DOCUMENT, JOB_1, last, document=pieces(make_pdf(pages)))
        await ended(simulator)
        assert simulator.output.jobs[0].pages == (2, 5)


async def test_a_document_that_cannot_be_read_ends_the_whole_job() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await client.call(Operation.CREATE_JOB)
        await client.call(Operation.SEND_DOCUMENT, JOB_1, NOT_LAST, document=pieces(make_pdf()))
        await client.call(Operation.SEND_DOCUMENT, JOB_1, LAST, document=pieces(b"%PDF-1.7 and nothing else"))
        assert await ended(simulator) == JobState.ABORTED
        assert not simulator.output.jobs


async def test_3998_4_3_others_are_printed_while_a_job_is_suspended_and_no_side_comes_out_twice() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await simulator.switch(slow=30 * MS)
        await print_pdf(client, Attribute.of("copies", 5))
        await under_way(simulator)
        assert (await client.call(Operation.SUSPEND_CURRENT_JOB)).code == Status.SUCCESSFUL_OK
        await print_pdf(client, pages=1)
        await ended(simulator, 2)
        first = simulator.store.entries[1].job
        assert (first.job_state, first.job_state_reasons) == (JobState.PROCESSING_STOPPED, ("job-suspended",))
        await simulator.switch(slow=0.0)
        assert (await client.call(Operation.RESUME_JOB, JOB_1)).code == Status.SUCCESSFUL_OK
        assert await ended(simulator) == JobState.COMPLETED
        assert [(one.job.job_id, one.impressions) for one in simulator.output.jobs] == [(2, 1), (1, 15)]


async def test_a_suspended_job_can_be_cancelled() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await simulator.switch(slow=30 * MS)
        await print_pdf(client, Attribute.of("copies", 99))
        await under_way(simulator)
        await client.call(Operation.SUSPEND_CURRENT_JOB)
        await eventually(lambda: simulator.device.current is None, 20_000 * MS)
        assert (await client.call(Operation.CANCEL_JOB, JOB_1)).code == Status.SUCCESSFUL_OK
        assert (await client.call(Operation.RESUME_JOB, JOB_1)).code == Status.CLIENT_ERROR_NOT_POSSIBLE


async def test_3998_3_2_1_the_current_job_is_printed_to_its_end_and_no_other() -> None:
    async with simulate() as simulator, client_of(simulator) as client, client_of(simulator, OPERATOR) as operator:
        await simulator.switch(slow=30 * MS)
        await print_pdf(client)
        await print_pdf(client)
        await under_way(simulator)
        await operator.call(Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB)
        await eventually(lambda: simulator.printer.state.printer_state_reasons == ("moving-to-paused",), 20_000 * MS)
        assert await ended(simulator) == JobState.COMPLETED
        await eventually(lambda: simulator.printer.state.printer_state_reasons == ("paused",), 20_000 * MS)
        assert not simulator.store.entries[2].job.job_impressions_completed
        await operator.call(Operation.RESUME_PRINTER)
        assert await ended(simulator, 2) == JobState.COMPLETED


async def test_3998_3_5_a_shutdown_and_a_new_beginning() -> None:
    async with simulate() as simulator, client_of(simulator) as client, client_of(simulator, OPERATOR) as operator:
        await operator.call(Operation.SHUTDOWN_PRINTER)
        await eventually(lambda: simulator.printer.state.printer_state_reasons == ("shutdown",), 20_000 * MS)
        reply = await client.call(Operation.GET_JOBS)
        assert reply.code == Status.SERVER_ERROR_SERVICE_UNAVAILABLE
        alert = (await client.call(Operation.GET_PRINTER_ATTRIBUTES)).group(Tag.PRINTER).get("printer-alert")
        assert alert is not None
        assert bytes(alert.value).startswith(b"code=powerDown;")  # type: ignore[arg-type]
        await operator.call(Operation.STARTUP_PRINTER)
        await eventually(lambda: simulator.printer.state.printer_is_accepting_jobs, 20_000 * MS)
        await print_pdf(client)
        assert await ended(simulator) == JobState.COMPLETED


async def test_5100_11_a_proof_then_the_whole() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        proof = Attribute.of("proof-print", Collection((Attribute.of("proof-print-copies", 1),)))
        await print_pdf(client, Attribute.of("copies", 7), proof)
        assert await ended(simulator) == JobState.COMPLETED
        simulator.output.clear()
        assert simulator.output.impressions == 3
        assert (await client.call(Operation.RESUBMIT_JOB, JOB_1)).code == Status.SUCCESSFUL_OK
        assert await ended(simulator, 2) == JobState.COMPLETED
        assert [one.impressions for one in simulator.output.jobs] == [21]


async def test_a_job_whose_documents_are_gone_cannot_be_printed_again() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await print_pdf(client)
        await ended(simulator)
        simulator.output.clear()
        reply = await client.call(Operation.REPROCESS_JOB, JOB_1)
        assert reply.code == Status.CLIENT_ERROR_NOT_POSSIBLE
