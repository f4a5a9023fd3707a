"""What breaks on the way: connections, relays, holders. Nothing is printed twice, and who can know the end says it."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Generic, TypeVar
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.delivery.way import Delivered, End, Watched
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.incoming import Incoming
from presswork.agent.relay.receiver import Begun, Transfer
from presswork.agent.spool import open_spool
from presswork.agent.spool.job import Job, Outcome
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import PrinterUnreachable, Unavailable
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ticket import TicketKind, TicketRefused
from presswork.testing.delivering import printer_spec
from presswork.testing.raw_server import raw_server
from presswork.testing.relaying import QUICK_RELAY, Holder, Organisation, Wire, holder, relay, wire_to
from presswork.testing.scripted_printer import Hang, ScriptedPrinter, scripted_printer
from presswork.testing.sink import Sink
from presswork.testing.timing import MS, eventually

DOCUMENT = bytes(range(256)) * 64_000
"""More than the operating system keeps of a connection."""


T = TypeVar("T")


class Program(Generic[T]):
    """A part that runs in a task of its own, so that it can be killed in the middle."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def start(self, part: AbstractAsyncContextManager[T]) -> T:
        """Until it is killed."""
        ready: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            async with part as what:
                ready.set_result(what)
                await asyncio.Event().wait()

        self._task = asyncio.ensure_future(run())
        await asyncio.wait((self._task, ready), return_when=asyncio.FIRST_COMPLETED)
        return await ready

    async def kill(self) -> None:
        """It is gone when this returns."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None


@dataclass
class Broken:
    """A holder and a relay, each of which may be ended and begun anew, with a wire between them that can be cut."""

    directory: Path
    organisation: Organisation = field(default_factory=Organisation)
    relay_id: UUID = field(default_factory=uuid4)
    holder_id: UUID = field(default_factory=uuid4)
    deadlines: RelayDeadlines = QUICK_RELAY
    relay_port: int = 0
    _relay: Program[PeerSpec] = field(default_factory=Program)
    _holder: Program[Holder] = field(default_factory=Program)

    async def start_relay(self) -> None:
        """With what it remembers."""
        part = relay(
            self.directory / "relay",
            self.organisation,
            computer_id=self.relay_id,
            port=self.relay_port,
            deadlines=self.deadlines,
        )
        self.relay_port = (await self._relay.start(part)).port

    async def kill_relay(self) -> None:
        """In the middle of whatever it does."""
        await self._relay.kill()

    async def start_holder(self, wire: Wire) -> Holder:
        """With what it remembers."""
        address = ip_address("127.0.0.1")
        spec = PeerSpec(computer_id=self.relay_id, name="Relay", addresses=(address,), port=wire.port)
        part = holder(
            self.directory / "holder",
            self.organisation,
            spec,
            computer_id=self.holder_id,
            deadlines=self.deadlines,
        )
        return await self._holder.start(part)

    async def kill_holder(self) -> None:
        """In the middle of whatever it does."""
        await self._holder.kill()


@pytest.fixture
async def broken(tmp_path: Path) -> AsyncIterator[Broken]:
    what = Broken(tmp_path)
    yield what
    await what.kill_holder()
    await what.kill_relay()


async def test_a_transfer_goes_on_where_it_was_after_each_break(broken: Broken) -> None:
    sink = Sink(limit=500_000)
    await broken.start_relay()
    async with raw_server(sink, receive_buffer=8192) as port, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        job = await sending.job(DOCUMENT)
        ticket = await sending.ticket(job, printer_spec(f"socket://127.0.0.1:{port}"))
        async with asyncio.TaskGroup() as group:
            going = group.create_task(sending.send(job, ticket))
            await eventually(lambda: bool(sink.jobs) and len(sink.jobs[0]) >= 500_000)
            for made in (2, 3):
                wire.cut()
                await eventually(lambda made=made: wire.made >= made)  # type: ignore[misc]
            sink.limit = None
            sink.goes.set()
        assert going.result().outcome is Outcome.UNKNOWN
        assert going.result().event is JobEvent.UNKNOWN
        assert sink.jobs == [DOCUMENT]
        assert sending.marks == [None]


async def test_a_break_before_go_is_as_if_nothing_had_been(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        printer.will(Operation.GET_PRINTER_ATTRIBUTES, Hang())
        sending = await broken.start_holder(wire)
        job = await sending.job()
        spec = printer_spec(printer.uri())
        ticket = await sending.ticket(job, spec)
        async with asyncio.TaskGroup() as group:
            going = group.create_task(_raises(sending, job, ticket))
            await eventually(lambda: printer.seen(Operation.GET_PRINTER_ATTRIBUTES) != [])
            wire.cut()
        assert isinstance(going.result(), Unavailable)
        assert sending.marks == []
        # the same ticket is good still: nothing came of it
        assert (await _again(sending, job, ticket)).outcome is Outcome.PRINTED
        assert len(printer.seen(Operation.SEND_DOCUMENT)) == 1


async def test_a_holder_that_does_not_come_back_leaves_a_broken_document(broken: Broken) -> None:
    sink = Sink(limit=500_000)
    broken.deadlines = replace(QUICK_RELAY, grace=0.2)
    await broken.start_relay()
    async with raw_server(sink, receive_buffer=8192) as port, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        job = await sending.job(DOCUMENT)
        ticket = await sending.ticket(job, printer_spec(f"socket://127.0.0.1:{port}"))
        going = asyncio.ensure_future(sending.send(job, ticket))
        await eventually(lambda: bool(sink.jobs) and len(sink.jobs[0]) >= 500_000)
        going.cancel()
        await asyncio.wait((going,))
        await broken.kill_holder()
        sink.goes.set()
        await eventually(lambda: sink.ended == 1)
        sending = await broken.start_holder(wire)
        end = await _taken_up(sending, job)
        assert (end.outcome, end.event) == (Outcome.UNKNOWN, JobEvent.BROKEN_OFF)
        assert len(sink.jobs) == 1
        assert DOCUMENT.startswith(bytes(sink.jobs[0]))


async def test_a_holder_that_was_killed_after_go_goes_on_after_its_restart(broken: Broken) -> None:
    sink = Sink(limit=500_000)
    await broken.start_relay()
    async with raw_server(sink, receive_buffer=8192) as port, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        job = await sending.job(DOCUMENT)
        ticket = await sending.ticket(job, printer_spec(f"socket://127.0.0.1:{port}"))
        going = asyncio.ensure_future(sending.send(job, ticket))
        await eventually(lambda: bool(sink.jobs) and len(sink.jobs[0]) >= 500_000)
        going.cancel()
        await asyncio.wait((going,))
        await broken.kill_holder()
        sending = await broken.start_holder(wire)
        sink.limit = None
        sink.goes.set()
        end = await _taken_up(sending, job)
        assert (end.outcome, end.event) == (Outcome.UNKNOWN, JobEvent.UNKNOWN)
        assert sink.jobs == [DOCUMENT]
        # and once more: the end is known, nobody is asked
        await broken.kill_relay()
        assert (await _taken_up(sending, job)) == end


async def test_a_relay_killed_while_octets_flow_says_unknown_and_sends_nothing_again(broken: Broken) -> None:
    sink = Sink(limit=500_000)
    await broken.start_relay()
    async with raw_server(sink, receive_buffer=8192) as port, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        job = await sending.job(DOCUMENT)
        ticket = await sending.ticket(job, printer_spec(f"socket://127.0.0.1:{port}"))
        async with asyncio.TaskGroup() as group:
            going = group.create_task(sending.send(job, ticket))
            await eventually(lambda: bool(sink.jobs) and len(sink.jobs[0]) >= 500_000)
            await broken.kill_relay()
            sink.goes.set()
            await broken.start_relay()
        assert (going.result().outcome, going.result().event) == (Outcome.UNKNOWN, JobEvent.INTERRUPTED)
        assert len(sink.jobs) == 1


async def test_a_relay_killed_before_go_has_nothing_to_say(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        printer.will(Operation.CREATE_JOB, Hang())
        sending = await broken.start_holder(wire)
        job = await sending.job()
        ticket = await sending.ticket(job, printer_spec(printer.uri()))
        async with asyncio.TaskGroup() as group:
            going = group.create_task(_raises(sending, job, ticket))
            await eventually(lambda: printer.seen(Operation.CREATE_JOB) != [])
            await broken.kill_relay()
        assert isinstance(going.result(), Unavailable)
        await broken.start_relay()
        assert (await _again(sending, job, ticket)).outcome is Outcome.PRINTED


async def test_a_relay_that_was_restarted_asks_the_printer_that_knows_the_job(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        job = await sending.job()
        printer.will(Operation.GET_JOB_ATTRIBUTES, Hang())
        ticket = await sending.ticket(job, printer_spec(printer.uri()))
        async with asyncio.TaskGroup() as group:
            going = group.create_task(sending.send(job, ticket))
            await eventually(lambda: printer.seen(Operation.GET_JOB_ATTRIBUTES) != [])
            await broken.kill_relay()
            await broken.start_relay()
        assert going.result().outcome is Outcome.PRINTED
        assert len(printer.seen(Operation.SEND_DOCUMENT)) == 1


async def test_who_asks_again_and_again_for_an_end_leaves_nothing_behind(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        job = await _given_and_killed(broken, wire, printer)
        printer.will(Operation.GET_JOB_ATTRIBUTES, Hang())
        await broken.start_relay()
        sending = await broken.start_holder(wire)
        going = asyncio.ensure_future(_taken_up(sending, job))
        for made in range(wire.made + 1, wire.made + 6):
            await eventually(lambda made=made: wire.made >= made or going.done(), 20_000 * MS)  # type: ignore[misc]
            if going.done():
                break  # on a slow machine the holder gives up before it has asked five times
            assert _known_transfers(job) <= 2
            wire.cut()
        assert _known_transfers(job) <= 2
        going.cancel()
        await asyncio.wait((going,))


def _known_transfers(job: Job) -> int:
    gc.collect()
    return sum(isinstance(one, Incoming) and one.ticket.job_id == job.id for one in gc.get_objects())


async def test_an_end_waits_for_a_holder_that_slept_and_whose_ticket_is_old_by_then(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        job = await sending.job()
        ticket = await sending.ticket(job, printer_spec(printer.uri()))
        delivered = await sending.sender.send(sending.receiver, ticket, sending.errand(job))
        wire.stand_still()
        await broken.kill_holder()
        await eventually(lambda: printer.seen(Operation.GET_JOB_ATTRIBUTES) != [])
        broken.organisation.offset += timedelta(hours=5)
        wire._flows.set()
        sending = await broken.start_holder(wire)
        assert (await _taken_up(sending, job)).outcome is Outcome.PRINTED
        assert not isinstance(delivered, End)


async def test_a_relay_that_forgot_a_transfer_says_unknown_to_an_old_ticket_too(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        job = await _given_and_killed(broken, wire, printer)
        await asyncio.to_thread(shutil.rmtree, broken.directory / "relay")
        broken.organisation.offset += timedelta(hours=5)
        await broken.start_relay()
        sending = await broken.start_holder(wire)
        end = await _taken_up(sending, job)
        assert (end.outcome, end.event) == (Outcome.UNKNOWN, JobEvent.INTERRUPTED)


async def test_a_relay_that_only_declines_what_it_had_is_not_asked_for_ever(broken: Broken) -> None:
    broken.deadlines = replace(QUICK_RELAY, out_of_reach=0.3)
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        job = await _given_and_killed(broken, wire, printer)
        broken.organisation.key = Ed25519PrivateKey.generate()  # so the ticket is none any more
        await broken.start_relay()
        sending = await broken.start_holder(wire)
        end = await _taken_up(sending, job)
        assert (end.outcome, end.event) == (Outcome.UNKNOWN, JobEvent.BROKEN_OFF)
        assert wire.made >= 2


async def _given_and_killed(broken: Broken, wire: Wire, printer: ScriptedPrinter) -> Job:
    """A job that had GO; both computers are gone before its end is known."""
    sending = await broken.start_holder(wire)
    job = await sending.job()
    printer.will(Operation.GET_JOB_ATTRIBUTES, Hang())
    ticket = await sending.ticket(job, printer_spec(printer.uri()))
    await sending.sender.send(sending.receiver, ticket, sending.errand(job))
    await broken.kill_holder()
    await broken.kill_relay()
    return job


async def test_a_ticket_that_was_used_prints_nothing_a_second_time(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        job = await sending.job()
        ticket = await sending.ticket(job, printer_spec(printer.uri()))
        assert (await sending.send(job, ticket)).outcome is Outcome.PRINTED
        for _ in range(2):
            with pytest.raises(TicketRefused) as refused:
                await _again(sending, job, ticket)
            assert refused.value.details == {"reason": "used"}
            await broken.kill_relay()
            await broken.start_relay()
        assert len(printer.seen(Operation.SEND_DOCUMENT)) == 1


async def _raises(sending: Holder, job: Job, ticket: str) -> Exception | End:
    try:
        return await sending.send(job, ticket)
    except Exception as error:
        return error


async def _again(sending: Holder, job: Job, ticket: str) -> End:
    """Once more, where it came back to what went before it."""
    try:
        return await sending.send(job, ticket)
    except PrinterUnreachable:
        return await sending.send(job, ticket)


async def _taken_up(sending: Holder, job: Job) -> End:
    watched: Delivered | None = await sending.sender.take_up(job)
    assert watched is not None
    return await sending.end(watched)


async def test_whoever_has_the_job_is_asked_to_give_it_up(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        job = await sending.job()
        assert not await sending.sender.cancel(job)  # nobody has it
        printer.will(Operation.GET_JOB_ATTRIBUTES, *[Hang()] * 3)
        ticket = await sending.ticket(job, printer_spec(printer.uri()))
        async with asyncio.TaskGroup() as group:
            going = group.create_task(sending.send(job, ticket))
            await eventually(lambda: printer.seen(Operation.GET_JOB_ATTRIBUTES) != [])
            assert await sending.sender.cancel(job)
            assert len(printer.seen(Operation.CANCEL_JOB)) == 1
        assert not await sending.sender.cancel(job)  # it is over
        assert isinstance(going.result(), End)


async def test_a_job_that_nobody_watches_after_all_keeps_no_connection(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        printer.will(Operation.GET_JOB_ATTRIBUTES, *[Hang()] * 9)
        job = await sending.job()
        ticket = await sending.ticket(job, printer_spec(printer.uri()))
        watched = await sending.sender.send(sending.receiver, ticket, sending.errand(job))
        assert isinstance(watched, Watched)
        again = [await sending.sender.take_up(job) for _ in range(2)]  # as after a delivery that failed
        assert len(sending.sender._open) == 1
        for one in (watched, *again):
            assert one is not None
            one.drop()
        assert sending.sender._open == {}
        await eventually(lambda: not wire._open)


async def test_one_that_is_cancelled_on_its_way_keeps_no_connection(broken: Broken) -> None:
    await broken.start_relay()
    async with scripted_printer() as printer, wire_to(broken.relay_port) as wire:
        sending = await broken.start_holder(wire)
        printer.will(Operation.SEND_DOCUMENT, Hang())
        job = await sending.job()
        ticket = await sending.ticket(job, printer_spec(printer.uri()))
        going = asyncio.ensure_future(sending.sender.send(sending.receiver, ticket, sending.errand(job)))
        await eventually(lambda: sending.marks != [])
        going.cancel()
        await asyncio.wait((going,))
        assert sending.sender._open == {}
        await eventually(lambda: not wire._open)


class Fickle:
    """A receiver that reads the beginning, waits until more of the document is there, and gives up."""

    def __init__(self) -> None:
        self.transfer: Incoming | None = None
        self.gives_up = asyncio.Event()

    async def receive(self, transfer: Transfer) -> End:
        """See ``Receiver``."""
        assert isinstance(transfer, Incoming)
        self.transfer = transfer
        await transfer.go()
        async for _ in transfer.read(1):
            await self.gives_up.wait()
            break
        return End.not_printed("the printer is on fire")

    async def after_restart(self, begun: Begun) -> End:
        """See ``Receiver``."""
        raise AssertionError(begun)

    async def cancel(self, begun: Begun) -> None:
        """See ``Receiver``."""
        raise AssertionError(begun)


async def test_an_end_in_the_middle_of_a_document_is_seen_and_no_reconnecting_piles_up_pieces(tmp_path: Path) -> None:
    organisation, fickle = Organisation(), Fickle()
    async with (
        relay(tmp_path / "relay", organisation, receivers={TicketKind.RELAY: fickle}) as peer,
        wire_to(peer.port) as wire,
        holder(tmp_path / "holder", organisation, peer.model_copy(update={"port": wire.port})) as sending,
    ):
        job = await sending.job(DOCUMENT)
        ticket = await sending.ticket(job, printer_spec("socket://127.0.0.1:9"))
        async with asyncio.TaskGroup() as group:
            going = group.create_task(sending.send(job, ticket))
            for made in range(2, 7):
                await eventually(lambda: fickle.transfer is not None and len(fickle.transfer._pieces) >= 2)
                wire.cut()
                await eventually(lambda made=made: wire.made >= made)  # type: ignore[misc]
            assert fickle.transfer is not None
            assert len(fickle.transfer._pieces) <= 3
            fickle.gives_up.set()
        assert going.result().outcome is Outcome.NOT_PRINTED
    spool = await open_spool(tmp_path / "relay" / "spool", SystemClock(), system_randomness)
    (record,) = (await spool.recall_all("relayed ")).values()
    await spool.close()
    assert '"seen":true' in record
