from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from presswork.core.errors import Distrusted, Fault, Forbidden, Interrupted, Invalid, NotSignedIn, PrinterUnreachable
from presswork.net.http_client_exchange import Deadlines
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.errors import NotEncodable
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Keyword, MimeMediaType, Name, Tag, Uri
from presswork.testing.raw_server import (
    Behaviour,
    raw_server,
    read_request,
    read_request_head,
    response,
    server_certificate,
)

PATIENT = Deadlines(connect=20, go_ahead=20, stall=20, reply=20, farewell=20)
HASTY = Deadlines(connect=20, go_ahead=0.1, stall=20, reply=0.3, farewell=20)
"""For what is to run into a deadline."""
GO_AHEAD = b"HTTP/1.1 100 Continue\r\n\r\n"


def reply(request_id: int = 1) -> bytes:
    message = Message((2, 0), Status.SUCCESSFUL_OK, request_id, (Group.of(Tag.JOB, [Attribute.of("job-id", 7)]),))
    return encode(message)


def client_of(port: int, deadlines: Deadlines = PATIENT) -> IppClient:
    return IppClient(f"ipp://localhost:{port}/ipp/print", user="ada", deadlines=deadlines)


class Document:
    """A document that knows how much of it was asked for."""

    def __init__(self, *chunks: bytes, error: Exception | None = None) -> None:
        self.chunks = chunks
        self.error = error
        self.read = 0
        self.closed = False

    async def __call__(self) -> AsyncGenerator[bytes]:
        try:
            for chunk in self.chunks:
                self.read += 1
                yield chunk
            if self.error is not None:
                raise self.error
        finally:
            self.closed = True


class Printer:
    """Notes the requests and answers each with a good reply."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Message, bytes]] = []

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            line, fields, body = await read_request(reader, go_ahead=writer)
            message, document = parse(body)
            self.requests.append((line, fields, message, document))
            writer.write(response(reply(message.request_id), "Content-Type: application/ipp"))


async def test_a_request_is_sent_and_its_reply_given():
    printer = Printer()
    async with raw_server(printer) as port, client_of(port) as client:
        wanted = Attribute.of("requested-attributes", Keyword("job-state"))
        job = Group.of(Tag.JOB, [Attribute.of("copies", 2)])
        answer = await client.call(Operation.GET_JOB_ATTRIBUTES, Attribute.of("job-id", 7), wanted, groups=[job])
        await client.call(Operation.GET_JOBS, uri="ipp://localhost/printers/other")
        assert client.certificate_sha256 is None
    assert answer.group(Tag.JOB).get("job-id") == Attribute.of("job-id", 7)
    (line, fields, message, document), (_, _, second, _) = printer.requests
    assert line == "POST /ipp/print HTTP/1.1"
    assert fields["content-type"] == "application/ipp"
    assert "expect" not in fields
    assert "authorization" not in fields
    assert (message.version, message.code, message.request_id, document) == ((2, 0), 0x0009, 1, b"")
    assert [a.name for a in message.groups[0]][2:] == [
        "printer-uri",
        "job-id",
        "requesting-user-name",
        "requested-attributes",
    ]
    assert message.groups[0].get("requesting-user-name") == Attribute.of("requesting-user-name", Name("ada"))
    assert message.groups[1] == job
    assert second.request_id == 2
    assert second.groups[0].get("printer-uri") == Attribute.of("printer-uri", Uri("ipp://localhost/printers/other"))


@pytest.mark.parametrize("known_length", [True, False])
async def test_a_document_is_streamed_behind_the_request(known_length: bool):
    printer = Printer()
    document = Document(b"%PDF", b"", b"x" * 200_000)
    told: list[int] = []
    async with raw_server(printer) as port, client_of(port) as client:
        await client.call(
            Operation.PRINT_JOB,
            Attribute.of("document-format", MimeMediaType("application/pdf")),
            document=document(),
            document_length=200_004 if known_length else None,
            on_progress=told.append,
        )
    ((_, fields, _, received),) = printer.requests
    assert received == b"%PDF" + b"x" * 200_000
    assert ("content-length" in fields, "transfer-encoding" in fields) == (known_length, not known_length)
    assert told == [4, 4, 200_004]
    assert document.closed


async def test_calls_at_the_same_time_wait_for_each_other():
    printer = Printer()
    async with raw_server(printer) as port, client_of(port) as client:
        await asyncio.gather(*(client.call(Operation.GET_PRINTER_ATTRIBUTES) for _ in range(5)))
    assert [message.request_id for _, _, message, _ in printer.requests] == [1, 2, 3, 4, 5]


async def test_cupsd_is_spoken_to_over_its_socket(tmp_path: Path):
    printer = Printer()
    path = tmp_path / "cups.sock"
    async with (
        raw_server(printer, unix_socket=path),
        IppClient("ipps://localhost/admin/", unix_socket=path, peercred_account="presswork") as client,
    ):
        await client.call(Operation.GET_PRINTERS)
    ((line, fields, message, _),) = printer.requests
    assert line == "POST /admin/ HTTP/1.1"
    assert fields["authorization"] == "PeerCred presswork"
    assert message.groups[0].get("requesting-user-name") is None


@pytest.mark.parametrize("account", ["ada\r\nX-Evil: 1", "ädä", "a\x00"])
def test_an_account_that_http_cannot_carry_is_refused(account: str):
    with pytest.raises(Invalid):
        IppClient("ipp://localhost/", peercred_account=account)


async def test_a_request_that_cannot_be_written_is_refused_and_the_client_goes_on():
    printer = Printer()
    async with raw_server(printer) as port, client_of(port) as client:
        with pytest.raises(NotEncodable):
            await client.call(Operation.GET_JOBS, Attribute.of("my-jobs", Keyword("é")))
        await client.call(Operation.GET_JOBS)


async def failing(behaviour: Behaviour, document: Document | None = None, deadlines: Deadlines = PATIENT) -> Fault:
    async with raw_server(behaviour) as port, client_of(port, deadlines) as client:
        with pytest.raises(Fault) as caught:
            await client.call(Operation.PRINT_JOB, document=None if document is None else document())
    return caught.value


def answering(answer: bytes) -> Behaviour:
    async def behaviour(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request(reader, go_ahead=writer)
        writer.write(answer)
        await writer.drain()

    return behaviour


async def test_nothing_sent_is_unreachable():
    async with client_of(1) as client:
        document = Document(b"%PDF")
        with pytest.raises(PrinterUnreachable):
            await client.call(Operation.PRINT_JOB, document=document())
        assert document.read == 0


async def test_broken_off_before_the_document_is_unreachable():
    async def hang_up(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request_head(reader)
        await reader.readuntil(b"\x03\r\n")  # the message is there; the document waits for the go-ahead

    document = Document(b"%PDF")
    assert type(await failing(hang_up, document)) is PrinterUnreachable
    assert document.read == 0


async def test_broken_off_within_the_document_is_interrupted():
    async def hang_up(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(GO_AHEAD)
        await reader.readuntil(b"%PDF")

    fault = await failing(hang_up, Document(b"%PDF", *[b"x" * 65_536] * 1000))
    assert type(fault) is Interrupted
    assert "look at the printer" in fault.sentence


async def test_no_reply_after_the_document_is_interrupted():
    async def silent(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request(reader)
        await reader.read()

    assert type(await failing(silent, Document(b"%PDF"), HASTY)) is Interrupted
    assert type(await failing(silent, None, HASTY)) is PrinterUnreachable


@pytest.mark.parametrize(
    ("status", "without_document", "with_document"),
    [
        ("400 Bad Request", PrinterUnreachable, PrinterUnreachable),
        ("401 Unauthorized", NotSignedIn, NotSignedIn),
        ("403 Forbidden", Forbidden, Forbidden),
        ("404 Not Found", PrinterUnreachable, PrinterUnreachable),
        ("426 Upgrade Required", PrinterUnreachable, PrinterUnreachable),
        ("301 Moved Permanently", PrinterUnreachable, Interrupted),
        ("500 Internal Server Error", PrinterUnreachable, Interrupted),
        ("204 No Content", PrinterUnreachable, Interrupted),
    ],
)
async def test_an_http_status_instead_of_a_reply(
    status: str, without_document: type[Fault], with_document: type[Fault]
):
    answer = f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode()
    assert type(await failing(answering(answer))) is without_document
    assert type(await failing(answering(answer), Document(b"%PDF"))) is with_document


async def test_a_printer_that_wants_encryption_is_told_apart():
    fault = await failing(answering(response(status="426 Upgrade Required")))
    assert "ipps://" in fault.sentence


@pytest.mark.parametrize(
    "answer",
    [
        response(b"<html>It works</html>"),
        response(reply()[:-1]),
        response(b""),
        response(b"\x02\x00\x00\x00\x00\x00\x00\x01" + b"\x04" * 30_000),
        b"not HTTP at all\r\n\r\n",
    ],
    ids=["HTML", "cut short", "empty", "over a limit", "garbage"],
)
async def test_a_reply_that_is_none_is_a_fault_about_the_printer(answer: bytes):
    assert type(await failing(answering(answer))) is PrinterUnreachable
    assert type(await failing(answering(answer), Document(b"%PDF"))) is Interrupted


async def test_what_follows_a_reply_is_not_read_for_ever():
    async def endless(reader: StreamReader, writer: StreamWriter) -> None:
        while True:
            await read_request(reader)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + reply())
            while True:
                writer.write(b"x" * 10_000)
                await writer.drain()

    async with raw_server(endless) as port, client_of(port) as client:
        for _ in range(2):
            assert (await client.call(Operation.GET_JOBS)).code == Status.SUCCESSFUL_OK


async def test_an_early_refusal_is_given_as_it_came():
    refusal = Message((2, 0), Status.SERVER_ERROR_BUSY, 1, ())

    async def busy(reader: StreamReader, writer: StreamWriter) -> None:
        await read_request_head(reader)
        writer.write(response(encode(refusal)))
        await writer.drain()
        await reader.read()

    document = Document(b"%PDF")
    async with raw_server(busy) as port, client_of(port) as client:
        assert await client.call(Operation.PRINT_JOB, document=document()) == refusal
    assert document.read == 0


async def test_what_the_document_raises_comes_out():
    document = Document(b"%PDF", error=LookupError("the key is gone"))
    async with raw_server(Printer()) as port, client_of(port) as client:
        with pytest.raises(LookupError, match="the key is gone"):
            await client.call(Operation.PRINT_JOB, document=document())
        assert document.closed
        await client.call(Operation.GET_JOBS)


async def test_another_certificate_is_distrusted(tmp_path: Path):
    context, _ = server_certificate(tmp_path)
    printer = Printer()
    async with raw_server(printer, context=context) as port:
        uri = f"ipps://localhost:{port}/ipp/print"
        async with IppClient(uri, pin="f" * 64) as client:
            with pytest.raises(Distrusted):
                await client.call(Operation.GET_PRINTER_ATTRIBUTES)
            seen = client.certificate_sha256
        assert printer.requests == []
        async with IppClient(uri, pin=seen) as client:
            assert (await client.call(Operation.GET_PRINTER_ATTRIBUTES)).code == Status.SUCCESSFUL_OK
