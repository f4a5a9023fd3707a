"""Transfers through tunnels: the same as over TCP, and what passes is for nobody else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from presswork.agent.delivery import Deadlines
from presswork.agent.delivery.counter import no_counters
from presswork.agent.delivery.way import End
from presswork.agent.delivery.ways import Ways
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.onward import Onward
from presswork.agent.relay.sender import Sender
from presswork.agent.relay.service import Relay
from presswork.agent.spool import open_spool
from presswork.agent.spool.job import Job, Outcome
from presswork.core.clock import SystemClock, system_randomness
from presswork.printer.job import JobState
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.tunnel import TunnelCall
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import TicketKind, ticket_id_of
from presswork.testing.delivering import QUICK, printer_spec
from presswork.testing.raw_server import raw_server
from presswork.testing.relaying import QUICK_RELAY, Holder, Organisation
from presswork.testing.scripted_printer import scripted_printer
from presswork.testing.sink import Sink
from presswork.testing.timing import eventually
from presswork.testing.tunnels import Hub, tunnels_to

CLOCK = SystemClock()


@dataclass
class Tunnelled:
    """A holder and a relay that reach nobody but the hub."""

    holder: Holder
    hub: Hub

    def has_passed(self, octets: int) -> bool:
        return len(self.hub.passed) > octets

    async def send(self, job: Job, printer: PrinterSpec) -> End:
        ticket = await self.holder.ticket(job, printer)
        errand = self.holder.errand(job)
        delivered = await self.holder.sender.send(self.holder.receiver, ticket, errand, through_server=True)
        return await self.holder.end(delivered)


@asynccontextmanager
async def tunnelled(
    directory: Path, printing: Deadlines = QUICK, deadlines: RelayDeadlines = QUICK_RELAY
) -> AsyncIterator[Tunnelled]:
    organisation, hub = Organisation(), Hub()
    peer = PeerSpec(computer_id=uuid4(), name="Relay", port=21335)
    holder_id = uuid4()
    relay_trust = await organisation.trust(directory / "relay", peer.computer_id)
    holder_trust = await organisation.trust(directory / "holder", holder_id)
    spools = [await open_spool(directory / name / "spool", CLOCK, system_randomness) for name in ("relay", "holder")]
    ways = Ways(spools[0], lambda report: None, no_counters, CLOCK, printing)
    receivers = {TicketKind.RELAY: Onward(ways, CLOCK)}
    service = Relay(spools[0], relay_trust, receivers, clock=CLOCK, deadlines=deadlines)
    try:
        async with tunnels_to(hub) as tunnels, asyncio.TaskGroup() as group, asyncio.timeout(60):
            tunnels.serve = partial(service.serve, kinds=(TicketKind.RELAY,))

            async def call() -> None:
                while True:
                    await hub.came.wait()
                    hub.came.clear()
                    tunnels.called([TunnelCall(ticket_id=ticket_id_of(hub.tickets[-1]))])

            running = [group.create_task(service.run()), group.create_task(call())]
            sender = Sender(
                spools[1],
                holder_trust,
                clock=CLOCK,
                randomness=system_randomness,
                tunnel=tunnels.dial,
                deadlines=deadlines,
            )
            yield Tunnelled(Holder(organisation, holder_id, spools[1], sender, peer), hub)
            sender.close()
            for task in running:
                task.cancel()
    finally:
        for spool in spools:
            await spool.close()


async def test_a_job_is_printed_and_only_ciphertext_passed(tmp_path: Path) -> None:
    document = b"%PDF-1.4 " + b"nobody between reads this " * 20_000
    async with tunnelled(tmp_path) as office, scripted_printer() as printer:
        job = await office.holder.job(document, name="Letter to nobody", account="ada-lovelace")
        end = await office.send(job, printer_spec(printer.uri()))
        assert end.outcome is Outcome.PRINTED
        assert [len(printer.jobs), printer.octets] == [1, len(document)]
        passed = bytes(office.hub.passed)
    assert len(passed) > len(document), "it went this way"
    # long ones: three letters stand in half a million octets of chance, now and then
    for secret in (b"nobody", b"Letter", b"%PDF-1.4", b"lovelace", b"ipp://", b"application/", str(job.id).encode()):
        assert secret not in passed


async def test_nobody_waits_for_paper_in_a_tunnel(tmp_path: Path) -> None:
    hasty = replace(QUICK_RELAY, follow_by_tunnel=0.01, end_follows=0.01, first_ask=0.02, slowest_ask=0.1)
    async with tunnelled(tmp_path, deadlines=hasty) as office, scripted_printer() as printer:
        printer.job_state = JobState.PROCESSING_STOPPED
        job = await office.holder.job()
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(office.send(job, printer_spec(printer.uri())))
            await eventually(lambda: office.hub.made > 1)
            printer.jobs[1].state = JobState.COMPLETED
        assert sending.result().outcome is Outcome.PRINTED
        assert len(printer.jobs) == 1


async def test_a_tunnel_that_breaks_is_opened_again_and_the_transfer_goes_on(tmp_path: Path) -> None:
    document = os.urandom(6_000_000)
    sink = Sink()
    async with tunnelled(tmp_path) as office, raw_server(sink) as port:
        job = await office.holder.job(document)
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(office.send(job, printer_spec(f"socket://127.0.0.1:{port}")))
            for so_much in (1_000_000, 3_000_000):
                await eventually(partial(office.has_passed, so_much), deadline=30)
                office.hub.cut()
        assert sending.result().outcome is Outcome.UNKNOWN  # RAW does not say more
    assert sink.jobs == [document]
    assert len(office.holder.marks) == 1
    assert office.hub.made == 3


async def test_a_printer_that_takes_nothing_stops_the_holder(tmp_path: Path) -> None:
    document = os.urandom(30_000_000)
    sink = Sink(limit=100_000)
    async with tunnelled(tmp_path, replace(QUICK, raw_stall=30)) as office, raw_server(sink) as port:
        job = await office.holder.job(document)
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(office.send(job, printer_spec(f"socket://127.0.0.1:{port}")))
            passed = 0
            while not passed or len(office.hub.passed) > passed:
                passed = len(office.hub.passed)
                await asyncio.sleep(0.3)
            assert not sending.done()
            assert passed < 20_000_000, "a window, and what operating systems keep of one connection"
            sink.goes.set()
        assert sending.result().outcome is Outcome.UNKNOWN
    assert sink.jobs == [document]
