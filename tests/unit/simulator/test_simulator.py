"""The simulated printer as a whole: printed to over IPP, IPPS and RAW, in good days and bad ones."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from presswork.core.errors import Distrusted, Interrupted, PrinterUnreachable
from presswork.net.http_client_exchange import Deadlines
from presswork.net.ipp_client import IppClient
from presswork.printer.job import JobState
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import IntegerRange, Keyword, Name, Tag
from presswork.simulator.faults import Bell, Faults
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen, Simulator
from presswork.testing.office_printer import pieces
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import MS, eventually

HASTY = Deadlines(connect=5, go_ahead=1, stall=300 * MS, reply=300 * MS, farewell=1)


def client_of(simulator: Simulator, deadlines: Deadlines | None = None, pin: str | None = None) -> IppClient:
    return IppClient(simulator.uri, user="alice", deadlines=deadlines or Deadlines(), pin=pin)


async def print_pdf(client: IppClient, *ticket: Attribute, pages: int = 3) -> Message:
    groups = (Group(Tag.JOB, ticket),) if ticket else ()
    name = Attribute.of("job-name", Name("report"))
    return await client.call(Operation.PRINT_JOB, name, groups=groups, document=pieces(make_pdf(pages)))


async def printer_state(client: IppClient) -> tuple[int, set[str]]:
    reply = await client.call(Operation.GET_PRINTER_ATTRIBUTES)
    state, reasons = (reply.group(Tag.PRINTER).get(f"printer-state{end}") for end in ("", "-reasons"))
    assert state is not None
    assert reasons is not None
    assert isinstance(state.value, int)
    return int(state.value), set(map(str, reasons.values))


def state(simulator: Simulator, number: int = 1) -> JobState:
    return simulator.store.entries[number].job.job_state


async def ended(simulator: Simulator, number: int = 1) -> None:
    await eventually(lambda: state(simulator, number).terminated, 20_000 * MS)


async def send_raw(simulator: Simulator, data: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", simulator.listen.raw_port)
    writer.write(data)
    writer.write_eof()
    await writer.drain()
    writer.close()
    await writer.wait_closed()


TWO_COPIES = Attribute.of("copies", 2)
TWO_SIDED = Attribute.of("sides", Keyword("two-sided-long-edge"))


@pytest.mark.parametrize(
    ("ticket", "pages", "impressions", "sheets"),
    [
        ((), 3, 3, 3),
        ((TWO_COPIES,), 3, 6, 6),
        ((TWO_COPIES, TWO_SIDED), 3, 6, 4),
        ((Attribute.of("page-ranges", IntegerRange(2, 9)),), 2, 2, 2),
        ((TWO_COPIES, Attribute.of("number-up", 2)), 3, 4, 4),
        ((TWO_COPIES, TWO_SIDED, Attribute.of("job-sheets", Keyword("standard"))), 3, 7, 5),
    ],
)
async def test_copies_and_sides_are_counted_once(
    ticket: tuple[Attribute, ...], pages: int, impressions: int, sheets: int
) -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        assert (await print_pdf(client, *ticket)).code == Status.SUCCESSFUL_OK
        await ended(simulator)
        (printed,) = simulator.output.jobs
        assert printed.job.job_state == JobState.COMPLETED
        assert printed.job.job_impressions_completed == impressions
        assert (printed.way, len(printed.pages)) == ("ipp", pages)
        assert printed.copies == (2 if TWO_COPIES in ticket else 1)
        assert printed.sides == ("two-sided-long-edge" if TWO_SIDED in ticket else "one-sided")
        assert (printed.impressions, printed.sheets) == (impressions, sheets)
        assert (simulator.output.impressions, simulator.output.sheets) == (impressions, sheets)


async def test_what_came_out_can_be_seen() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await print_pdf(client, pages=2)
        await ended(simulator)
        pictures = await simulator.output.jobs[0].pictures()
        assert len(pictures) == 2
        assert all(picture.startswith(b"\x89PNG") for picture in pictures)
        assert pictures is await simulator.output.jobs[0].pictures()


async def test_a_raw_connection_is_a_job() -> None:
    async with simulate() as simulator:
        await send_raw(simulator, make_pdf(2))
        await eventually(lambda: bool(simulator.output.jobs), 20_000 * MS)
        (printed,) = simulator.output.jobs
        assert (printed.way, printed.impressions) == ("raw", 2)


async def test_raw_nonsense_and_empty_connections_print_nothing() -> None:
    async with simulate() as simulator:
        await send_raw(simulator, b"")
        await send_raw(simulator, b"@PJL nonsense")
        await eventually(lambda: bool(simulator.store.entries))
        await ended(simulator)
        assert state(simulator) == JobState.ABORTED
        assert len(simulator.store.entries) == 1
        assert not simulator.output.jobs


async def test_postscript_is_counted_by_its_comments() -> None:
    async with simulate() as simulator:
        await send_raw(simulator, b"%!PS-Adobe-3.0\n%%Page: 1 1\nshowpage\n%%Page: 2 2\nshowpage\n")
        await eventually(lambda: bool(simulator.output.jobs), 20_000 * MS)
        assert simulator.output.jobs[0].impressions == 2
        assert await simulator.output.jobs[0].pictures() == ()


async def test_a_damaged_document_is_aborted() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await client.call(Operation.PRINT_JOB, document=pieces(b"%PDF-1.4\n nothing else"))
        await ended(simulator)
        assert state(simulator) == JobState.ABORTED
        assert simulator.store.entries[1].job.job_state_reasons == ("document-format-error",)


@pytest.mark.parametrize(("fault", "reason"), [("paper_out", "media-empty-error"), ("jam", "media-jam-error")])
async def test_a_stopped_job_goes_on_when_the_fault_is_gone(fault: str, reason: str) -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await simulator.switch(**{fault: True})
        await print_pdf(client)
        await eventually(lambda: state(simulator) == JobState.PROCESSING_STOPPED, 20_000 * MS)
        assert "printer-stopped" in simulator.store.entries[1].job.job_state_reasons
        assert await printer_state(client) == (5, {reason})
        assert not simulator.output.jobs
        await simulator.switch(**{fault: False})
        await ended(simulator)
        assert simulator.output.jobs[0].impressions == 3
        await eventually(lambda: simulator.printer.state.printer_state == 3)
        assert await printer_state(client) == (3, {"none"})


async def test_a_job_cancelled_while_the_printer_stands_still_prints_nothing() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        simulator.faults.paper_out = True
        await print_pdf(client)
        await eventually(lambda: state(simulator) == JobState.PROCESSING_STOPPED, 20_000 * MS)
        assert (await client.call(Operation.CANCEL_JOB, Attribute.of("job-id", 1))).code == Status.SUCCESSFUL_OK
        simulator.faults.paper_out = False
        await print_pdf(client, pages=1)
        await ended(simulator, 2)
        assert state(simulator) == JobState.CANCELED
        assert [printed.job.job_id for printed in simulator.output.jobs] == [2]


async def test_a_slow_printer_shows_how_far_it_is_and_what_came_out_before_a_cancel() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await simulator.switch(slow=50 * MS)
        await print_pdf(client, Attribute.of("copies", 100))
        await eventually(lambda: simulator.store.entries[1].job.job_impressions_completed >= 2, 20_000 * MS)
        assert state(simulator) == JobState.PROCESSING
        await client.call(Operation.CANCEL_JOB, Attribute.of("job-id", 1))
        await eventually(lambda: bool(simulator.output.jobs))
        printed = simulator.output.jobs[0]
        assert 2 <= printed.impressions < 300
        assert printed.sheets == printed.impressions
        assert printed.job.job_state == JobState.CANCELED


async def test_a_held_job_waits_for_its_release() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await print_pdf(client, Attribute.of("job-hold-until", Keyword("indefinite")))
        await print_pdf(client, pages=1)
        await ended(simulator, 2)
        assert state(simulator) == JobState.PENDING_HELD
        await client.call(Operation.RELEASE_JOB, Attribute.of("job-id", 1))
        await ended(simulator)
        assert [printed.job.job_id for printed in simulator.output.jobs] == [2, 1]


async def test_a_lying_printer_says_completed_and_prints_nothing() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        await simulator.switch(lies=True)
        await print_pdf(client)
        await ended(simulator)
        job = simulator.store.entries[1].job
        assert (job.job_state, job.job_impressions_completed) == (JobState.COMPLETED, 3)
        assert not simulator.output.jobs
        assert simulator.output.impressions == 0


async def test_a_hanging_printer_does_not_answer_and_goes_on_when_let() -> None:
    async with simulate() as simulator:
        await simulator.switch(hang=True)
        async with client_of(simulator, HASTY) as client:
            with pytest.raises(Interrupted):
                await print_pdf(client)
        assert state(simulator) == JobState.PENDING_HELD
        await simulator.switch(hang=False)
        await ended(simulator)


async def test_a_hanging_printer_hangs_on_raw_too() -> None:
    async with simulate() as simulator:
        await simulator.switch(hang=True)
        await send_raw(simulator, make_pdf())
        await eventually(lambda: bool(simulator.store.entries))
        assert simulator.store.entries[1].job.job_state_reasons == ("job-incoming",)
        await simulator.switch(hang=False)
        await ended(simulator)
        assert len(simulator.output.jobs) == 1


async def test_offline_refuses_connections_and_comes_back_at_the_same_address() -> None:
    async with simulate() as simulator:
        before = simulator.listen
        with socket.create_connection(("127.0.0.1", before.raw_port)):
            await simulator.switch(offline=True)
        for port in (before.port, before.raw_port):
            with pytest.raises(ConnectionRefusedError), contextlib.closing(socket.socket()) as probe:
                probe.connect(("127.0.0.1", port))
        async with client_of(simulator) as client:
            with pytest.raises(PrinterUnreachable):
                await print_pdf(client)
        await simulator.switch(offline=False)
        assert simulator.listen == before
        async with client_of(simulator) as client:
            assert (await print_pdf(client)).code == Status.SUCCESSFUL_OK
        await ended(simulator)


async def test_ipps_with_a_certificate_of_its_own() -> None:
    async with simulate(listen=Listen(tls=True)) as simulator:
        assert simulator.uri.startswith("ipps://")
        async with client_of(simulator, pin=simulator.certificate_sha256) as client:
            assert (await print_pdf(client)).code == Status.SUCCESSFUL_OK
        async with client_of(simulator, pin="00" * 32) as client:
            with pytest.raises(Distrusted):
                await print_pdf(client)
        await ended(simulator)


async def test_a_job_whose_document_never_comes_is_aborted() -> None:
    async with simulate() as simulator, client_of(simulator) as client:
        simulator.store.time_out = 0
        await client.call(Operation.CREATE_JOB)
        simulator.bell.ring()
        await ended(simulator)
        assert state(simulator) == JobState.ABORTED


async def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = Listen(port=taken.getsockname()[1])
        with pytest.raises(ExceptionGroup) as caught:
            async with simulate(listen=listen):
                pass
    assert caught.group_contains(OSError)


async def test_an_error_inside_the_block_comes_out_as_it_is() -> None:
    with pytest.raises(KeyError):
        async with simulate():
            raise KeyError


def test_there_are_no_other_faults() -> None:
    with pytest.raises(AttributeError):
        Faults(Bell()).paper_uot = True  # type: ignore[attr-defined]
