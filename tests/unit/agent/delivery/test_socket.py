"""RAW delivery, against TCP servers that do what printers do, and what they should not."""

from __future__ import annotations

import asyncio
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from presswork.agent.spool.job import Job, JobTicket, Outcome, Phase
from presswork.core.errors import NotPossible
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.protocols.pjl import question
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.raw_server import Behaviour, raw_server

LONG = bytes(range(256)) * 100_000


@dataclass
class Sink:
    """Takes everything, then closes."""

    documents: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"@PJL USTATUS\r\n" * 100)
        self.documents.append(await reader.read(-1))
        writer.close()


@asynccontextmanager
async def raw_printer(behaviour: Behaviour) -> AsyncIterator[str]:
    async with raw_server(behaviour) as port:
        yield f"socket://127.0.0.1:{port}"


async def deliver(directory: Path, uri: str, document: bytes = LONG) -> tuple[Job, list[JobEvent]]:
    async with delivering(directory) as agent:
        job = await agent.ended(await agent.release(printer_spec(uri), document))
        return job, await agent.events(job)


async def test_the_document_arrives_as_it_is_and_its_end_is_unknown(tmp_path: Path) -> None:
    sink = Sink()
    async with raw_printer(sink) as uri:
        job, events = await deliver(tmp_path, uri)
    assert sink.documents == [LONG]
    assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
    assert job.marked_at is not None
    assert events == [JobEvent.SENDING, JobEvent.UNKNOWN]


async def test_a_printer_that_never_closes_does_not_hold_the_job(tmp_path: Path) -> None:
    async def never(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(-1)
        await asyncio.Event().wait()

    async with raw_printer(never) as uri:
        _, events = await deliver(tmp_path, uri)
    assert events == [JobEvent.SENDING, JobEvent.UNKNOWN]


async def test_nobody_listens_then_somebody_does(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with delivering(tmp_path) as agent:
        job = await agent.release(printer_spec(f"socket://127.0.0.1:{port}"))
        await agent.event(job, JobEvent.UNREACHABLE)
        assert (await agent.spool.get(job.id)).marked_at is None
        server = await asyncio.start_server(Sink(), "127.0.0.1", port)
        try:
            assert (await agent.ended(job)).outcome is Outcome.UNKNOWN
            assert await agent.events(job) == [JobEvent.UNREACHABLE, JobEvent.SENDING, JobEvent.UNKNOWN]
        finally:
            server.close()
            await asyncio.sleep(0)


@pytest.mark.parametrize("octets", [1, 1_000_000])
async def test_a_connection_that_breaks_in_the_document_is_unknown_and_not_sent_again(
    tmp_path: Path, octets: int
) -> None:
    connections = 0

    async def breaks(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readexactly(octets)
        writer.transport.abort()

    async with raw_printer(breaks) as uri:
        job, events = await deliver(tmp_path, uri)
    assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
    assert events == [JobEvent.SENDING, JobEvent.BROKEN_OFF]
    assert connections == 1


async def test_a_printer_that_takes_no_more_is_unknown(tmp_path: Path) -> None:
    async def hangs(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readexactly(1_000_000)
        await asyncio.Event().wait()

    async with raw_printer(hangs) as uri:
        job, events = await deliver(tmp_path, uri, LONG * 4)
    assert (job.outcome, events[-1]) == (Outcome.UNKNOWN, JobEvent.BROKEN_OFF)


async def test_a_printer_that_closes_its_side_first_still_gets_everything(tmp_path: Path) -> None:
    received = bytearray()

    async def half(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write_eof()
        received.extend(await reader.read(-1))

    async with raw_printer(half) as uri:
        _, events = await deliver(tmp_path, uri)
    assert received == LONG
    assert events == [JobEvent.SENDING, JobEvent.UNKNOWN]


async def test_refused_before_the_first_octet_is_not_printed(tmp_path: Path) -> None:
    """Between the connection and the mark the printer resets: nothing of the document can have arrived."""

    async def resets(reader: StreamReader, writer: StreamWriter) -> None:
        raw = writer.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with raw_printer(resets) as uri:
        job, events = await deliver(tmp_path, uri, LONG)
    # the reset may overtake the first octets or not; never is the job sent again
    assert job.outcome in (Outcome.NOT_PRINTED, Outcome.UNKNOWN)
    assert job.document_kept
    assert events.count(JobEvent.SENDING) == 1


@pytest.mark.parametrize(
    "attribute",
    [Attribute.of("copies", 2), Attribute.of("sides", Keyword("two-sided-long-edge"))],
    ids=["copies", "sides"],
)
async def test_what_cannot_be_asked_of_a_raw_printer_is_said(tmp_path: Path, attribute: Attribute) -> None:
    sink = Sink()
    async with raw_printer(sink) as uri, delivering(tmp_path, deadlines=replace(QUICK, pjl=0.3)) as agent:
        spec = printer_spec(uri)
        job = await agent.phase(await agent.release(spec, ticket=JobTicket((attribute,))), Phase.HELD)
        assert await agent.events(job) == [JobEvent.TICKET_NOT_TAKEN]
        job = await agent.phase(
            await agent.release(agent.printers[spec.printer_id], ticket=JobTicket((attribute,))), Phase.HELD
        )
        assert sink.documents == [question()], "it was asked once whether it speaks PJL"


async def test_a_ticket_that_asks_for_nothing_special_is_sent(tmp_path: Path) -> None:
    ticket = JobTicket((Attribute.of("copies", 1), Attribute.of("sides", Keyword("one-sided"))))
    async with raw_printer(Sink()) as uri, delivering(tmp_path) as agent:
        job = await agent.ended(await agent.release(printer_spec(uri), ticket=ticket))
        assert job.outcome is Outcome.UNKNOWN


async def test_an_address_that_is_none_waits_for_its_correction(tmp_path: Path) -> None:
    async with raw_printer(Sink()) as uri, delivering(tmp_path) as agent:
        spec = printer_spec("socket://:port")
        job = await agent.release(spec)
        await agent.event(job, JobEvent.UNREACHABLE)
        agent.knows(spec.model_copy(update={"device_uri": uri}))
        assert (await agent.ended(job)).outcome is Outcome.UNKNOWN


async def test_it_cannot_be_canceled_while_it_is_sent(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def slow(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readexactly(1)
        begun.set()
        await asyncio.sleep(0.3)
        await reader.read(-1)

    async with raw_printer(slow) as uri, delivering(tmp_path) as agent:
        job = await agent.release(printer_spec(uri), LONG)
        await begun.wait()
        with pytest.raises(NotPossible, match="Cancel the job at the printer"):
            await agent.delivery.cancel(job.id)
        await agent.ended(job)
