"""An IPP printer that keeps what it is sent and misbehaves on order.

    async with scripted_printer() as printer:
        printer.uri("bureau")                                   # ipp://127.0.0.1:PORT/ipp/print/bureau
        printer.will(Operation.CREATE_JOB, Status.SERVER_ERROR_BUSY)   # its next Create-Job is answered so
        printer.will(Operation.SEND_DOCUMENT, Drop(after=1000))        # breaks the connection off within the document
        ...
        printer.seen(Operation.SEND_DOCUMENT)[0].document

Jobs wait in the state the test gives them: ``printer.jobs[1].state = JobState.COMPLETED``.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from presswork.printer.job import JobState
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import Parser
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import (
    Charset,
    Collection,
    Enum,
    IntegerRange,
    Keyword,
    MimeMediaType,
    NaturalLanguage,
    OutOfBand,
    Resolution,
    Tag,
    Text,
    Uri,
)

OPERATIONS = (
    Operation.PRINT_JOB,
    Operation.VALIDATE_JOB,
    Operation.CREATE_JOB,
    Operation.SEND_DOCUMENT,
    Operation.CANCEL_JOB,
    Operation.GET_JOB_ATTRIBUTES,
    Operation.GET_JOBS,
    Operation.GET_PRINTER_ATTRIBUTES,
)


@dataclass(frozen=True, slots=True)
class Drop:
    """Break the connection off: after so many octets of the document, or (None) instead of a reply."""

    after: int | None = None


@dataclass(frozen=True, slots=True)
class Hang:
    """Stop reading after so many octets of the document, or (None) read everything; then never answer."""

    after: int | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop reading after so many octets of the document, until then."""

    after: int
    until: asyncio.Event


@dataclass(frozen=True, slots=True)
class Say:
    """Do what is asked, and give these octets instead of a reply, over and over where it is ``endless``; then break the connection off."""

    octets: bytes
    endless: bool = False


Order = Status | Drop | Hang | Pause | Say


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that was read whole."""

    message: Message
    document: bytes
    target: str

    def value(self, name: str) -> object:
        """The first value of that operation or job attribute; None where it was not sent."""
        for tag in (Tag.OPERATION, Tag.JOB):
            attribute = self.message.group(tag).get(name)
            if attribute is not None:
                return attribute.value
        return None


@dataclass(slots=True)
class ScriptedJob:
    """A job at the printer."""

    state: JobState
    reasons: tuple[str, ...] = ("none",)
    impressions: int = 0
    age: int | None = None
    """Seconds since it was created, as the printer tells; None where it does not."""


@dataclass(eq=False)
class ScriptedPrinter:
    """See the module."""

    formats: tuple[str, ...] = ("application/pdf", "image/jpeg", "image/pwg-raster", "image/urf")
    sides: tuple[str, ...] = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
    copies: int = 999
    operations: tuple[int, ...] = OPERATIONS
    state: int = 3
    state_reasons: tuple[str, ...] = ("none",)
    accepting: bool = True
    job_state: JobState = JobState.COMPLETED
    """Of a job whose document came."""
    impressions: int = 0
    """Of every new job."""
    ignores: tuple[str, ...] = ()
    """Attributes of a ticket that it says it does not do."""
    before: dict[int, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """What a test does before a request of that operation is answered."""
    port: int = 0
    scheme: str = "ipp"
    requests: list[Seen] = field(default_factory=list)
    jobs: dict[int, ScriptedJob] = field(default_factory=dict)
    octets: int = 0
    """Of all documents, as far as they were read."""
    always: dict[int, Order] = field(default_factory=dict)
    """How every request of that operation ends, when there is no order left."""
    _orders: dict[int, deque[Order]] = field(default_factory=lambda: defaultdict(deque))

    def uri(self, queue: str = "") -> str:
        """Its ``printer-uri``."""
        return f"{self.scheme}://127.0.0.1:{self.port}/ipp/print" + (f"/{queue}" if queue else "")

    def will(self, operation: int, *orders: Order) -> None:
        """How the next requests of that operation end."""
        self._orders[operation].extend(orders)

    def seen(self, operation: int) -> list[Seen]:
        """The requests of that operation, oldest first."""
        return [request for request in self.requests if request.message.code == operation]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while await self._exchange(reader, writer):
                pass

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        if "expect" in fields:
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        parser, document, order = Parser(), bytearray(), None
        async for piece in _body(reader, fields):
            parser.feed(piece)
            taken = parser.take_document()
            document += taken
            self.octets += len(taken)
            if parser.message is not None and order is None:
                order = self._order(parser.message.code)
            if isinstance(order, (Drop, Hang)) and order.after is not None and len(document) >= order.after:
                return await self._obey(order)
            if isinstance(order, Pause) and len(document) >= order.after:
                await order.until.wait()
        parser.feed_eof()
        assert parser.message is not None
        self.requests.append(Seen(parser.message, bytes(document), lines[0].split()[1]))
        if parser.message.code in self.before:
            await self.before[parser.message.code]()
        if isinstance(order, Say):
            self._answer(parser.message)  # done as asked; only the reply is another
            return await _say(order, writer)
        if isinstance(order, (Drop, Hang)):
            if not (isinstance(order, Drop) and order.after is None):
                return await self._obey(order)
            self._answer(parser.message)  # the printer has it; only the reply is lost
            return False
        if order is None or isinstance(order, Pause):
            reply = self._answer(parser.message)
        else:
            reply = _reply(parser.message, order)
        body = encode(reply)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        return True

    def _order(self, operation: int) -> Order | None:
        orders = self._orders[operation]
        return orders.popleft() if orders else self.always.get(operation)

    async def _obey(self, order: Drop | Hang) -> bool:
        if isinstance(order, Hang):
            await asyncio.Event().wait()
        return False

    def _answer(self, request: Message) -> Message:
        number = request.group(Tag.OPERATION).get("job-id")
        job_id = number.value if number is not None and isinstance(number.value, int) else 0
        match request.code:
            case Operation.GET_PRINTER_ATTRIBUTES:
                return _reply(request, Status.SUCCESSFUL_OK, Group.of(Tag.PRINTER, self.attributes()))
            case Operation.VALIDATE_JOB:
                return _reply(request, Status.SUCCESSFUL_OK)
            case Operation.CREATE_JOB | Operation.PRINT_JOB:
                created = request.code == Operation.CREATE_JOB
                job_id = len(self.jobs) + 1
                self.jobs[job_id] = ScriptedJob(
                    JobState.PENDING_HELD if created else self.job_state,
                    ("job-incoming",) if created else ("none",),
                    self.impressions,
                )
                ignored = [Attribute.of(name, OutOfBand.UNSUPPORTED) for name in self.ignores]
                if ignored:
                    status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
                    return _reply(request, status, Group.of(Tag.UNSUPPORTED_GROUP, ignored), self._job(job_id))
            case _ if job_id not in self.jobs:
                return _reply(request, Status.CLIENT_ERROR_NOT_FOUND)
            case Operation.SEND_DOCUMENT:
                self.jobs[job_id].state, self.jobs[job_id].reasons = self.job_state, ("none",)
            case Operation.CANCEL_JOB:
                self.jobs[job_id].state = JobState.CANCELED
            case Operation.GET_JOB_ATTRIBUTES:
                pass
            case _:
                return _reply(request, Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED)
        return _reply(request, Status.SUCCESSFUL_OK, self._job(job_id))

    def _job(self, job_id: int) -> Group:
        job = self.jobs[job_id]
        return Group(
            Tag.JOB,
            (
                Attribute.of("job-id", job_id),
                Attribute.of("job-uri", Uri(f"{self.uri()}/{job_id}")),
                Attribute.of("job-state", Enum(job.state)),
                Attribute.of("job-state-reasons", *map(Keyword, job.reasons)),
                Attribute.of("job-impressions-completed", job.impressions),
                *(() if job.age is None else _times(job.age)),
            ),
        )

    def attributes(self) -> Iterable[Attribute]:
        """What it says of itself: enough for a driverless queue."""
        size = Collection((Attribute.of("x-dimension", 21000), Attribute.of("y-dimension", 29700)))
        margins = (f"media-{edge}-margin" for edge in ("bottom", "left", "right", "top"))
        media = Collection((Attribute.of("media-size", size), *(Attribute.of(margin, 420) for margin in margins)))
        return (
            Attribute.of("printer-uri-supported", Uri(self.uri())),
            Attribute.of("printer-make-and-model", Text("Scripted Printer")),
            Attribute.of("printer-state", Enum(self.state)),
            Attribute.of("printer-state-reasons", *map(Keyword, self.state_reasons)),
            Attribute.of("printer-is-accepting-jobs", self.accepting),
            Attribute.of("ipp-versions-supported", Keyword("1.1"), Keyword("2.0")),
            Attribute.of("operations-supported", *map(Enum, self.operations)),
            Attribute.of("document-format-supported", *map(MimeMediaType, self.formats)),
            Attribute.of("compression-supported", Keyword("none")),
            Attribute.of("copies-supported", IntegerRange(1, self.copies)),
            Attribute.of("sides-supported", *map(Keyword, self.sides)),
            Attribute.of("media-supported", Keyword("iso_a4_210x297mm")),
            Attribute.of("media-default", Keyword("iso_a4_210x297mm")),
            Attribute.of("media-ready", Keyword("iso_a4_210x297mm")),
            Attribute.of("media-col-supported", Keyword("media-size")),
            Attribute.of("media-col-database", media),
            Attribute.of("print-color-mode-supported", Keyword("auto"), Keyword("color"), Keyword("monochrome")),
            Attribute.of("printer-resolution-supported", Resolution(300, 300)),
            Attribute.of("pwg-raster-document-resolution-supported", Resolution(300, 300)),
            Attribute.of("pwg-raster-document-type-supported", Keyword("sgray_8"), Keyword("srgb_8")),
            Attribute.of("urf-supported", Keyword("CP1"), Keyword("RS300"), Keyword("SRGB24"), Keyword("W8")),
        )


@asynccontextmanager
async def scripted_printer(
    printer: ScriptedPrinter | None = None, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedPrinter]:
    """Let ``printer`` listen on 127.0.0.1 until the context ends."""
    printer = printer or ScriptedPrinter()
    connections: set[asyncio.Task[None]] = set()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await printer.serve(reader, writer)
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):  # one that was reset says so here, or when nobody listens any more
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(attend(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)
        task.add_done_callback(lambda _: writer.transport.abort())  # one cancelled before it begins runs no line of it

    server = await asyncio.start_server(accept, "127.0.0.1", port, ssl=tls)
    printer.port = server.sockets[0].getsockname()[1]
    printer.scheme = "ipps" if tls else "ipp"
    try:
        yield printer
    finally:
        # A server that is closed between taking a connection and making its transport leaves both open.
        for listener in server.sockets:
            asyncio.get_running_loop().remove_reader(listener)
        for _ in range(2):
            await asyncio.sleep(0)
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)  # the loop closes aborted connections in its next round


async def _say(order: Say, writer: asyncio.StreamWriter) -> bool:
    writer.write(order.octets)
    await writer.drain()
    while order.endless:
        writer.write(order.octets)
        await writer.drain()
        await asyncio.sleep(0)
    writer.close()
    await writer.wait_closed()
    return False


async def _body(reader: asyncio.StreamReader, fields: dict[str, str]) -> AsyncIterator[bytes]:
    if fields.get("transfer-encoding") != "chunked":
        left = int(fields.get("content-length", "0"))
        while left:
            piece = await reader.read(min(left, 4096))
            if not piece:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(piece)
            yield piece
        return
    while length := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        yield await reader.readexactly(length)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")


def _reply(request: Message, status: int, *groups: Group) -> Message:
    operation = Group(
        Tag.OPERATION,
        (
            Attribute.of("attributes-charset", Charset("utf-8")),
            Attribute.of("attributes-natural-language", NaturalLanguage("en")),
        ),
    )
    return Message(request.version, status, request.request_id, (operation, *groups))


def _times(age: int) -> tuple[Attribute, ...]:
    up_time = 100_000
    return (Attribute.of("time-at-creation", up_time - age), Attribute.of("job-printer-up-time", up_time))
