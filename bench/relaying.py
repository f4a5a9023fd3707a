"""The relay to be measured: a process of its own on the event loop agents have; the holder runs in the benchmark's process.

async with office(directory) as office:      # a relay, a holder, who signs for both
    await office.send(job, uri)              # to a printer, to its end
    office.relay.cpu()                       # seconds it has worked so far
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from socket import create_server
from uuid import uuid4

import uvloop

from presswork.agent.delivery import Deadlines
from presswork.agent.delivery.counter import no_counters
from presswork.agent.delivery.way import End
from presswork.agent.delivery.ways import Ways
from presswork.agent.link.identity import save_identity
from presswork.agent.relay.onward import Onward
from presswork.agent.relay.service import Relay
from presswork.agent.relay.trust import Trust
from presswork.agent.spool import open_spool
from presswork.agent.spool.job import Change, Job, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import TicketKind
from presswork.testing.relaying import Holder, Organisation, holder
from presswork.testing.spooling import HOLD, LIMIT, incoming_job

_TICKS = os.sysconf("SC_CLK_TCK")
_CERTIFICATE = "tickets.crt"
PIECE = bytes(range(256)) * 1024


@dataclass
class Program:
    """A process of the comparison, with its children."""

    process: Process

    def cpu(self) -> float:
        """Seconds of processor time so far, of it and of all it began."""
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it ended just now
                continue
            if int(fields[2]) == self.process.pid:  # its process group
                total += sum(map(int, fields[11:15]))
        return total / _TICKS

    def resident_kib(self) -> int:
        """Its memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@asynccontextmanager
async def program(*command: str, stdout: int | None = None) -> AsyncIterator[Program]:
    """A program that ends with the context, in a process group of its own."""
    process = await asyncio.create_subprocess_exec(*command, start_new_session=True, stdout=stdout)
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, 15)
            await process.wait()


@dataclass
class Office:
    """A holder and its relay."""

    holder: Holder
    relay: Program

    async def job(self, size: int) -> Job:
        """A released job with a document of that size."""

        async def pieces() -> AsyncIterator[bytes]:
            left = size
            while left:
                yield PIECE[:left]
                left -= min(left, len(PIECE))

        job = await incoming_job(self.holder.spool)
        await self.holder.spool.receive(job.id, "application/pdf", pieces(), limit=LIMIT + size, then=(HOLD,))
        return await self.holder.spool.change(job.id, Change(phase=Phase.RELEASED, printer_id=uuid4()))

    async def send(self, job: Job, uri: str) -> End:
        """By the relay to that printer, to its end."""
        spec = PrinterSpec(printer_id=job.id, name="printer", device_uri=uri)
        return await self.holder.send(job, await self.holder.ticket(job, spec))


@asynccontextmanager
async def office(directory: Path) -> AsyncIterator[Office]:
    """Both ends, of one organisation."""
    organisation, computer_id = Organisation(), uuid4()
    relay_directory = directory / "relay"
    relay_directory.mkdir()
    save_identity(relay_directory, organisation.ca.identity(computer_id=computer_id))
    (relay_directory / _CERTIFICATE).write_text(organisation.ca.ticket_certificate(organisation.key))
    async with program(sys.executable, __file__, str(relay_directory), stdout=PIPE) as relay:
        assert relay.process.stdout is not None
        port = int(await relay.process.stdout.readline())
        address = ip_address("127.0.0.1")
        peer = PeerSpec(computer_id=computer_id, name="Relay", addresses=(address,), port=port)
        async with holder(directory / "holder", organisation, peer) as sending:
            yield Office(sending, relay)


async def _serve(directory: Path) -> None:
    """As an agent has it."""
    clock = SystemClock()
    certificate = (directory / _CERTIFICATE).read_text()
    trust = Trust(directory, lambda: certificate, clock.now)
    spool = await open_spool(directory / "spool", clock, system_randomness)
    deadlines = replace(Deadlines(), raw_close=1)
    onward = Onward(Ways(spool, lambda report: None, no_counters, clock, deadlines), clock)
    service = Relay(spool, trust, {TicketKind.RELAY: onward}, clock=clock)
    listener = create_server(("127.0.0.1", 0))
    async with asyncio.TaskGroup() as group:
        group.create_task(service.run())
        group.create_task(service.listen(listener, [TicketKind.RELAY]))
        print(listener.getsockname()[1], flush=True)


def run(benchmark: Coroutine[object, object, None]) -> None:
    """On the loop that agents have."""
    uvloop.run(benchmark)


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
