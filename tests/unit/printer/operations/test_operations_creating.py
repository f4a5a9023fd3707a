"""Print-Job, Validate-Job, Create-Job, Send-Document, Close-Job: how a job comes to be."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from presswork.core.errors import NoSpace
from presswork.documents.inspect import SNIFF_SIZE
from presswork.printer.job import JobState
from presswork.printer.model import PrinterState
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import (
    Collection,
    Keyword,
    MimeMediaType,
    Name,
    OutOfBand,
    Tag,
    Text,
    Uri,
)
from presswork.testing.office_printer import ANYBODY, DESCRIPTION, URI, OfficePrinter
from presswork.testing.pdf import make_pdf

PDF = make_pdf()
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
COPIES = Attribute.of("copies", 2)
PINK = Attribute.of("media", Keyword("pink_paper_1x1mm"))
FIDELITY = Attribute.of("ipp-attribute-fidelity", True)


def document_format(value: str) -> Attribute:
    return Attribute.of("document-format", MimeMediaType(value))


def job_of(reply: Message) -> dict[str, object]:
    return {attribute.name: attribute.value for attribute in reply.group(Tag.JOB)}


async def test_8011_4_2_1_print_job_makes_a_job_with_its_document() -> None:
    office = OfficePrinter()
    reply = await office.call(
        Operation.PRINT_JOB,
        Attribute.of("job-name", Name("report")),
        document_format("application/pdf"),
        ticket=(COPIES,),
        document=PDF,
    )
    assert reply.code == Status.SUCCESSFUL_OK
    answered = job_of(reply)
    assert answered["job-id"] == 1
    assert answered["job-uri"] == f"{URI}/1"
    assert answered["job-state"] == JobState.PENDING
    assert answered["job-state-reasons"] == "none"
    entry = office.store.entries[1]
    assert entry.document == PDF
    assert (entry.job.job_name, entry.job.document_format) == ("report", "application/pdf")
    assert entry.job.attributes == (COPIES,)


async def test_8011_4_2_1_2_what_the_printer_cannot_do_is_left_out_and_said() -> None:
    office = OfficePrinter()
    reply = await office.call(
        Operation.PRINT_JOB, ticket=(COPIES, PINK, Attribute.of("x-new", Text("y"))), document=PDF
    )
    assert reply.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert reply.group(Tag.UNSUPPORTED_GROUP).attributes == (PINK, Attribute.of("x-new", OutOfBand.UNSUPPORTED))
    assert office.store.entries[1].job.attributes == (COPIES,)


@pytest.mark.parametrize("operation", [Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.CREATE_JOB])
@pytest.mark.parametrize(
    "insisting",
    [FIDELITY, Attribute.of("job-mandatory-attributes", Keyword("copies"), Keyword("media"))],
)
async def test_8011_4_2_1_1_fidelity_refuses_instead(operation: Operation, insisting: Attribute) -> None:
    office = OfficePrinter()
    reply = await office.call(operation, insisting, ticket=(COPIES, PINK), document=PDF)
    assert reply.code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert reply.group(Tag.UNSUPPORTED_GROUP).attributes == (PINK,)
    assert not office.store.entries


async def test_5100_7_attributes_that_are_not_mandatory_may_be_left_out() -> None:
    mandatory = Attribute.of("job-mandatory-attributes", Keyword("copies"))
    reply = await OfficePrinter().call(Operation.PRINT_JOB, mandatory, ticket=(COPIES, PINK), document=PDF)
    assert reply.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


async def test_5100_7_media_and_media_col_exclude_each_other() -> None:
    both = (Attribute.of("media", Keyword("iso_a4_210x297mm")), Attribute.of("media-col", Collection(())))
    reply = await OfficePrinter().call(Operation.VALIDATE_JOB, ticket=both)
    assert reply.code == Status.CLIENT_ERROR_BAD_REQUEST


async def test_8011_4_2_3_validate_job_makes_nothing() -> None:
    office = OfficePrinter()
    reply = await office.call(Operation.VALIDATE_JOB, document_format("application/pdf"), ticket=(COPIES,))
    assert reply.code == Status.SUCCESSFUL_OK
    assert not reply.all(Tag.JOB)
    assert not office.store.entries


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ((), "Untitled"),
        ((Attribute.of("document-name", Name("a.pdf")),), "a.pdf"),
        ((Attribute.of("document-name", Name("a.pdf")), Attribute.of("job-name", Name("b"))), "b"),
        ((Attribute.of("job-name", Name("")),), "Untitled"),
    ],
)
async def test_8011_4_2_1_1_a_job_has_a_name(attributes: tuple[Attribute, ...], name: str) -> None:
    office = OfficePrinter()
    await office.call(Operation.PRINT_JOB, *attributes, document=PDF)
    assert office.store.entries[1].job.job_name == name


@pytest.mark.parametrize(
    ("sent", "document", "status"),
    [
        ("application/pdf", PDF, Status.SUCCESSFUL_OK),
        ("APPLICATION/PDF; charset=x", PDF, Status.SUCCESSFUL_OK),
        ("application/octet-stream", PDF, Status.SUCCESSFUL_OK),
        ("", PDF, Status.SUCCESSFUL_OK),
        ("", JPEG, Status.SUCCESSFUL_OK),
        ("application/pdf", b" " * 900 + PDF, Status.SUCCESSFUL_OK),
        ("application/postscript", b"%!PS", Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
        ("text/plain", b"hello", Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
        ("application/octet-stream", b"#!/bin/sh", Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
        ("", b"hello", Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
        ("application/pdf", JPEG, Status.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR),
        ("image/urf", PDF, Status.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR),
        ("application/pdf", b"", Status.CLIENT_ERROR_BAD_REQUEST),
    ],
)
async def test_8011_4_2_1_1_the_document_is_what_it_says(sent: str, document: bytes, status: Status) -> None:
    office = OfficePrinter()
    attributes = (document_format(sent),) if sent else ()
    reply = await office.call(Operation.PRINT_JOB, *attributes, document=document)
    assert reply.code == status
    assert bool(office.store.entries) == (status == Status.SUCCESSFUL_OK)


async def test_a_format_the_description_does_not_have_is_refused_though_it_is_known() -> None:
    office = OfficePrinter(replace(DESCRIPTION, document_formats=("application/pdf",)))
    reply = await office.call(Operation.PRINT_JOB, document=JPEG)
    assert reply.code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("compression", "octets"),
    [("none", PDF), ("gzip", gzip.compress(PDF * 1000)), ("deflate", deflated(PDF * 1000))],
)
async def test_8011_4_2_1_1_a_compressed_document_is_uncompressed(compression: str, octets: bytes) -> None:
    office = OfficePrinter()
    attribute = Attribute.of("compression", Keyword(compression))
    reply = await office.call(Operation.PRINT_JOB, attribute, document=octets)
    assert reply.code == Status.SUCCESSFUL_OK
    assert office.store.entries[1].document == (PDF if compression == "none" else PDF * 1000)


@pytest.mark.parametrize(
    ("compression", "octets", "status"),
    [
        ("gzip", PDF, Status.CLIENT_ERROR_COMPRESSION_ERROR),
        ("gzip", gzip.compress(PDF)[:-9], Status.CLIENT_ERROR_COMPRESSION_ERROR),
        ("gzip", gzip.compress(PDF) + b"more", Status.CLIENT_ERROR_COMPRESSION_ERROR),
        ("deflate", gzip.compress(PDF), Status.CLIENT_ERROR_COMPRESSION_ERROR),
        ("compress", PDF, Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED),
    ],
)
async def test_8011_4_2_1_1_wrong_compression_is_refused(compression: str, octets: bytes, status: Status) -> None:
    office = OfficePrinter()
    attribute = Attribute.of("compression", Keyword(compression))
    reply = await office.call(Operation.PRINT_JOB, attribute, document=octets)
    assert reply.code == status
    assert all(entry.job.job_state.terminated for entry in office.store.entries.values())


async def test_a_document_that_breaks_off_leaves_no_job_behind() -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield PDF + bytes(SNIFF_SIZE)
        raise NoSpace("The disk is full. Delete something and print again.")

    office = OfficePrinter()
    reply = await office.printer.handle(request(Operation.PRINT_JOB, 1, URI, "alice"), breaking(), ANYBODY)
    assert reply.code == Status.SERVER_ERROR_TEMPORARY_ERROR
    message = reply.group(Tag.OPERATION).get("status-message")
    assert message is not None
    assert message.value == "The disk is full. Delete something and print again."
    assert office.store.entries[1].job.job_state == JobState.ABORTED


async def test_8011_4_2_1_a_printer_that_takes_no_jobs_says_so() -> None:
    office = OfficePrinter()
    office.printer.state = PrinterState(printer_is_accepting_jobs=False)
    for operation in (Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB):
        assert (await office.call(operation, document=PDF)).code == Status.SERVER_ERROR_NOT_ACCEPTING_JOBS


UUID_URI = "urn:uuid:3c1f0b0e-5b3e-4b43-9d5a-0a9f4b8f1c11"


async def test_the_same_job_uuid_again_is_the_same_job() -> None:
    office = OfficePrinter()
    for _ in range(3):
        reply = await office.call(Operation.CREATE_JOB, Attribute.of("job-uuid", Uri(UUID_URI)))
        assert job_of(reply)["job-id"] == 1
        assert job_of(reply)["job-uuid"] == UUID_URI
    assert office.store.entries[1].job.job_uuid == UUID(UUID_URI)


@pytest.mark.parametrize("uri", ["urn:uuid:nonsense", "http://x/3c1f0b0e-5b3e-4b43-9d5a-0a9f4b8f1c11", "", "urn:uuid:"])
async def test_a_job_uuid_that_is_none_is_refused(uri: str) -> None:
    reply = await OfficePrinter().call(Operation.CREATE_JOB, Attribute.of("job-uuid", Uri(uri)))
    assert reply.code == Status.CLIENT_ERROR_BAD_REQUEST


LAST, NOT_LAST = Attribute.of("last-document", True), Attribute.of("last-document", False)
JOB_1 = Attribute.of("job-id", 1)


async def test_8011_4_3_1_create_job_then_send_document() -> None:
    office = OfficePrinter()
    created = job_of(await office.call(Operation.CREATE_JOB, ticket=(COPIES,)))
    assert (created["job-state"], created["job-state-reasons"]) == (JobState.PENDING_HELD, "job-incoming")
    sent = job_of(await office.call(Operation.SEND_DOCUMENT, JOB_1, LAST, document=PDF))
    assert sent["job-state"] == JobState.PENDING
    assert office.store.entries[1].document == PDF
    assert office.store.entries[1].job.attributes == (COPIES,)


async def test_8011_4_3_1_1_last_document_is_required() -> None:
    office = OfficePrinter()
    await office.call(Operation.CREATE_JOB)
    reply = await office.call(Operation.SEND_DOCUMENT, JOB_1, document=PDF)
    assert reply.code == Status.CLIENT_ERROR_BAD_REQUEST
    assert office.store.entries[1].job.number_of_documents == 0


async def test_8011_4_3_1_documents_and_then_the_end() -> None:
    office = OfficePrinter()
    await office.call(Operation.CREATE_JOB)
    first = job_of(await office.call(Operation.SEND_DOCUMENT, JOB_1, NOT_LAST, document=PDF))
    assert first["job-state"] == JobState.PENDING_HELD
    second = job_of(await office.call(Operation.SEND_DOCUMENT, JOB_1, NOT_LAST, document=JPEG))
    assert second["job-state"] == JobState.PENDING_HELD
    job = office.store.entries[1].job
    assert (job.number_of_documents, job.document_format, job.job_k_octets) == (2, "application/pdf", 1)
    assert [one.octets for one in office.store.entries[1].documents.every] == [PDF, JPEG]
    last = job_of(await office.call(Operation.SEND_DOCUMENT, JOB_1, LAST))
    assert last["job-state"] == JobState.PENDING


async def test_8011_4_3_1_a_document_that_is_not_there() -> None:
    office = OfficePrinter()
    await office.call(Operation.CREATE_JOB)
    assert (await office.call(Operation.SEND_DOCUMENT, JOB_1, NOT_LAST)).code == Status.CLIENT_ERROR_BAD_REQUEST


async def test_5100_11_close_job_ends_a_job_without_a_document() -> None:
    office = OfficePrinter()
    await office.call(Operation.CREATE_JOB)
    assert (await office.call(Operation.CLOSE_JOB, JOB_1)).code == Status.SUCCESSFUL_OK
    assert office.store.entries[1].job.job_state == JobState.ABORTED
    late = await office.call(Operation.SEND_DOCUMENT, JOB_1, LAST, document=PDF)
    assert late.code == Status.CLIENT_ERROR_NOT_POSSIBLE


async def test_nobody_sends_a_document_into_the_job_of_somebody_else() -> None:
    office = OfficePrinter()
    await office.call(Operation.CREATE_JOB)
    reply = await office.call(Operation.SEND_DOCUMENT, JOB_1, LAST, document=PDF, user="bob")
    assert reply.code == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert office.store.entries[1].document == b""


async def test_a_second_document_of_a_print_job_is_refused() -> None:
    office = OfficePrinter()
    await office.call(Operation.PRINT_JOB, document=PDF)
    reply = await office.call(Operation.SEND_DOCUMENT, JOB_1, LAST, document=PDF)
    assert reply.code == Status.CLIENT_ERROR_NOT_POSSIBLE
