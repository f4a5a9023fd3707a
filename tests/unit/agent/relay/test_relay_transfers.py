"""Jobs from one computer through another to a printer: with real spools, real TLS and real printers of octets and IPP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from presswork.agent.delivery.way import End, News, NotNow, NotTaken, Overtaken
from presswork.agent.relay.receiver import Begun, Transfer
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.core.errors import NotPossible, PrinterUnreachable
from presswork.printer.job import JobState
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.sealed.stream import Opener
from presswork.protocols.ticket import TicketKind
from presswork.testing.delivering import QUICK, printer_spec
from presswork.testing.raw_server import Behaviour, raw_server
from presswork.testing.relaying import Holder, Organisation, holder, relay
from presswork.testing.scripted_printer import scripted_printer
from presswork.testing.sink import Sink
from presswork.testing.spooling import HOLD, LIMIT, incoming_job, pieces
from presswork.testing.timing import eventually


@dataclass
class Office:
    """A holder, a relay and a printer of octets."""

    organisation: Organisation
    holder: Holder
    relay: PeerSpec
    sink: Sink
    uri: str


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    organisation, sink = Organisation(), Sink()
    async with (
        raw_server(sink) as port,
        relay(tmp_path / "relay", organisation) as peer,
        holder(tmp_path / "holder", organisation, peer) as sending,
    ):
        yield Office(organisation, sending, peer, sink, f"socket://127.0.0.1:{port}")


@pytest.mark.parametrize("size", [1, 100_000, 64 * 1024 * 9, 3_000_000])
async def test_what_the_printer_gets_is_the_document(office: Office, size: int) -> None:
    document = bytes(range(256)) * (size // 256 + 1)
    job = await office.holder.job(document[:size])
    end = await office.holder.send(job, await office.holder.ticket(job, printer_spec(office.uri)))
    assert end.outcome is Outcome.UNKNOWN  # RAW does not say more
    assert office.sink.jobs == [document[:size]]
    assert office.holder.marks == [None]
    assert office.holder.octets[-1] == size


async def test_a_job_that_was_deleted_meanwhile_is_not_sent(office: Office) -> None:
    job = await office.holder.job()
    ticket = await office.holder.ticket(job, printer_spec(office.uri))
    await office.holder.spool.change(job.id, Change(phase=Phase.ENDED, state=JobState.CANCELED))
    with pytest.raises(Overtaken):
        await office.holder.send(job, ticket)
    assert office.sink.jobs == []


async def test_an_ipp_printer_says_what_became_of_it(office: Office) -> None:
    async with scripted_printer() as printer:
        job = await office.holder.job(b"%PDF" + bytes(200_000))
        end = await office.holder.send(job, await office.holder.ticket(job, printer_spec(printer.uri())))
        assert end.outcome is Outcome.PRINTED
        (device_job_id,) = office.holder.marks
        assert device_job_id is not None
        assert [one.document for one in printer.seen(Operation.SEND_DOCUMENT)] == [b"%PDF" + bytes(200_000)]


@dataclass
class Collecting:
    """A receiver that keeps what it gets, opened or as it lay in the holder's spool."""

    sealed: bool
    documents: list[bytes] = field(default_factory=list)

    async def receive(self, transfer: Transfer) -> End:
        await transfer.go()
        for one in transfer.job.documents:
            pieces = transfer.sealed(one.number) if self.sealed else transfer.read(one.number)
            got = b"".join([bytes(piece) async for piece in pieces])
            if self.sealed:
                opener = Opener(transfer.keys[one.number])
                got = opener.feed(transfer.headers[one.number].encode() + got) + opener.finish()
            self.documents.append(got)
        return End.handed_over("queue", "computer", "ada", 7)

    async def after_restart(self, begun: Begun) -> End:
        return End.unknown(JobEvent.INTERRUPTED)

    async def cancel(self, begun: Begun) -> None:
        raise NotPossible("No.")


@dataclass
class Speaking(Collecting):
    """Says what a device says in the middle of its work, and after it; goes on when that was heard."""

    heard: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def receive(self, transfer: Transfer) -> End:
        end = await super().receive(transfer)
        await transfer.tell(News(JobState.PROCESSING_STOPPED, "out of paper"))
        await self.heard.get()
        await transfer.taken(answered=True)
        await transfer.tell(News(JobState.PROCESSING, "printing page 2"))
        await self.heard.get()
        return end


async def test_what_a_device_says_is_told_while_it_says_it(tmp_path: Path) -> None:
    organisation, receiver = Organisation(), Speaking(sealed=False)
    async with (
        relay(tmp_path / "relay", organisation, receivers={TicketKind.RELAY: receiver}) as peer,
        holder(tmp_path / "holder", organisation, peer) as sending,
        asyncio.TaskGroup() as group,
    ):
        job = await sending.job()
        ticket = await sending.ticket(job, printer_spec("ipp://nowhere.invalid/"))
        going = group.create_task(sending.send(job, ticket))
        for news in (News(JobState.PROCESSING_STOPPED, "out of paper"), News(JobState.PROCESSING, "printing page 2")):
            await eventually(lambda news=news: sending.told[-1:] == [news])  # type: ignore[misc]
            assert not going.done()
            receiver.heard.put_nowait(None)


@pytest.mark.parametrize("sealed", [False, True])
async def test_several_documents_stay_one_job(tmp_path: Path, sealed: bool) -> None:
    organisation, receiver = Organisation(), Collecting(sealed)
    documents = [b"first" * 80_000, b"second", bytes(2 * 65536)]
    async with (
        relay(tmp_path / "relay", organisation, receivers={TicketKind.RELAY: receiver}) as peer,
        holder(tmp_path / "holder", organisation, peer) as sending,
    ):
        draft = await incoming_job(sending.spool)
        for document in documents:
            await sending.spool.receive(draft.id, "application/pdf", pieces(document), limit=LIMIT)
        await sending.spool.change(draft.id, HOLD)
        job = await sending.spool.change(draft.id, Change(phase=Phase.RELEASED, printer_id=draft.id))
        end = await sending.send(job, await sending.ticket(job, printer_spec("ipp://nowhere.invalid/")))
    assert receiver.documents == documents
    assert end == End.handed_over("queue", "computer", "ada", 7)


async def test_a_printer_that_does_not_answer_is_said_before_go(office: Office) -> None:
    job = await office.holder.job()
    with pytest.raises(PrinterUnreachable):
        await office.holder.send(job, await office.holder.ticket(job, printer_spec("socket://127.0.0.1:1")))
    assert office.holder.marks == []


async def test_what_a_printer_cannot_do_comes_back_as_its_owner_is_told(office: Office) -> None:
    draft = await incoming_job(office.holder.spool)
    for document in (b"one", b"two"):
        await office.holder.spool.receive(draft.id, "application/pdf", pieces(document), limit=LIMIT)
    job = await office.holder.spool.change(draft.id, HOLD)
    with pytest.raises(NotTaken) as refused:
        await office.holder.send(job, await office.holder.ticket(job, printer_spec(office.uri)))
    assert refused.value.event is JobEvent.TICKET_NOT_TAKEN
    assert refused.value.values == {"attributes": "several documents in one job"}


async def test_a_job_that_is_withdrawn_at_the_mark_goes_nowhere(office: Office) -> None:
    job = await office.holder.job()

    async def overtaken(device_job_id: int | None) -> None:
        raise Overtaken

    ticket = await office.holder.ticket(job, printer_spec(office.uri))
    with pytest.raises(Overtaken):
        await office.holder.sender.send(office.relay, ticket, office.holder.errand(job, overtaken))
    assert office.sink.jobs in ([], [b""])


async def test_one_at_a_time_goes_to_a_printer_that_takes_one_connection(office: Office) -> None:
    office.sink.limit = 1
    spec = printer_spec(office.uri)
    jobs = [await office.holder.job(b"%PDF" + bytes(1000)) for _ in range(3)]
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(office.holder.send(job, await office.holder.ticket(job, spec)))
        await eventually(lambda: len(office.sink.jobs) == 1)
        await asyncio.sleep(0)
        assert len(office.sink.jobs) == 1
        office.sink.goes.set()
    assert [len(job) for job in office.sink.jobs] == [1004] * 3


async def test_a_job_that_waits_too_long_for_its_turn_is_not_now(tmp_path: Path) -> None:
    organisation, sink = Organisation(), Sink(limit=0)
    printing = replace(QUICK, turn=0.2, raw_stall=10)
    async with (
        raw_server(sink) as port,
        relay(tmp_path / "relay", organisation, printing=printing) as peer,
        holder(tmp_path / "holder", organisation, peer) as sending,
        asyncio.TaskGroup() as group,
    ):
        spec = printer_spec(f"socket://127.0.0.1:{port}")
        first, second = await sending.job(), await sending.job()
        going = group.create_task(sending.send(first, await sending.ticket(first, spec)))
        await eventually(lambda: sending.marks != [])
        with pytest.raises(NotNow):
            await sending.send(second, await sending.ticket(second, spec))
        sink.goes.set()
        await going


async def test_fifty_at_once_and_nobody_starves(tmp_path: Path) -> None:
    organisation = Organisation()
    sinks = [Sink() for _ in range(50)]
    document = bytes(1_500_000)
    async with (
        relay(tmp_path / "relay", organisation) as peer,
        holder(tmp_path / "holder", organisation, peer) as sending,
        raw_server(_dealt(sinks)) as port,
    ):
        spec = printer_spec(f"socket://127.0.0.1:{port}")
        jobs = [await sending.job(document) for _ in sinks]
        done: list[Job] = []
        least_at_half = -1

        async def send(job: Job) -> None:
            nonlocal least_at_half
            await sending.send(job, await sending.ticket(job, spec.model_copy(update={"printer_id": job.id})))
            done.append(job)
            if len(done) == len(jobs) // 2:
                least_at_half = min(len(one.jobs[0]) if one.jobs else 0 for one in sinks)

        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(send(job))
    assert all(one.jobs == [document] for one in sinks)
    assert least_at_half >= len(document) // 3, "some go first, and the others wait for them"


def _dealt(sinks: list[Sink]) -> Behaviour:
    """One connection each."""
    left = iter(sinks)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await next(left)(reader, writer)

    return serve
