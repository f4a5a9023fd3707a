"""The checks every request passes, clause by clause of RFC 8011."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from presswork.printer.job import Requester
from presswork.printer.request import read_request
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import (
    Charset,
    Collection,
    Keyword,
    Name,
    NameWithLanguage,
    NaturalLanguage,
    OutOfBand,
    Tag,
    Text,
    Unrecognized,
    Uri,
    Value,
)
from presswork.testing.office_printer import URI, OfficePrinter
from presswork.testing.pdf import make_pdf

CHARSET = Attribute.of("attributes-charset", Charset("utf-8"))
LANGUAGE = Attribute.of("attributes-natural-language", NaturalLanguage("en"))
PRINTER = Attribute.of("printer-uri", Uri(URI))


def message(*attributes: Attribute, operation: int = Operation.GET_PRINTER_ATTRIBUTES) -> Message:
    return Message((2, 0), operation, 1, (Group(Tag.OPERATION, attributes),))


GOOD = message(CHARSET, LANGUAGE, PRINTER)


async def status(request_: Message) -> int:
    return (await OfficePrinter().ask(request_)).code


@pytest.mark.parametrize("version", [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (2, 9)])
async def test_8011_4_1_8_the_same_major_version_is_spoken(version: tuple[int, int]) -> None:
    reply = await OfficePrinter().ask(replace(GOOD, version=version))
    assert reply.code == Status.SUCCESSFUL_OK
    assert reply.version == min(version, (2, 2))


@pytest.mark.parametrize(("version", "answered"), [((0, 0), (1, 1)), ((3, 0), (2, 0)), ((255, 255), (2, 2))])
async def test_8011_4_1_8_another_major_version_is_refused(version: tuple[int, int], answered: tuple[int, int]) -> None:
    reply = await OfficePrinter().ask(replace(GOOD, version=version))
    assert (reply.code, reply.version) == (Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, answered)


@pytest.mark.parametrize("request_id", [0, -1, -(2**31)])
async def test_8011_4_1_1_request_id_is_positive(request_id: int) -> None:
    reply = await OfficePrinter().ask(replace(GOOD, request_id=request_id))
    assert (reply.code, reply.request_id) == (Status.CLIENT_ERROR_BAD_REQUEST, request_id)


async def test_8011_4_1_2_an_operation_it_does_not_have() -> None:
    assert await status(replace(GOOD, code=0x3FFF)) == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED
    assert await status(replace(GOOD, code=Operation.PRINT_URI)) == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED


@pytest.mark.parametrize(
    "groups",
    [
        (),
        (Group(Tag.JOB, ()),),
        (Group(Tag.PRINTER, (CHARSET, LANGUAGE, PRINTER)),),
        (Group(Tag.JOB, ()), Group(Tag.OPERATION, (CHARSET, LANGUAGE, PRINTER))),
        (Group(Tag.OPERATION, ()),),
        (Group(Tag.OPERATION, (CHARSET, LANGUAGE, PRINTER)), Group(Tag.OPERATION, ())),
        (Group(Tag.OPERATION, (CHARSET, LANGUAGE, PRINTER)), Group(Tag.JOB, ()), Group(Tag.JOB, ())),
        (Group(Tag.OPERATION, (CHARSET, LANGUAGE, PRINTER, PRINTER)),),
    ],
)
async def test_8011_4_1_3_groups_stand_in_order_and_once(groups: tuple[Group, ...]) -> None:
    assert await status(replace(GOOD, groups=groups)) == Status.CLIENT_ERROR_BAD_REQUEST


@pytest.mark.parametrize(
    "attributes",
    [
        (PRINTER,),
        (CHARSET, PRINTER),
        (LANGUAGE, PRINTER),
        (LANGUAGE, CHARSET, PRINTER),
        (CHARSET, PRINTER, LANGUAGE),
        (Attribute.of("attributes-charset", Keyword("utf-8")), LANGUAGE, PRINTER),
        (CHARSET, Attribute.of("attributes-natural-language", Keyword("en")), PRINTER),
        (Attribute.of("attributes-charset", Charset("utf-8"), Charset("utf-8")), LANGUAGE, PRINTER),
    ],
)
async def test_8011_4_1_4_charset_and_language_come_first(attributes: tuple[Attribute, ...]) -> None:
    reply = await OfficePrinter().ask(message(*attributes))
    assert reply.code == Status.CLIENT_ERROR_BAD_REQUEST
    assert not reply.all(Tag.PRINTER)


async def test_8011_4_1_4_1_charsets() -> None:
    assert await status(message(Attribute.of("attributes-charset", Charset("US-ASCII")), LANGUAGE, PRINTER)) == 0
    other = Attribute.of("attributes-charset", Charset("iso-8859-1"))
    reply = await OfficePrinter().ask(message(other, LANGUAGE, PRINTER))
    assert reply.code == Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED
    assert reply.group(Tag.UNSUPPORTED_GROUP).attributes == (other,)


async def test_8011_4_1_4_the_reply_begins_with_charset_and_language() -> None:
    for request_ in (GOOD, message()):
        reply = await OfficePrinter().ask(request_)
        assert reply.groups[0].tag == Tag.OPERATION
        assert reply.groups[0].attributes[:2] == (CHARSET, LANGUAGE)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ((), Status.CLIENT_ERROR_BAD_REQUEST),
        ((Attribute.of("printer-uri", Keyword(URI)),), Status.CLIENT_ERROR_BAD_REQUEST),
        (
            (Attribute.of("printer-uri", Uri("ipp://printer.test/ipp/print"), Uri("ipp://x/")),),
            Status.CLIENT_ERROR_BAD_REQUEST,
        ),
        ((Attribute.of("printer-uri", Uri("ftp://printer.test/ipp/print")),), Status.CLIENT_ERROR_BAD_REQUEST),
        ((Attribute.of("printer-uri", Uri("/ipp/print")),), Status.CLIENT_ERROR_BAD_REQUEST),
        ((Attribute.of("printer-uri", Uri("ipp://[::1/ipp/print")),), Status.CLIENT_ERROR_BAD_REQUEST),
        ((Attribute.of("printer-uri", Uri("ipp://printer.test/ipp/other")),), Status.CLIENT_ERROR_NOT_FOUND),
        ((Attribute.of("printer-uri", Uri("ipps://another.name/ipp/print")),), Status.SUCCESSFUL_OK),
        ((Attribute.of("printer-uri", Uri("http://localhost:631/ipp/print/")),), Status.SUCCESSFUL_OK),
        ((PRINTER, Attribute.of("job-uri", Uri(f"{URI}/1"))), Status.CLIENT_ERROR_BAD_REQUEST),
    ],
)
async def test_8011_4_1_5_the_target_is_this_printer(target: tuple[Attribute, ...], expected: Status) -> None:
    assert await status(message(CHARSET, LANGUAGE, *target)) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ((Attribute.of("job-uri", Uri(f"{URI}/1")),), Status.SUCCESSFUL_OK),
        ((PRINTER, Attribute.of("job-id", 1)), Status.SUCCESSFUL_OK),
        ((PRINTER,), Status.CLIENT_ERROR_BAD_REQUEST),
        ((PRINTER, Attribute.of("job-id", 0)), Status.CLIENT_ERROR_BAD_REQUEST),
        ((PRINTER, Attribute.of("job-id", Keyword("1"))), Status.CLIENT_ERROR_BAD_REQUEST),
        ((PRINTER, Attribute.of("job-id", 2)), Status.CLIENT_ERROR_NOT_FOUND),
        ((Attribute.of("job-uri", Uri(f"{URI}/2")),), Status.CLIENT_ERROR_NOT_FOUND),
        ((Attribute.of("job-uri", Uri(f"{URI}/99999999999")),), Status.CLIENT_ERROR_NOT_FOUND),
        ((Attribute.of("job-uri", Uri(f"{URI}/x")),), Status.CLIENT_ERROR_NOT_FOUND),
        ((Attribute.of("job-uri", Uri(f"{URI}/²")),), Status.CLIENT_ERROR_NOT_FOUND),
        ((Attribute.of("job-uri", Uri("ipp://printer.test/ipp/other/1")),), Status.CLIENT_ERROR_NOT_FOUND),
    ],
)
async def test_8011_4_1_5_the_target_is_a_job(target: tuple[Attribute, ...], expected: Status) -> None:
    office = OfficePrinter()
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    reply = await office.ask(message(CHARSET, LANGUAGE, *target, operation=Operation.GET_JOB_ATTRIBUTES))
    assert reply.code == expected


async def test_8011_4_1_7_an_unknown_operation_attribute_is_ignored_and_returned() -> None:
    reply = await OfficePrinter().ask(message(CHARSET, LANGUAGE, PRINTER, Attribute.of("x-colour-of-mood", 3)))
    assert reply.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    unsupported = reply.group(Tag.UNSUPPORTED_GROUP).attributes
    assert unsupported == (Attribute.of("x-colour-of-mood", OutOfBand.UNSUPPORTED),)
    assert reply.group(Tag.PRINTER).get("printer-name") is not None


CONTROL = ["\n", "\0", "\x1b[2J", "\x7f", "\x85", "\u2028"]


@pytest.mark.parametrize("char", CONTROL)
@pytest.mark.parametrize(
    "attribute",
    [
        lambda text: Attribute.of("requesting-user-name", Name(text)),
        lambda text: Attribute.of("requesting-user-name", NameWithLanguage(text, "en")),
        lambda text: Attribute.of("requested-attributes", Keyword("all"), Keyword(text)),
        lambda text: Attribute.of("printer-uri", Uri(text)),
        lambda text: Attribute.of("x-collection", Collection((Attribute.of("a", Text(text)),))),
        lambda text: Attribute.of(text, Text("value")),
    ],
)
async def test_control_characters_are_refused_wherever_they_stand(char: str, attribute: object) -> None:
    assert callable(attribute)
    bad: Attribute = attribute(f"al{char}ice")
    attributes = [CHARSET, LANGUAGE, *([] if bad.name == "printer-uri" else [PRINTER]), bad]
    reply = await OfficePrinter().ask(message(*attributes))
    assert reply.code == Status.CLIENT_ERROR_BAD_REQUEST
    said = reply.group(Tag.OPERATION).get("status-message")
    assert said is not None
    assert str(said.value).isprintable()


@pytest.mark.parametrize(
    "value",
    [
        Name("x" * 256),
        Name("ä" * 128),
        Name("x" * 10_000),
        Text("x" * 1024),
        Keyword("x" * 256),
        Uri("ipp://" + "x" * 1018),
        NameWithLanguage("x" * 10_000, "en"),
        Collection((Attribute.of("member", Text("x" * 10_000)),)),
        b"x" * 1024,
    ],
)
async def test_8011_5_1_values_longer_than_their_syntax_are_refused(value: Value) -> None:
    for name in ("requesting-user-name", "x-unknown"):
        request_ = message(CHARSET, LANGUAGE, PRINTER, Attribute.of(name, value))
        assert await status(request_) == Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG


async def test_the_longest_values_are_taken() -> None:
    office = OfficePrinter()
    name = "ä" * 127 + "x"
    reply = await office.call(Operation.PRINT_JOB, Attribute.of("job-name", Name(name)), document=make_pdf())
    assert reply.code == Status.SUCCESSFUL_OK
    assert office.store.entries[1].job.job_name == name


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute.of("requesting-user-name", Keyword("alice")),
        Attribute.of("requesting-user-name", Unrecognized(Tag.NAME, b"\xff\xfe")),
        Attribute.of("requested-attributes", 3),
        Attribute.of("document-format", Name("application/pdf")),
    ],
)
async def test_8011_5_1_operation_attributes_have_their_syntax(attribute: Attribute) -> None:
    assert await status(message(CHARSET, LANGUAGE, PRINTER, attribute)) == Status.CLIENT_ERROR_BAD_REQUEST


@pytest.mark.parametrize(
    ("channel", "said", "owner", "proof"),
    [
        (Requester(None, may_name_owner=True), "alice", "alice", "none"),
        (Requester(None), "alice", None, "none"),
        (Requester("bob"), "alice", "bob", "peer"),
        (Requester("lp", may_name_owner=True), "alice", "alice", "spooler"),
        (Requester("lp", may_name_owner=True), "", "lp", "peer"),
    ],
)
def test_8011_9_3_the_owner_comes_from_the_channel(
    channel: Requester, said: str, owner: str | None, proof: str
) -> None:
    seen = read_request(request(Operation.CREATE_JOB, 1, URI, said), frozenset(), "/ipp/print", channel)
    assert (seen.requester.name, seen.owner_proof) == (owner, proof)


async def test_an_unexpected_failure_is_an_internal_error_without_details() -> None:
    office = OfficePrinter()
    office.store.entries = None  # type: ignore[assignment]
    with capture_logs() as logs:
        reply = await office.call(Operation.GET_JOBS)
    assert reply.code == Status.SERVER_ERROR_INTERNAL_ERROR
    assert [entry["event"] for entry in logs] == ["ipp operation failed"]
    assert "NoneType" not in str(reply)
