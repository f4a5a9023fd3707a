"""Our IPP client and a real printer: ippeveprinter, plain and with TLS."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from presswork.core.errors import Distrusted
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Keyword, MimeMediaType, Name, Tag
from presswork.testing.peers import ippeveprinter

PDF = Attribute.of("document-format", MimeMediaType("application/pdf"))


async def document(size: int) -> AsyncGenerator[bytes]:
    yield b"%PDF-1.7\n"
    for _ in range(size // 50_000):
        yield b"x" * 50_000


async def attributes_of(client: IppClient) -> Message:
    reply = await client.call(Operation.GET_PRINTER_ATTRIBUTES, Attribute.of("requested-attributes", Keyword("all")))
    assert reply.code == Status.SUCCESSFUL_OK
    return reply


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("known_length", [False, True])
async def test_a_document_is_printed(tmp_path: Path, tls: bool, known_length: bool):
    size = 5_000_000
    told: list[int] = []
    async with ippeveprinter(tmp_path) as printer:
        async with IppClient(printer.ipps_uri if tls else printer.uri, user="ada") as client:
            reply = await client.call(
                Operation.PRINT_JOB,
                Attribute.of("job-name", Name("März")),
                PDF,
                groups=[
                    Group.of(
                        Tag.JOB, [Attribute.of("copies", 2), Attribute.of("sides", Keyword("two-sided-long-edge"))]
                    )
                ],
                document=document(size),
                document_length=size + 9 if known_length else None,
                on_progress=told.append,
            )
        assert reply.code == Status.SUCCESSFUL_OK
        (printed,) = await printer.printed(1)
    assert len(printed.document) == size + 9 == told[-1]
    assert told == sorted(told)
    assert printed.attributes["copies"] == "2"
    assert printed.attributes["sides"] == "two-sided-long-edge"
    assert printed.attributes["job-originating-user-name"] == "ada"


async def test_a_refusal_is_a_reply_and_the_connection_goes_on(tmp_path: Path):
    async with ippeveprinter(tmp_path) as printer, IppClient(printer.uri) as client:
        reply = await client.call(
            Operation.PRINT_JOB,
            Attribute.of("document-format", MimeMediaType("text/plain")),
            document=document(5_000_000),
        )
        assert reply.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        await attributes_of(client)


async def test_a_connection_carries_many_requests(tmp_path: Path):
    async with ippeveprinter(tmp_path) as printer, IppClient(printer.ipps_uri) as client:
        replies = [await attributes_of(client) for _ in range(10)]
        assert printer.log.count("Starting HTTPS session") == 1
    assert len(replies[0].group(Tag.PRINTER).attributes) > 100


async def test_the_certificate_is_pinned_on_first_use(tmp_path: Path):
    async with ippeveprinter(tmp_path) as printer:
        async with IppClient(printer.ipps_uri) as client:
            await attributes_of(client)
            pin = client.certificate_sha256
        async with IppClient(printer.ipps_uri, pin=pin) as client:
            await attributes_of(client)
    async with ippeveprinter(tmp_path) as another, IppClient(another.ipps_uri, pin=pin) as client:
        with pytest.raises(Distrusted) as caught:
            await attributes_of(client)
        assert caught.value.details == {"expected": pin, "seen": client.certificate_sha256}


async def test_create_job_and_send_document(tmp_path: Path):
    async with ippeveprinter(tmp_path) as printer, IppClient(printer.uri, user="ada") as client:
        created = await client.call(Operation.CREATE_JOB)
        job_id = created.group(Tag.JOB).get("job-id")
        assert job_id is not None
        last = Attribute.of("last-document", True)
        sent = await client.call(Operation.SEND_DOCUMENT, job_id, PDF, last, document=document(100_000))
        assert sent.code == Status.SUCCESSFUL_OK
        (printed,) = await printer.printed(1)
    assert len(printed.document) == 100_009
