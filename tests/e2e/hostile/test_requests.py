"""Requests that cannot be right, at the running agent: each gets its status and a sentence, and the next one is served."""

from __future__ import annotations

import asyncio
import json
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from e2e.hostile.place import DEADLINE, QUEUE, Answer, Place, answer, ask, head, place, said, web, whole
from presswork.agent.spool.job import Phase
from presswork.client.trust import read_certificate
from presswork.net.ipp_client import IppClient
from presswork.net.tls import pinned_context
from presswork.protocols.control.framing import FRAME_LIMIT, Frame, FrameKind, FrameParser
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import ATTRIBUTES, Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import (
    Charset,
    Keyword,
    Name,
    Tag,
)
from presswork.testing.agent import settings_for
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import MS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(int(240_000 * MS))]
CREATING = (Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB)
CONTROL = ("two\nlines", "nul\0", "\x1b[2J", "del\x7f", "c1\x9b2J")
TARGETS = {"printer-uri", "job-uri"}
COLLECTIONS = (("media-col", "media-type"), ("media-col", "media-size-name"), ("client-info", "client-name"))
LONGEST_SENTENCE = 255
DOCUMENT = make_pdf(1)
LARGE = DOCUMENT + bytes(600_000)
DOCUMENT_LIMIT = 1_000_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    directory = tmp_path_factory.mktemp("requests")
    settings = settings_for(directory).model_copy(update={"document_limit": DOCUMENT_LIMIT})
    async with place(directory, settings=settings) as agent:
        yield agent


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nobody_is_harmed(here: Place, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """After each attack: nothing of it waits, no traceback, and the next good client is served."""
    before = len(here.jobs())
    yield
    name = request.node.name
    await here.prints(name)
    after = [job.name for job in here.jobs()[before:] if job.document_kept or job.phase is not Phase.ENDED]
    assert after == [name]
    here.made_no_mistake()


def refused(answer: Answer, *statuses: Status) -> None:
    """Told in IPP, with one of these and a sentence."""
    assert (answer.http, answer.status) in {(200, status) for status in statuses}, answer
    assert answer.sentence.endswith("."), answer
    assert len(answer.sentence.encode()) <= LONGEST_SENTENCE


def message(here: Place, *attributes: Attribute, operation: int = Operation.PRINT_JOB, **parts: Any) -> Message:
    return request(operation, 1, here.uri(), "", attributes, **parts)


async def test_a_message_that_is_truncated_anywhere(here: Place) -> None:
    octets = encode(message(here, Attribute.of("job-name", Name("cut"))))
    async with web(here) as client:
        for end in range(len(octets)):
            refused(await ask(client, octets[:end]), Status.CLIENT_ERROR_BAD_REQUEST)


async def test_a_document_that_is_truncated(here: Place) -> None:
    name = "breaks off"
    octets = encode(message(here, Attribute.of("job-name", Name(name))))
    async with web(here) as client:
        client.send(head(len(octets) + len(LARGE)) + octets + LARGE[:-500])
        await here.job(name, lambda job: job.phase is Phase.INCOMING)
        client.writer.write_eof()
        refused(await answer(client), Status.CLIENT_ERROR_BAD_REQUEST)
    job = await here.ended(name)
    assert (job.outcome, job.document_kept) == (None, False)


async def test_a_document_whose_chunks_are_none(here: Place) -> None:
    name = "no chunk"
    octets = encode(message(here, Attribute.of("job-name", Name(name))))
    async with web(here) as client:
        client.send(head(None) + chunk(octets) + chunk(LARGE) + b"not a number\r\n")
        refused(await answer(client), Status.CLIENT_ERROR_BAD_REQUEST)
    await here.ended(name)


async def test_a_document_that_is_too_large(here: Place) -> None:
    name = "too large"
    async with IppClient(here.uri()) as client:
        reply = await client.call(
            Operation.PRINT_JOB,
            Attribute.of("job-name", Name(name)),
            document=whole(b"%PDF-1.7" + bytes(DOCUMENT_LIMIT)),
        )
    assert reply.code == Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE
    assert f"larger than {DOCUMENT_LIMIT} octets" in said(reply)
    assert JobEvent.REFUSED in (await here.ended(name)).events


def chunk(octets: bytes) -> bytes:
    """A piece of a body (RFC 9112 §7.1)."""
    return b"%x\r\n%b\r\n" % (len(octets), octets)


def with_groups(here: Place, *groups: Group) -> Message:
    return message(here, groups=groups)


OVERSIZED: dict[str, Callable[[Place], Message]] = {
    "octets": lambda here: message(here, Attribute.of("document-name", *(Name("x" * 255),) * 2_000)),
    "attributes": lambda here: with_groups(
        here, Group.of(Tag.JOB, (Attribute.of(f"x-{number}", 1) for number in range(5_000)))
    ),
    "values": lambda here: with_groups(here, Group.of(Tag.JOB, (Attribute.of("page-ranges", *range(9_000)),))),
    "groups": lambda here: with_groups(here, *(Group.of(Tag.SUBSCRIPTION, ()) for _ in range(100))),
}


@pytest.mark.parametrize("what", OVERSIZED)
async def test_a_message_with_too_much_of_it(here: Place, what: str) -> None:
    refused(await here.ask(encode(OVERSIZED[what](here))), Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE)


async def test_a_message_that_never_ends(here: Place) -> None:
    octets = encode(message(here))[:-1]
    piece = Group.of(Tag.JOB, (Attribute.of("media", Keyword("x" * 200)),))
    endless = encode(with_groups(here, piece))[len(octets) : -1] * 100
    async with web(here) as client:
        client.send(head(None) + chunk(octets) + chunk(endless * 20))
        refused(await answer(client), Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE)


async def test_an_http_header_that_never_ends(here: Place) -> None:
    async with web(here) as client:
        client.send(b"POST /ipp/print/office HTTP/1.1\r\n")
        with suppress(ConnectionError):
            for number in range(1_000):
                client.send(b"X-%d: %b\r\n" % (number, b"x" * 100))
            await client.writer.drain()
        assert (await client.head())[0] == 431


def nested(depth: int) -> bytes:
    """Collections in collections (RFC 8010 §3.1.6), after an operation group."""
    member = b"\x4a\0\0\0\x01m"
    begin = b"\x34\0\0\0\0"
    return b"\x02\x34\0\x09media-col\0\0" + (member + begin) * depth + b"\x37\0\0\0\0" * (depth + 1) + b"\x03"


@pytest.mark.parametrize("depth", [9, 1_000, 20_000])
async def test_collections_that_are_deeply_nested(here: Place, depth: int) -> None:
    octets = encode(message(here))[:-1] + nested(depth)
    refused(await here.ask(octets), Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE)


@pytest.mark.parametrize("version", [(0, 0), (0, 9), (3, 0), (255, 255)])
async def test_a_wrong_version(here: Place, version: tuple[int, int]) -> None:
    refused(await here.ask(encode(message(here, version=version))), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED)


async def test_operations_nobody_knows(here: Place) -> None:
    unknown = sorted({0, 1, 0x3FFF, 0x4000, 0x7FFF, 0xFFFF} | set(range(0x60, 0x80)))
    async with web(here) as client:
        for operation in unknown:
            octets = encode(message(here, operation=operation))
            refused(await ask(client, octets), Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED)


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "utf-7", "x" * 63])
async def test_a_wrong_charset(here: Place, charset: str) -> None:
    first, *others = message(here).groups[0].attributes
    operation = Group.of(Tag.OPERATION, (replace(first, values=(Charset(charset),)), *others))
    octets = encode(Message((2, 0), Operation.PRINT_JOB, 1, (operation,)))
    refused(await here.ask(octets), Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED)


async def test_text_that_is_not_in_its_charset(here: Place) -> None:
    octets = encode(message(here, Attribute.of("job-name", Name("#####")))).replace(b"#####", b"\xff\xfe\xc0\x80\xed")
    refused(await here.ask(octets), Status.CLIENT_ERROR_BAD_REQUEST)


def octets_of(tag: int, name: str, value: bytes) -> bytes:
    """An attribute (RFC 8010 §3.1.4), whatever is in it: our own encoder refuses to write such."""
    return bytes((tag,)) + b"".join(len(one).to_bytes(2, "big") + one for one in (name.encode(), value))


def spoken(syntax: str, text: str) -> Iterator[tuple[int, bytes]]:
    """The text in every form this syntax has for it: tag and value."""
    plain = text.encode()
    with_language = b"\0\x02en" + len(plain).to_bytes(2, "big") + plain
    for kind, values in {
        "name": ((Tag.NAME, plain), (Tag.NAME_WITH_LANGUAGE, with_language)),
        "text": ((Tag.TEXT, plain), (Tag.TEXT_WITH_LANGUAGE, with_language)),
        "keyword": ((Tag.KEYWORD, plain),),
        "uri": ((Tag.URI, plain),),
        "mimeMediaType": ((Tag.MIME_MEDIA_TYPE, plain),),
    }.items():
        if re.search(rf"\b{kind}\b", syntax):
            yield from values


def in_every_attribute(here: Place, text: str, operation: int) -> Iterator[tuple[str, bytes]]:
    """Each attribute of the registry that a creating request may carry and that takes text, with this one in it."""
    begun, end = encode(message(here, operation=operation))[:-1], bytes((Tag.END,))
    for kind, group in (("Operation", b""), ("Job Template", bytes((Tag.JOB,)))):
        for name, syntax in ATTRIBUTES[kind].items():
            for tag, value in spoken(syntax, text):
                if name not in TARGETS:
                    yield name, begun + group + octets_of(tag, name, value) + end
    for name, member in COLLECTIONS:
        for tag, value in spoken("name text keyword", text):
            inside = (
                octets_of(Tag.BEGIN_COLLECTION, name, b"")
                + octets_of(Tag.MEMBER_ATTR_NAME, "", member.encode())
                + octets_of(tag, "", value)
                + octets_of(Tag.END_COLLECTION, "", b"")
            )
            yield f"{name}/{member}", begun + bytes((Tag.JOB,)) + inside + end


async def in_all(here: Place, text: str, operation: int, *statuses: Status) -> None:
    seen = set()
    async with web(here) as client:
        for name, hostile in in_every_attribute(here, text, operation):
            seen.add(name)
            try:
                refused(await ask(client, hostile), *statuses)
            except AssertionError as error:
                error.add_note(name)
                raise
    assert {"job-name", "document-name", "requesting-user-name", "media", "job-sheets"} <= seen


@pytest.mark.parametrize("operation", CREATING, ids=lambda operation: operation.name)
async def test_control_characters_in_every_text_attribute(here: Place, operation: Operation) -> None:
    for text in CONTROL:
        await in_all(here, text, operation, Status.CLIENT_ERROR_BAD_REQUEST)


@pytest.mark.parametrize("operation", CREATING, ids=lambda operation: operation.name)
async def test_ten_thousand_characters_in_every_text_attribute(here: Place, operation: Operation) -> None:
    await in_all(here, "n" * 10_000, operation, Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG)


async def test_attributes_whose_names_are_hostile(here: Place) -> None:
    statuses = (Status.CLIENT_ERROR_BAD_REQUEST, Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE)
    begun = encode(message(here))[:-1] + bytes((Tag.JOB,))
    for name in ("x\n", "x\0", "\x1b[2J", "x" * 10_000):
        refused(await here.ask(begun + octets_of(Tag.KEYWORD, name, b"y") + b"\x03"), *statuses)


HTTP: dict[bytes, int] = {
    b"GET /ipp/print/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n": 200,
    b"GET /etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n": 404,
    b"GET / HTTP/1.1\r\nHost: attacker.example\r\n\r\n": 421,
    b"POST /ipp/print/office HTTP/1.1\r\nHost: localhost\r\nOrigin: https://attacker.example\r\n\r\n": 403,
    b"POST /ipp/print/office HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n": 415,
    b"POST /ipp/print/nobody HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nContent-Length: 0\r\n\r\n": 404,
    b"PUT /ipp/print/office HTTP/1.1\r\nHost: localhost\r\n\r\n": 405,
    b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n": 400,
    b"GET / HTTP/1.1\r\n\r\n": 400,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03": 400,
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n": 400,
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n": 400,
}


@pytest.mark.parametrize("octets", HTTP, ids=range(len(HTTP)))
async def test_http_that_is_none_or_not_for_us(here: Place, octets: bytes) -> None:
    async with web(here) as client:
        client.send(octets)
        status, _, body = await client.answer()
    assert status == HTTP[octets], body
    assert body.strip()


async def test_numbers_of_jobs_that_are_not_there(here: Place) -> None:
    async with web(here) as client:
        for number in (-(2**31), -1, 0, 2**31 - 1):
            for operation in (Operation.GET_JOB_ATTRIBUTES, Operation.CANCEL_JOB, Operation.SEND_DOCUMENT):
                last = Attribute.of("last-document", True)
                octets = encode(message(here, Attribute.of("job-id", number), last, operation=operation))
                refused(await ask(client, octets), Status.CLIENT_ERROR_NOT_FOUND, Status.CLIENT_ERROR_BAD_REQUEST)


def submit(**fields: object) -> bytes:
    return json.dumps(
        {"op": "submit", "queue": QUEUE, "name": "x", "document_format": "application/pdf", **fields}
    ).encode()


CONTROL_REQUESTS: dict[str, bytes] = {
    "no JSON": Frame(FrameKind.JSON, b"\xff\0").encode(),
    "deeply nested": Frame(FrameKind.JSON, b"[" * 500_000).encode(),
    "deeply nested in a field": Frame(FrameKind.JSON, b'{"op":"submit","x":' + b"[" * 100_000).encode(),
    "unknown operation": Frame(FrameKind.JSON, b'{"op": "format-disk"}').encode(),
    "no object": Frame(FrameKind.JSON, b"7").encode(),
    "document first": Frame(FrameKind.DOCUMENT, b"%PDF").encode(),
    "unknown kind": b"\0\0\0\x01?x",
    "oversized": (FRAME_LIMIT + 1).to_bytes(4, "big") + b"J",
    "control characters": Frame(FrameKind.JSON, submit(name="two\nlines\x1b[2J")).encode(),
    "long name": Frame(FrameKind.JSON, submit(name="n" * 10_000)).encode(),
    "long queue": Frame(FrameKind.JSON, submit(queue="q" * 10_000)).encode(),
    "queue that is a path": Frame(FrameKind.JSON, submit(queue="../office")).encode(),
    "job that is none": Frame(FrameKind.JSON, b'{"op": "release", "job": "../../x", "printer": "\\u0000"}').encode(),
}


@pytest.mark.parametrize("what", CONTROL_REQUESTS)
async def test_requests_on_the_client_channel(here: Place, what: str) -> None:
    async with local_channel(here) as (reader, writer):
        writer.write(CONTROL_REQUESTS[what])
        (reply,) = FrameParser().feed(await reader.read(65_536))
    told = json.loads(reply.data)
    assert told["code"] in {"invalid", "too-large", "not-found"}, told
    assert told["sentence"].endswith((".", ").", "?")), told
    await is_served(here)


async def test_a_frame_that_is_truncated_on_the_client_channel(here: Place) -> None:
    async with local_channel(here) as (_, writer):
        writer.write(Frame(FrameKind.JSON, submit()).encode()[:-3])
    async with local_channel(here) as (_, writer):
        writer.write(Frame(FrameKind.JSON, submit(name="half a document")).encode())
        writer.write(Frame(FrameKind.DOCUMENT, DOCUMENT).encode()[:-100])
    await is_served(here)


async def is_served(here: Place) -> None:
    """The next client of the channel."""
    async with local_channel(here) as (reader, writer):
        writer.write(Frame(FrameKind.JSON, b'{"op": "status"}').encode())
        (reply,) = FrameParser().feed(await reader.read(65_536))
    assert json.loads(reply.data)["kind"] == "status"


@asynccontextmanager
async def local_channel(here: Place) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    certificate = await asyncio.to_thread(read_certificate, here.settings.directory)
    context = await asyncio.to_thread(pinned_context, certificate)
    port = here.settings.ports.client_control
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        try:
            yield reader, writer
            await writer.drain()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
