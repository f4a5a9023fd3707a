"""Agent and server are killed (kill -9) in each phase of a job: every job has one definite end, and paper comes out once.

Everything is real: lp, cupsd, the agent, the server, the printers. One site a victim; the phases follow one another.
"""

from __future__ import annotations

import asyncio
import random
import signal
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from presswork.agent.spool.job import Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.registry import Operation
from presswork.testing.agent import free_port
from presswork.testing.pdf import make_pdf
from presswork.testing.peers import Ippeveprinter, ippeveprinter
from presswork.testing.raw_server import raw_server
from presswork.testing.scripted_printer import Hang, ScriptedPrinter, scripted_printer
from presswork.testing.site import Site, site
from presswork.testing.spool_files import FoundJob, documents_in_files
from presswork.testing.timing import MS, eventually

pytestmark = pytest.mark.timeout(int(240_000 * MS))
PRINTING_TAKES = 4
"""Seconds in which ippeveprinter prints: longer than an agent needs to start."""
LARGE = 8_000_000
"""Octets that take a while to arrive, however well they are compressed on the way."""
PJL = b"\x1b%-12345X"
HALF = 300
"""Octets after which a printer reads no further."""


class Victim(Protocol):
    async def kill(self) -> None: ...

    async def start(self) -> None: ...


@dataclass
class Sink:
    """A RAW printer that takes half of a document, and the rest when it is told to. What it is asked in PJL it does not answer."""

    connections: list[bytearray] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, reader: StreamReader, _: StreamWriter) -> None:
        document = bytearray(await reader.readexactly(len(PJL)))
        if document == PJL:
            return
        self.connections.append(document)
        document += await reader.readexactly(HALF)
        await self.go_on.wait()
        while piece := await reader.read(65_536):
            document += piece


@dataclass
class World:
    """A site, its printers, and who is killed."""

    here: Site
    victim: Victim
    kitchen: Ippeveprinter
    slow: Ippeveprinter
    office: ScriptedPrinter
    sink: Sink
    away_port: int
    directory: Path

    @property
    def agent_is_killed(self) -> bool:
        return self.victim is self.here.agent

    async def strike(self) -> None:
        """Kill it and start it again."""
        await self.victim.kill()
        await self.victim.start()

    async def held(self, name: str, pages: int = 1) -> FoundJob:
        """A new document that waits."""
        await self.here.lp(make_pdf(pages, text=name), "-t", name)
        return await self.here.found(name, lambda job: job.phase is Phase.HELD)

    async def released(self, name: str, printer: str) -> FoundJob:
        """A new document on its way to a printer."""
        job = await self.held(name)
        await self.here.release(job.id, printer)
        return job

    async def ended(self, name: str) -> FoundJob:
        """It is over, for the server and its person, too."""
        job = await self.here.found(name, lambda job: job.phase is Phase.ENDED)
        assert len([one for one in self.here.jobs_in_files() if one.name == name and one.outcome]) == 1
        await self.here.page_with(f"/jobs/{job.id}", SENTENCES[job.events[-1]])
        return job


SENTENCES = {
    JobEvent.PRINTED: "Printed on",
    JobEvent.NOT_PRINTED: "Not printed",
    JobEvent.INTERRUPTED: "The agent stopped while sending",
    JobEvent.UNKNOWN: "does not report whether it printed",
}


@asynccontextmanager
async def world(directory: Path, victim: str) -> AsyncIterator[World]:
    sink, away_port = Sink(), free_port()
    async with (
        ippeveprinter(directory) as kitchen,
        ippeveprinter(directory, printing_takes=PRINTING_TAKES * 1000 * MS) as slow,
        scripted_printer() as office,
        raw_server(sink.take, receive_buffer=HALF) as raw_port,
    ):
        printers = {
            "Kitchen": kitchen.uri,
            "Slow": slow.uri,
            "Office": office.uri(),
            "Raw": f"socket://127.0.0.1:{raw_port}",
            "Away": f"ipp://localhost:{away_port}/ipp/print",
        }
        async with site(directory, printers=printers) as here:
            killed: Victim = here.agent if victim == "agent" else here.server
            yield World(here, killed, kitchen, slow, office, sink, away_port, directory)
            for log in ("agent.log", "server.log"):
                text = (directory / log).read_text()
                assert "Traceback" not in text, text


async def while_it_arrives(world: World) -> None:
    """The sender has no reply yet; cupsd gives the document again, and one job becomes of it."""
    name = await arriving(world)
    await world.victim.kill()
    killed_in = {(job.phase, job.document_kept) for job in world.here.jobs_in_files() if job.name == name}
    await world.victim.start()
    job = await world.here.found(name, lambda job: job.phase is Phase.HELD)
    attempts = [one for one in world.here.jobs_in_files() if one.name == name and one.id != job.id]
    if world.agent_is_killed:
        assert killed_in == {(Phase.INCOMING, False)}
        assert [(one.phase, one.outcome, one.document_kept) for one in attempts] == [(Phase.ENDED, None, False)]
    else:
        assert attempts == []
    await world.here.release(job.id, "Kitchen")
    assert (await world.ended(name)).outcome is Outcome.PRINTED
    assert printed(world.kitchen, name) == 1


async def arriving(world: World) -> str:
    """The name of a document that arrives at this moment. It may be over before one looks: then another one is printed."""
    agent = world.here.agent.process
    assert agent is not None
    for attempt in range(10):
        name = f"While it arrives {attempt}"
        await world.here.lp(make_pdf(1, text=random.Random(attempt).randbytes(LARGE // 2).hex()), "-t", name)
        found = await world.here.found(name, lambda _: True)
        agent.send_signal(signal.SIGSTOP)
        (found,) = [job for job in world.here.jobs_in_files() if job.name == name]
        if found.phase is Phase.INCOMING and not found.document_kept:
            if not world.agent_is_killed:
                agent.send_signal(signal.SIGCONT)
            return name
        agent.send_signal(signal.SIGCONT)
    raise AssertionError("No document was seen while it arrived.")


async def while_it_waits(world: World) -> None:
    name = "While it waits"
    job = await world.held(name, pages=2)
    await world.strike()
    (found,) = [one for one in world.here.jobs_in_files() if one.name == name]
    assert (found.phase, found.document_kept) == (Phase.HELD, True)
    await world.here.release(job.id, "Kitchen")
    ended = await world.ended(name)
    assert (ended.outcome, ended.document_kept) == (Outcome.PRINTED, False)
    assert printed(world.kitchen, name) == 1


async def while_the_printer_is_away(world: World) -> None:
    name = "While the printer is away"
    await world.released(name, "Away")
    await world.here.found(name, lambda job: JobEvent.UNREACHABLE in job.events)
    await world.strike()
    async with ippeveprinter(world.directory, port=world.away_port) as printer:
        job = await world.ended(name)
        assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
        assert printed(printer, name) == len(printer.printed_now()) == 1


async def while_it_is_sent(world: World) -> None:
    """The printer has half of it. Killed: the printer gives up a document that broke off, so certainly nothing came out."""
    name = "While it is sent"
    if world.agent_is_killed:
        world.office.will(Operation.SEND_DOCUMENT, Hang(after=HALF))
    else:
        proceed = asyncio.Event()
        world.office.before[Operation.SEND_DOCUMENT] = lambda: wait(proceed)
    before = world.office.octets
    await world.released(name, "Office")
    await eventually(lambda: world.office.octets > before, deadline=90_000 * MS)
    found = await world.here.found(name, lambda job: job.phase is Phase.SENDING)
    assert found.marked_at is not None
    await world.strike()
    if not world.agent_is_killed:
        proceed.set()
        assert (await world.ended(name)).outcome is Outcome.PRINTED
        assert len(world.office.seen(Operation.SEND_DOCUMENT)) == 1
        return
    (at_printer,) = world.office.jobs.values()
    at_printer.state, at_printer.reasons = JobState.ABORTED, ("submission-interrupted",)
    job = await world.ended(name)
    assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
    assert len(world.office.jobs) == 1, "nothing is sent again by itself"
    await world.here.release(job.id, "Office", again=True)
    job = await world.here.found(name, lambda job: job.outcome is Outcome.PRINTED)
    assert not job.document_kept
    assert len(world.office.seen(Operation.SEND_DOCUMENT)) == 1


async def while_it_is_sent_to_a_printer_that_never_reports(world: World) -> None:
    name = "While it is sent raw"
    await world.released(name, "Raw")
    await eventually(lambda: bool(world.sink.connections and world.sink.connections[0]), deadline=90_000 * MS)
    await world.strike()
    world.sink.go_on.set()
    job = await world.ended(name)
    assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
    assert job.marked_at is not None
    assert job.events[-1] is (JobEvent.INTERRUPTED if world.agent_is_killed else JobEvent.UNKNOWN)
    (document,) = world.sink.connections  # nothing is sent again
    assert world.agent_is_killed or document.rstrip().endswith(b"%%EOF")


async def while_it_prints(world: World) -> None:
    name = "While it prints"
    await world.released(name, "Slow")
    await world.here.found(name, lambda job: JobEvent.SENT in job.events)
    await world.strike()
    assert printed(world.slow, name) == 0
    job = await world.ended(name)
    assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
    assert printed(world.slow, name) == len(world.slow.printed_now()) == 1


async def before_the_report(world: World) -> None:
    """It is over, and the server does not know: it was away."""
    name = "Before the report"
    job = await world.held(name)
    await world.here.page_with("/", job.id)
    await world.here.server.kill()
    ran = await world.here.agent.presswork("release", job.id, "--printer", "Kitchen")
    assert ran.status == 0, ran.err
    await world.here.found(name, lambda job: job.phase is Phase.ENDED)
    if world.agent_is_killed:
        await world.strike()
    await world.here.server.start()
    assert (await world.ended(name)).outcome is Outcome.PRINTED
    assert printed(world.kitchen, name) == 1


PHASES = (
    while_it_arrives,
    while_it_waits,
    while_the_printer_is_away,
    while_it_is_sent,
    while_it_is_sent_to_a_printer_that_never_reports,
    while_it_prints,
    before_the_report,
)


@pytest.mark.parametrize("victim", ["agent", "server"])
async def test_killed_in_each_phase(tmp_path: Path, victim: str) -> None:
    async with world(tmp_path, victim) as everything:
        for phase in PHASES:
            await phase(everything)
        kept = [job for job in everything.here.jobs_in_files() if job.document_kept]
        assert documents_in_files(everything.here.agent.settings.directory) == len(kept)


def printed(printer: Ippeveprinter, name: str) -> int:
    """How often a document of that name came out."""
    return sum(one.attributes["job-name"] == name for one in printer.printed_now())


async def wait(event: asyncio.Event) -> None:
    await event.wait()
