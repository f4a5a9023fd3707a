"""Printers that are dead, hang, break off or lie, all at once, and one that is well: each job has one honest end."""

from __future__ import annotations

import asyncio
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.hostile.place import HASTY, Place, place
from presswork.agent.spool.job import Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Enum, Tag, Text
from presswork.testing.agent import free_port
from presswork.testing.pdf import make_pdf
from presswork.testing.raw_server import raw_server, server_certificate
from presswork.testing.scripted_printer import Drop, Hang, Order, Say, ScriptedPrinter, scripted_printer
from presswork.testing.timing import MS

pytestmark = pytest.mark.timeout(int(180_000 * MS))
LARGE = make_pdf(1) + bytes(8_000_000)
"""More than any buffer between the agent and a printer takes."""
HALF = 100_000
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"
GARBAGE = Say(OK + b"Content-Length: 9\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff")
NO_HTTP = Say(b"\x1b%-12345X@PJL INFO\r\n\r\n" * 10)
ENDLESS = Say(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"\x01" * 0xFFFF + b"\r\n", endless=True)
FAILS = Say(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")
HUGE_HEAD = Say(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 1_000_000 + b"\r\n", endless=True)
REFUSES = Status.SERVER_ERROR_INTERNAL_ERROR


def tells(*attributes: Attribute) -> Say:
    """A right reply in form, with these attributes of a job."""
    head = request(0, 1, "ipp://localhost/", "").groups[0].attributes[:2]
    octets = encode(Message((2, 0), 0, 1, (Group.of(Tag.OPERATION, head), Group.of(Tag.JOB, attributes))))
    return Say(OK + b"Content-Length: %d\r\n\r\n" % len(octets) + octets)


def in_state(state: int) -> Say:
    return tells(Attribute.of("job-state", Enum(state)))


@dataclass(frozen=True)
class Lie:
    """What a printer does to each request of some operations, and how a job for it ends; no outcome: it waits."""

    outcome: Outcome | None
    event: JobEvent
    orders: dict[int, Order | tuple[Order, ...]]
    job_state: JobState = JobState.COMPLETED
    document: bytes = make_pdf(1)


NOBODY, GAVE_UP = JobEvent.UNREACHABLE, JobEvent.OUT_OF_SIGHT
LOOK, CREATE, SEND, ASK, CANCEL = (
    Operation.GET_PRINTER_ATTRIBUTES,
    Operation.CREATE_JOB,
    Operation.SEND_DOCUMENT,
    Operation.GET_JOB_ATTRIBUTES,
    Operation.CANCEL_JOB,
)
LIES = {
    "completed-at-once": Lie(Outcome.PRINTED, JobEvent.PRINTED, {}),
    "processing-for-ever": Lie(Outcome.UNKNOWN, GAVE_UP, {}, JobState.PROCESSING),
    "stopped-for-ever": Lie(Outcome.UNKNOWN, GAVE_UP, {}, JobState.PROCESSING_STOPPED),
    "job-unknown": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: Status.CLIENT_ERROR_NOT_FOUND}),
    "status-garbage": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: GARBAGE}),
    "status-no-http": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: NO_HTTP}),
    "status-endless": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: ENDLESS}),
    "status-500": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: FAILS}),
    "status-huge-head": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: HUGE_HEAD}),
    "status-hangs": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: Hang()}),
    "status-cut": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: Drop()}),
    "state-nobody-knows": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: in_state(99)}),
    "state-in-words": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: tells(Attribute.of("job-state", Text("completed")))}),
    "state-left-out": Lie(Outcome.UNKNOWN, GAVE_UP, {ASK: tells()}),
    "jumps-backwards": Lie(Outcome.PRINTED, JobEvent.PRINTED, {ASK: tuple(map(in_state, (5, 3, 6, 4, 5, 3)))}),
    "of-another-job": Lie(
        Outcome.UNKNOWN,
        GAVE_UP,
        {ASK: tells(Attribute.of("job-id", 4711), Attribute.of("job-state", Enum(JobState.COMPLETED)))},
    ),
    "job-id-of-nobody": Lie(
        Outcome.NOT_PRINTED, JobEvent.NOT_PRINTED, {CREATE: tells(Attribute.of("job-id", 2**31 - 1))}
    ),
    "job-id-negative": Lie(None, NOBODY, {CREATE: tells(Attribute.of("job-id", -1))}),
    "job-id-left-out": Lie(None, NOBODY, {CREATE: tells()}),
    "look-garbage": Lie(None, NOBODY, {LOOK: GARBAGE}),
    "look-no-http": Lie(None, NOBODY, {LOOK: NO_HTTP}),
    "look-endless": Lie(None, NOBODY, {LOOK: ENDLESS}),
    "look-500": Lie(None, NOBODY, {LOOK: FAILS}),
    "look-huge-head": Lie(None, NOBODY, {LOOK: HUGE_HEAD}),
    "look-hangs": Lie(None, NOBODY, {LOOK: Hang()}),
    "create-garbage": Lie(None, NOBODY, {CREATE: GARBAGE}),
    "create-500": Lie(None, NOBODY, {CREATE: FAILS}),
    "create-refused": Lie(Outcome.NOT_PRINTED, JobEvent.NOT_PRINTED, {CREATE: REFUSES}),
    "send-garbage": Lie(Outcome.PRINTED, JobEvent.PRINTED, {SEND: GARBAGE}),
    "half-and-hangs": Lie(Outcome.UNKNOWN, JobEvent.BROKEN_OFF, {SEND: Hang(HALF), ASK: Hang()}, document=LARGE),
    "half-and-cut": Lie(Outcome.UNKNOWN, JobEvent.BROKEN_OFF, {SEND: Drop(HALF), ASK: Drop()}, document=LARGE),
    "half-and-says-so": Lie(Outcome.NOT_PRINTED, JobEvent.NOT_PRINTED, {SEND: Hang(HALF)}, document=LARGE),
}


@dataclass
class Others:
    """Addresses at which no printer is, or none that speaks IPP."""

    uris: dict[str, str]
    octets: int = 0


@asynccontextmanager
async def others(directory: Path) -> AsyncIterator[Others]:
    """Dead ones, and RAW ones that break off."""
    found = Others({})

    async def half_and_hangs(reader: StreamReader, writer: StreamWriter) -> None:
        found.octets += len(await reader.readexactly(HALF))
        await asyncio.Event().wait()

    async def half_and_cut(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readexactly(HALF)
        writer.transport.abort()

    async def cut(reader: StreamReader, writer: StreamWriter) -> None:
        writer.transport.abort()

    async def cut_later(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read(10)
        writer.transport.abort()

    async def talks(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            writer.write(b"@PJL USTATUS " * 1_000)
            await writer.drain()

    context, _ = server_certificate(directory)
    async with AsyncExitStack() as stack:
        for name, behaviour in {"raw-half-and-hangs": half_and_hangs, "raw-half-and-cut": half_and_cut}.items():
            port = await stack.enter_async_context(raw_server(behaviour, receive_buffer=1_000))
            found.uris[name] = f"socket://127.0.0.1:{port}"
        port = await stack.enter_async_context(raw_server(talks, receive_buffer=1_000))
        found.uris["raw-talks-for-ever"] = f"socket://127.0.0.1:{port}"
        for name, behaviour in {"tls-cut-at-once": cut, "tls-cut-in-the-handshake": cut_later}.items():
            port = await stack.enter_async_context(raw_server(behaviour))
            found.uris[name] = f"ipps://127.0.0.1:{port}/ipp/print"
        port = await stack.enter_async_context(raw_server(cut_later, context=context))
        found.uris["tls-cut-in-the-request"] = f"ipps://127.0.0.1:{port}/ipp/print"
        found.uris["refuses-connections"] = f"ipp://127.0.0.1:{free_port()}/ipp/print"
        found.uris["raw-refuses-connections"] = f"socket://127.0.0.1:{free_port()}"
        for name in ("black-hole", "raw-black-hole"):
            port = stack.enter_context(black_hole())
            found.uris[name] = f"socket://127.0.0.1:{port}" if "raw" in name else f"ipp://127.0.0.1:{port}/ipp/print"
        # The one address that no machine has: the kernel says at once that it cannot be reached.
        found.uris["host-unreachable"] = "socket://255.255.255.255:9100"
        yield found


@contextmanager
def black_hole() -> Iterator[int]:
    """A port at which connections are neither taken nor refused: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        try:
            yield port
        finally:
            for one in waiting:
                one.close()


OTHERS = {
    "raw-half-and-hangs": (Outcome.UNKNOWN, JobEvent.BROKEN_OFF),
    "raw-half-and-cut": (Outcome.UNKNOWN, JobEvent.BROKEN_OFF),
    "raw-talks-for-ever": (Outcome.UNKNOWN, JobEvent.BROKEN_OFF),
}
"""All the others wait for somebody who answers."""


async def test_each_job_has_one_honest_end_and_nobody_is_held_back(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        liars = {name: await stack.enter_async_context(liar(lie)) for name, lie in LIES.items()}
        good = await stack.enter_async_context(scripted_printer())
        strangers = await stack.enter_async_context(others(tmp_path))
        uris = {name: printer.uri() for name, printer in liars.items()} | strangers.uris
        here = await stack.enter_async_context(place(tmp_path, printers={**uris, "good": good.uri()}, program=HASTY))
        await asyncio.gather(*(printed(here, name, LIES[name].document if name in LIES else LARGE) for name in uris))
        for hung in ("half-and-hangs", "raw-half-and-hangs"):
            await here.job(hung, lambda job: job.phase is not Phase.RELEASED)
        await here.prints("good", queue="good")
        before = await here.ended("good")
        assert before.outcome is Outcome.PRINTED
        for name in uris:
            await has_its_end(here, name, liars.get(name))
        for hung in ("half-and-hangs", "raw-half-and-hangs"):
            job = await here.ended(hung)
            assert job.ended_at is not None
            assert before.ended_at is not None
            assert job.ended_at > before.ended_at
        await here.prints("still good", queue="good")
        assert (await here.ended("still good")).outcome is Outcome.PRINTED
        here.made_no_mistake()


async def printed(here: Place, name: str, document: bytes) -> None:
    reply = await here.submit(name, document, queue=name)
    assert reply.code == Status.SUCCESSFUL_OK, name


async def has_its_end(here: Place, name: str, printer: ScriptedPrinter | None) -> None:
    lie = LIES.get(name)
    outcome, event = (lie.outcome, lie.event) if lie else OTHERS.get(name, (None, NOBODY))
    if outcome is None:
        job = await here.job(name, lambda job: event in job.events)
        assert (job.phase, job.outcome, job.document_kept, job.marked_at) == (Phase.RELEASED, None, True, None), name
    else:
        job = await here.ended(name)
        # The operating systems between may hold so much that all of it is sent though the printer read half.
        honest = {event, JobEvent.OUT_OF_SIGHT} if event is JobEvent.BROKEN_OFF else {event}
        assert (job.outcome, job.events[-1] in honest) == (outcome, True), (name, job)
        assert job.document_kept == (outcome is not Outcome.PRINTED), name
    if printer is not None and outcome is not None:
        assert len(printer.seen(SEND)) <= 1, "nothing is sent again by itself"


@asynccontextmanager
async def liar(lie: Lie) -> AsyncIterator[ScriptedPrinter]:
    async with scripted_printer(ScriptedPrinter(job_state=lie.job_state)) as printer:
        for operation, orders in lie.orders.items():
            if isinstance(orders, tuple):
                printer.will(operation, *orders)
            else:
                printer.always[operation] = orders
        yield printer
