"""IPP over HTTP, over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from presswork.core.clock import SystemClock
from presswork.core.errors import Forbidden
from presswork.documents.inspect import SNIFF_SIZE
from presswork.net.http_message import HttpLimits, HttpRequest
from presswork.net.http_server import serve_http
from presswork.printer.http import ipp_handler
from presswork.printer.job import JobState, Requester
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Tag, Uri
from presswork.testing.office_printer import ANYBODY, URI, OfficePrinter
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import eventually

GET_ATTRIBUTES = encode(request(Operation.GET_PRINTER_ATTRIBUTES, 5, URI, "alice"))
PRINT_JOB = encode(request(Operation.PRINT_JOB, 6, URI, "alice"))


@dataclass
class Wire:
    """A connection to the printer."""

    office: OfficePrinter
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def head(self, length: int, *fields: str, path: str = "/ipp/print", method: str = "POST") -> None:
        lines = [f"{method} {path} HTTP/1.1", "Host: printer.test", f"Content-Length: {length}", *fields]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def post(self, body: bytes, *, content_type: str = "application/ipp", path: str = "/ipp/print") -> None:
        self.head(len(body), f"Content-Type: {content_type}", path=path)
        self.writer.write(body)

    async def answer(self) -> tuple[int, bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
        return int(head.split()[1]), await self.reader.readexactly(length)

    async def reply(self) -> Message:
        status, body = await self.answer()
        assert status == 200
        message, rest = parse(body)
        assert rest == b""
        return message


@contextlib.asynccontextmanager
async def wired(who: Requester | Forbidden = ANYBODY, limits: HttpLimits | None = None) -> AsyncIterator[Wire]:
    async def identify(_: HttpRequest) -> Requester:
        if isinstance(who, Forbidden):
            raise who
        return who

    office = OfficePrinter()
    handler = ipp_handler(lambda path: office.printer if path == "/ipp/print" else None, identify)
    limits = limits or HttpLimits(stop_seconds=0.2)
    async with serve_http(handler, ("127.0.0.1", 0), clock=SystemClock(), limits=limits) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            async with asyncio.timeout(20):
                yield Wire(office, reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def test_requests_follow_each_other_on_a_connection() -> None:
    async with wired() as wire:
        for _ in range(3):
            wire.post(GET_ATTRIBUTES)
            reply = await wire.reply()
            assert (reply.code, reply.request_id, reply.version) == (Status.SUCCESSFUL_OK, 5, (2, 0))
            wire.post(PRINT_JOB + make_pdf())
            assert (await wire.reply()).code == Status.SUCCESSFUL_OK
    assert len(wire.office.store.entries) == 3


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 20, 100, len(PRINT_JOB) - 1, len(PRINT_JOB), len(PRINT_JOB) + 1])
async def test_the_message_may_be_cut_anywhere(cut: int) -> None:
    body = PRINT_JOB + make_pdf()
    async with wired() as wire:
        wire.head(len(body), "Content-Type: application/ipp")
        wire.writer.write(body[:cut])
        await wire.writer.drain()
        await asyncio.sleep(0.01)
        wire.writer.write(body[cut:])
        assert (await wire.reply()).code == Status.SUCCESSFUL_OK
        assert wire.office.store.entries[1].document == make_pdf()


async def test_8010_4_1_only_post_of_application_ipp() -> None:
    async with wired() as wire:
        wire.post(GET_ATTRIBUTES, content_type="text/plain")
        assert (await wire.answer())[0] == 415
    async with wired() as wire:
        wire.head(0, method="GET")
        assert (await wire.answer())[0] == 405
    async with wired() as wire:
        wire.post(GET_ATTRIBUTES, path="/ipp/other")
        assert (await wire.answer())[0] == 404


async def test_8010_4_2_a_request_to_a_job_uri_goes_to_its_path() -> None:
    async with wired() as wire:
        wire.post(PRINT_JOB + make_pdf())
        await wire.reply()
        message = request(Operation.GET_JOB_ATTRIBUTES, 2, URI, "alice")
        operation = [attribute for attribute in message.groups[0].attributes if attribute.name != "printer-uri"]
        operation.insert(2, Attribute.of("job-uri", Uri(f"{URI}/1")))
        body = encode(Message((2, 0), message.code, 2, (type(message.groups[0]).of(Tag.OPERATION, operation),)))
        wire.post(body, path="/ipp/print/1")
        assert (await wire.reply()).code == Status.SUCCESSFUL_OK


@pytest.mark.parametrize(
    ("body", "status", "request_id"),
    [
        (b"", Status.CLIENT_ERROR_BAD_REQUEST, 1),
        (b"\2\0\0\x0b", Status.CLIENT_ERROR_BAD_REQUEST, 1),
        (GET_ATTRIBUTES[:-1], Status.CLIENT_ERROR_BAD_REQUEST, 5),
        (GET_ATTRIBUTES[:8] + b"\x47\0\0\0\0", Status.CLIENT_ERROR_BAD_REQUEST, 5),
        (GET_ATTRIBUTES[:9] + b"\x41\0\1a\xff\xff", Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE, 5),
        (GET_ATTRIBUTES[:9] + b"\x34\0\1a\0\0" * 5000, Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE, 5),
        (GET_ATTRIBUTES[:9] + b"\x41\0\1a\0\0" * 100_000, Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE, 5),
        (b"\0\0" + GET_ATTRIBUTES[2:], Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, 5),
        (b"not an IPP message at all, rather a letter", Status.CLIENT_ERROR_REQUEST_ENTITY_TOO_LARGE, None),
    ],
)
async def test_a_broken_message_is_told_in_ipp(body: bytes, status: Status, request_id: int | None) -> None:
    async with wired() as wire:
        wire.post(body)
        reply = await wire.reply()
        assert reply.code == status
        assert request_id is None or reply.request_id == request_id


async def test_who_is_not_let_in_is_told_in_ipp() -> None:
    async with wired(Forbidden("Only people of this computer print here.")) as wire:
        wire.post(GET_ATTRIBUTES)  # says the same to everybody, so nobody is asked who they are
        assert (await wire.reply()).code == Status.SUCCESSFUL_OK
        wire.post(PRINT_JOB + make_pdf())
        reply = await wire.reply()
        assert reply.code == Status.CLIENT_ERROR_NOT_AUTHORIZED
        assert not wire.office.store.entries
        assert reply.request_id == 6


async def test_a_refused_job_is_answered_before_its_document_came() -> None:
    refused = encode(request(Operation.PRINT_JOB, 6, "ipp://x/ipp/other", "alice"))
    async with wired() as wire:
        wire.head(100_000_000, "Content-Type: application/ipp", "Expect: 100-continue")
        wire.writer.write(refused)
        head = await wire.reader.readuntil(b"\r\n\r\n")
        if b" 100 " in head:
            head = await wire.reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head
        assert b"Connection: close" in head


async def test_octets_behind_a_request_without_a_document_are_dropped() -> None:
    async with wired() as wire:
        for _ in range(2):
            wire.post(GET_ATTRIBUTES + b"x" * 30_000)
            assert (await wire.reply()).code == Status.SUCCESSFUL_OK


async def test_a_client_that_goes_away_in_mid_document_leaves_no_job() -> None:
    body = PRINT_JOB + make_pdf()
    async with wired() as wire:
        wire.head(len(body) + 2 * SNIFF_SIZE, "Content-Type: application/ipp")
        wire.writer.write(body + bytes(SNIFF_SIZE))
        await wire.writer.drain()
        await eventually(lambda: bool(wire.office.store.entries))
        wire.writer.close()
        await eventually(lambda: wire.office.store.entries[1].job.job_state.terminated)
    assert wire.office.store.entries[1].job.job_state == JobState.ABORTED


async def test_a_client_that_stops_in_mid_document_is_told_so() -> None:
    body = PRINT_JOB + make_pdf()
    async with wired(limits=HttpLimits(stop_seconds=0.2, body_seconds=0.2)) as wire:
        wire.head(len(body) + 2 * SNIFF_SIZE, "Content-Type: application/ipp")
        wire.writer.write(body + bytes(SNIFF_SIZE))
        assert (await wire.reply()).code == Status.CLIENT_ERROR_TIMEOUT
    assert wire.office.store.entries[1].job.job_state == JobState.ABORTED
