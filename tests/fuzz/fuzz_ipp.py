"""IPP: octets posted to a Printer, and octets a device answers with. ``make fuzz F=ipp`` runs it.

Whatever was posted, the answer is an IPP message that can be read, never server-error-internal-error, and its
status-message is one clean line. Whatever a device answers, what the agent makes of it is clean and bounded. And the
codec keeps its promises (``testing.ipp.check_codec``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any
from uuid import UUID

from presswork.agent.delivery import ipp_replies, words
from presswork.agent.delivery.capabilities import Capabilities
from presswork.agent.delivery.job_ticket import beyond_always, fit, left_out
from presswork.agent.spool.job import JobTicket
from presswork.net.http_message import Connection, HttpRequest, HttpResponse, RequestBody
from presswork.printer.description import PrinterDescription
from presswork.printer.events import Subscriptions
from presswork.printer.http import CONTENT_TYPE, ipp_handler
from presswork.printer.job import Job, Requester
from presswork.printer.operations import DEVICE_OPERATIONS, EVENT_OPERATIONS, OPERATIONS
from presswork.printer.printer import Printer
from presswork.printer.store import NewDocument, NewJob
from presswork.protocols.control.words import PrinterReport
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import ATTRIBUTES, Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.text import is_clean
from presswork.protocols.ipp.values import (
    Collection,
    IntegerRange,
    Keyword,
    MimeMediaType,
    Name,
    OutOfBand,
    Resolution,
    Tag,
    Text,
    TextWithLanguage,
    Uri,
)
from presswork.simulator.device import SimulatedDevice
from presswork.simulator.faults import Bell, Faults
from presswork.simulator.output import JobTicket as SimulatedTicket
from presswork.simulator.output import Output
from presswork.simulator.store import MemoryStore
from presswork.testing.clock import StandingClock
from presswork.testing.ipp import check_codec

LONGEST = 8_192
PATH = "/ipp/print"
URI = f"ipp://localhost:631{PATH}"
ALL_OPERATIONS = OPERATIONS | DEVICE_OPERATIONS | EVENT_OPERATIONS
NAMES = sorted({name for kind in ("Operation", "Job Template", "Printer Status") for name in ATTRIBUTES[kind]})
WORDS = [
    *(name.encode() for name in NAMES),
    *(b"utf-8", b"en", URI.encode(), b"operator", b"ann", b"application/pdf", b"gzip", b"all", b"no-hold", b"ippget"),
    *(
        b"printer-description",
        b"job-template",
        b"media-col-database",
        b"completed",
        b"two-sided-long-edge",
        b"monochrome",
    ),
]

_ASKED = JobTicket(
    (
        Attribute.of("copies", 3),
        Attribute.of("sides", Keyword("two-sided-long-edge")),
        Attribute.of("media", Keyword("iso_a4_210x297mm")),
        Attribute.of("number-up", 2),
        Attribute.of("page-ranges", IntegerRange(1, 2)),
        Attribute.of("media-col", Collection((Attribute.of("media-color", Keyword("blue")),))),
        Attribute.of("overrides", Collection((Attribute.of("pages", IntegerRange(1, 1)),))),
        Attribute.of("job-priority", 50),
        Attribute.of("printer-resolution", Resolution(600, 600)),
    )
)


class Site:
    """A Printer with jobs in several states, as a client meets it."""

    def __init__(self) -> None:
        clock, bell = StandingClock(), Bell()
        self.store = MemoryStore(clock, random.Random(1).randbytes, bell, Faults(bell))
        self.said: dict[str, str] = {}
        device = SimulatedDevice(self.store, Output(), bell, self.said.update)
        self.printer = Printer(
            PrinterDescription(
                "office",
                UUID(int=1),
                (URI,),
                "http://localhost/",
                identify_actions=("display",),
                number_up=(1, 2),
                media=("iso_a4_210x297mm", "na_letter_8.5x11in"),
            ),
            self.store,
            clock,
            identify=_identify,
            device=device,
            events=Subscriptions(clock),
        )
        self.store.changed = self.printer.job_changed
        requester = Requester("ann", may_name_owner=True)
        for _ in range(4):
            _finish(self.store.create_job(NewJob("a letter", "ann", "peer", (Attribute.of("copies", 2),))))
        _finish(self.store.add_document(2, requester, NewDocument("application/pdf"), _body(b"%PDF-1.4")))
        _finish(self.store.cancel_job(3, requester))
        hold = Attribute.of("job-hold-until", Keyword("indefinite"))
        _finish(self.store.create_job(NewJob("held", "ann", "peer", (hold,))))
        _finish(self.store.add_document(5, requester, NewDocument("text/plain"), _body(b"a line")))
        self.jobs = dict(self.store.entries)
        self.handler = ipp_handler({PATH: self.printer}.get, _ann)
        self.post(_encoded(Operation.CREATE_PRINTER_SUBSCRIPTIONS, user="ann"))

    def post(self, data: bytes) -> HttpResponse:
        """The answer to an HTTP request with that body."""
        headers = {"content-type": CONTENT_TYPE}
        connection = Connection(None, None, None)  # type: ignore[arg-type]
        return _finish(self.handler(HttpRequest("POST", PATH, headers, _body(data), connection)))


async def _identify(actions: tuple[str, ...], message: str) -> None:
    assert len(message) <= 1023
    assert is_clean(message)


async def _ann(_request: HttpRequest) -> Requester:
    return Requester("ann", may_name_owner=True)


def _body(data: bytes) -> RequestBody:
    body = RequestBody(lambda: None, lambda: None)
    for at in range(0, len(data), 3_000):
        body.feed(data[at : at + 3_000])
    body.finish()
    return body


def _finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Its result: nothing it waits for is outside of this program."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    finally:
        coroutine.close()
    msg = "it waits for something"
    raise AssertionError(msg)


@cache
def _site() -> Site:
    """The one Printer: forgotten when a request changed it, so that each request is answered by the same."""
    return Site()


def check(data: bytes) -> None:
    """All properties, of any octets."""
    message = check_codec(data)
    check_answer(data, message)
    if message is not None:
        check_reading(message)


def check_answer(data: bytes, message: Message | None) -> None:
    """The Printer answers in IPP, and never that it broke."""
    response = _site().post(data)
    assert response.status == 200, response
    assert isinstance(response.body, bytes)
    reply, rest = parse(response.body)
    assert rest == b""
    assert reply.code in set(Status), hex(reply.code)
    assert reply.code != Status.SERVER_ERROR_INTERNAL_ERROR, reply
    operation = reply.group(Tag.OPERATION)
    said = operation.get("status-message")
    if said is not None:
        assert isinstance(said.value, str)
        assert len(said.value.encode()) <= 255
        assert is_clean(said.value)
    if message is None:
        assert reply.code > 0xFF, reply
    elif reply.code <= 0xFF:
        assert reply.request_id == message.request_id
    for entry in _site().store.entries.values():
        check_job(entry.job)
    if _site().said or _site().store.last_id != len(_site().jobs) or (reply.code <= 0xFF and not _only_reads(message)):
        _site.cache_clear()


def check_job(job: Job) -> None:
    """What the Printer let in is clean, and can be read by who prints it."""
    assert is_clean(job.job_name)
    assert is_clean(job.job_originating_user_name)
    assert job.job_originating_user_name
    assert len(job.job_name.encode()) <= 255
    ticket = JobTicket(job.attributes)
    assert 1 <= ticket.copies <= 999, job.attributes
    assert ticket.sides in {"one-sided", "two-sided-long-edge", "two-sided-short-edge"}
    SimulatedTicket.of(job.attributes).pages(3)
    beyond_always(ticket)


def _only_reads(message: Message | None) -> bool:
    return message is not None and Operation(message.code).name.startswith(("GET_", "VALIDATE_"))


def check_reading(message: Message) -> None:
    """The same octets as a device's answer: what the agent makes of them can be reported and shown."""
    printer = Capabilities.of(message)
    PrinterReport(
        printer_id=UUID(int=1),
        seen_at=StandingClock().now(),
        reachable=True,
        state=printer.state,
        state_reasons=printer.state_reasons,
        make_and_model="".join(printer.lines("printer-make-and-model")[:1]),
        document_formats=printer.lines("document-format-supported"),
    )
    printer.takes("application/pdf")
    assert isinstance(printer.accepting, bool)
    said = [words.obstacles(printer.state_reasons), words.why_ended(printer.lines("job-state-reasons"))]
    said += [ipp_replies.status_words(message), ipp_replies.safe_name("".join(printer.lines("printer-name")[:1]))]
    said += [*fit(_ASKED, printer).impossible, *left_out(ipp_replies.unsupported(message), _ASKED)]
    for sentence in said:
        assert is_clean(sentence)
        assert len(sentence) <= 255
    device_job_id = ipp_replies.job_id_of(message)
    assert device_job_id is None or 0 < device_job_id < 2**31
    received = JobTicket(message.group(Tag.JOB).attributes)
    fit(received, printer)
    left_out(tuple(attribute.name for attribute in received.attributes), received)


# Records: (tag,) for a delimiter, (tag, name, value) for a value.
Record = tuple[int] | tuple[int, bytes, bytes]


def _take_apart(data: bytes) -> tuple[bytes, list[Record], bytes]:
    """Head, records and what follows them, read leniently: a mutation may begin from what is broken already."""
    at, records = 8, list[Record]()
    while at < len(data) and len(records) < 2_000:
        tag = data[at]
        if tag < 0x10:
            records.append((tag,))
            at += 1
            if tag == Tag.END:
                break
            continue
        name_end = at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
        value_end = name_end + 2 + int.from_bytes(data[name_end : name_end + 2], "big")
        if value_end > len(data):
            break
        records.append((tag, data[at + 3 : name_end], data[name_end + 2 : value_end]))
        at = value_end
    return data[:8].ljust(8, b"\1"), records, data[at:]


def _put_together(head: bytes, records: list[Record], rest: bytes) -> bytes:
    parts = [head]
    for record in records:
        if len(record) == 1:
            parts.append(bytes(record))
        else:
            tag, name, value = record
            name, value = name[:0xFFFF], value[:0xFFFF]
            parts += [bytes((tag,)), len(name).to_bytes(2, "big"), name, len(value).to_bytes(2, "big"), value]
    return b"".join((*parts, rest))


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Another message: records changed, with lengths that stay right; now and then any octets. ``plain`` is libFuzzer's own way."""
    dice = random.Random(seed)
    if dice.random() < 0.2:
        return plain(data, size)
    head, records, rest = _take_apart(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        head, rest = _change(dice, head, records, rest, plain)
    return _put_together(head, records, rest)[:size]


def _change(
    dice: random.Random, head: bytes, records: list[Record], rest: bytes, plain: Callable[[bytes, int], bytes]
) -> tuple[bytes, bytes]:
    at = dice.randrange(len(records) + 1)
    record = records[at] if at < len(records) else None
    match dice.randrange(12):
        case 0:
            head = head[:2] + dice.choice(list(ALL_OPERATIONS)).to_bytes(2, "big") + head[4:]
        case 1:
            head = dice.choice((b"\1\1", b"\2\0", b"\2\2", b"\3\0", bytes((dice.randrange(4), 0)))) + head[2:]
        case 2:
            del records[at : at + dice.choice((1, 1, 1, 2, 5))]
        case 3:
            piece = records[at : at + dice.choice((1, 1, 2, 5))]
            where = dice.randrange(len(records) + 1)
            records[where:where] = piece
        case 4:
            records.insert(at, (dice.choice((1, 2, 4, 5, 6, 7, 9)),))
        case 5:
            collection: list[Record] = [
                (Tag.BEGIN_COLLECTION, _name(dice), b""),
                (Tag.MEMBER_ATTR_NAME, b"", _name(dice)),
            ]
            records[at:at] = [*collection, _additional(dice), (Tag.END_COLLECTION, b"", b"")]
        case 6:
            rest = plain(rest, 400) if rest else b"%PDF-1.4\n"
        case 7 | 8:
            records.insert(at, (dice.choice(_TAGS), _name(dice), _value(dice)))
        case _ if record is not None and len(record) == 3:
            tag, name, value = record
            match dice.randrange(5):
                case 0:
                    records[at] = (dice.choice(_TAGS), name, value)
                case 1:
                    records[at] = (tag, dice.choice((_name(dice), b"", name)), value)
                case 2:
                    records[at] = (tag, name, _value(dice))
                case 3:
                    records[at] = (tag, name, value * dice.choice((2, 10, 100)))
                case _:
                    records[at] = (tag, name, plain(value, 300) if value else _value(dice))
        case _:
            records.append((Tag.END,))
    return head, rest


_TAGS = [int(tag) for tag in Tag if tag >= 0x10]
_NUMBERS = (-(2**31), -1, 0, 1, 2, 3, 4, 5, 6, 100, 999, 1000, 2**31 - 1)
_TEXTS = (
    b"",
    b"\0",
    b"a\nb",
    b"\xff\xfe",
    "\u202e\u2028".encode(),
    b"x" * 256,
    b"x" * 1024,
    b"-",
    b"../../etc",
    b"%s%n{}",
)


def _name(dice: random.Random) -> bytes:
    return dice.choice(NAMES).encode() if dice.random() < 0.9 else dice.choice(_TEXTS)


def _value(dice: random.Random) -> bytes:
    number = dice.choice(_NUMBERS).to_bytes(4, "big", signed=True)
    match dice.randrange(6):
        case 0:
            return number
        case 1:
            return number + dice.choice(_NUMBERS).to_bytes(4, "big", signed=True) + dice.choice((b"", b"\3", b"\4"))
        case 2:
            return dice.choice(_TEXTS)
        case 3:
            return b"\0\2en\0\3" + dice.choice((b"ann", b"a\nb"))
        case 4:
            return dice.choice((b"\0", b"\1", b"\x07\xea\2\x1d\0\0\0\0+\0\0"))
        case _:
            return dice.choice(WORDS)


def _additional(dice: random.Random) -> Record:
    return (dice.choice(_TAGS), b"", _value(dice))


def seeds() -> dict[str, bytes]:
    """Requests of every operation, what the Printer answers to them, and some that are known to be wrong."""
    made = {}
    for operation in ALL_OPERATIONS:
        name = Operation(operation).name.lower()
        body = _encoded(operation) + (b"%PDF-1.4\n%%EOF" if ALL_OPERATIONS[operation].takes_document else b"")
        made[name] = body
        made[f"{name}_2"] = _encoded(operation, user="ann", job_id=5) + b"a line"
        made[f"{name}_reply"] = bytes(Site().post(body).body)  # type: ignore[arg-type]
    made["media"] = _encoded(
        Operation.PRINT_JOB,
        Attribute.of("copies", 2),
        Attribute.of("media", Keyword("iso_a4_210x297mm")),
        Attribute.of("page-ranges", IntegerRange(1, 2), IntegerRange(4, 4)),
        Attribute.of("media-col", Collection((Attribute.of("media-size-name", Keyword("iso_a4_210x297mm")),))),
        Attribute.of("printer-resolution", Resolution(600, 600)),
        Attribute.of("job-name", Name("not here")),
        Attribute.of("overrides", Collection((Attribute.of("pages", IntegerRange(1, 1)),))),
    )
    for name, text in (("control", "a\x07b"), ("turned", "a\u2028b"), ("empty", "")):
        made[f"name_{name}"] = _encoded(Operation.CREATE_JOB, name=text)
        made[f"user_{name}"] = _encoded(Operation.CREATE_JOB, user=text)
    long = (300).to_bytes(2, "big") + b"x" * 300
    made["name_long"] = _encoded(Operation.CREATE_JOB, name="@@@@").replace(b"\0\4@@@@", long)
    made["twice"] = _encoded(Operation.PRINT_JOB, Attribute.of("copies", 2), Attribute.of("copies", 1000)) + b"%PDF"
    return {name: data for name, data in made.items() if len(data) <= LONGEST}


def _encoded(
    operation: int, *ticket: Attribute, user: str = "operator", job_id: int = 1, name: str = "a letter"
) -> bytes:
    known = ALL_OPERATIONS[operation].attributes
    offered = (
        Attribute.of("job-id", job_id),
        Attribute.of("job-name", Name(name)),
        Attribute.of("document-format", MimeMediaType("application/pdf")),
        Attribute.of("last-document", True),
        Attribute.of("compression", Keyword("none")),
        Attribute.of("requested-attributes", Keyword("job-id"), Keyword("printer-state"), Keyword("job-template")),
        Attribute.of("limit", 3),
        Attribute.of("which-jobs", Keyword("not-completed")),
        Attribute.of("my-jobs", True),
        Attribute.of("job-uuid", Uri("urn:uuid:01890000-0000-7000-8000-000000000001")),
        Attribute.of("identify-actions", Keyword("display")),
        Attribute.of("message", Text("here")),
        Attribute.of("notify-subscription-ids", 1),
        Attribute.of("notify-subscription-id", 1),
        Attribute.of("job-hold-until", Keyword("no-hold")),
        Attribute.of("printer-message-from-operator", TextWithLanguage("hello", "en")),
        Attribute.of("requested-user-name", OutOfBand.NO_VALUE),
    )
    given = [one for one in offered if one.name in known or one.name == "job-id"]
    groups = [Group.of(Tag.JOB, ticket or (Attribute.of("copies", 2),))]
    if operation == Operation.CREATE_PRINTER_SUBSCRIPTIONS:
        events = Attribute.of("notify-events", Keyword("job-completed"))
        groups = [Group.of(Tag.SUBSCRIPTION, (Attribute.of("notify-pull-method", Keyword("ippget")), events))]
    if operation == Operation.SET_PRINTER_ATTRIBUTES:
        groups = [Group.of(Tag.PRINTER, (Attribute.of("printer-info", Text("by the window")),))]
    return encode(request(operation, 7, URI, user, given, groups=groups))
