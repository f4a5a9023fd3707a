"""Get-Printer-Attributes (RFC 8011 §4.2.5), and that kept encodings never show something old."""

from __future__ import annotations

from dataclasses import replace

import pytest

from presswork.printer.model import PrinterState, PrinterStateValue
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.syntax import syntax_of
from presswork.protocols.ipp.values import Keyword, MimeMediaType, Tag, Value
from presswork.testing.office_printer import ANYBODY, DESCRIPTION, URI, OfficePrinter, pieces
from presswork.testing.pdf import make_pdf


def requested(*names: str) -> Attribute:
    return Attribute("requested-attributes", tuple(map(Keyword, names)))


def names(reply: Message) -> set[str]:
    return {attribute.name for attribute in reply.group(Tag.PRINTER)}


async def values(office: OfficePrinter, *asked: str) -> dict[str, Value]:
    reply = await office.call(Operation.GET_PRINTER_ATTRIBUTES, requested(*asked))
    return {attribute.name: attribute.value for attribute in reply.group(Tag.PRINTER)}


async def test_everything_but_the_database_by_default() -> None:
    reply = await OfficePrinter().call(Operation.GET_PRINTER_ATTRIBUTES)
    got = names(reply)
    assert {"printer-state", "printer-uri-supported", "copies-supported", "media-col-ready", "queued-job-count"} <= got
    assert "media-col-database" not in got
    assert names(await OfficePrinter().call(Operation.GET_PRINTER_ATTRIBUTES, requested("all"))) == got


@pytest.mark.parametrize(
    ("asked", "has", "has_not"),
    [
        (("job-template",), {"copies-default", "media-ready", "sides-supported"}, {"printer-name", "printer-state"}),
        (("printer-description",), {"printer-name", "printer-state", "printer-up-time"}, {"copies-default"}),
        (("all", "media-col-database"), {"media-col-database", "printer-name", "copies-default"}, set()),
        (("printer-name", "no-such-thing"), {"printer-name"}, {"printer-state", "copies-default"}),
        (("no-such-thing",), set(), {"printer-name"}),
    ],
)
async def test_8011_4_2_5_1_groups_and_names(asked: tuple[str, ...], has: set[str], has_not: set[str]) -> None:
    reply = await OfficePrinter().call(Operation.GET_PRINTER_ATTRIBUTES, requested(*asked))
    assert reply.code == Status.SUCCESSFUL_OK
    assert has <= names(reply)
    assert not has_not & names(reply)


async def test_8011_4_2_5_1_a_format_it_does_not_take() -> None:
    asked = Attribute.of("document-format", MimeMediaType("application/x-word"))
    reply = await OfficePrinter().call(Operation.GET_PRINTER_ATTRIBUTES, asked)
    assert reply.code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED


async def test_every_attribute_has_its_registered_syntax_and_stands_once() -> None:
    reply = await OfficePrinter().call(Operation.GET_PRINTER_ATTRIBUTES, requested("all", "media-col-database"))
    group = reply.group(Tag.PRINTER)
    seen = [attribute.name for attribute in group]
    assert len(seen) == len(set(seen))
    for attribute in group:
        syntax = syntax_of("Printer Description", attribute.name) or syntax_of("Printer Status", attribute.name)
        if syntax is None:
            assert attribute.name == "urf-supported"  # Apple's, not registered
        else:
            assert syntax.accepts(attribute), attribute


async def test_the_encoded_reply_is_the_message() -> None:
    office = OfficePrinter()
    for asked in (("all",), ("printer-state", "queued-job-count"), ("printer-name",), ("none-of-these",)):
        message = request(Operation.GET_PRINTER_ATTRIBUTES, 9, URI, "alice", [requested(*asked)])
        for _ in range(2):
            reply = await office.printer.answer(message, pieces(b""), ANYBODY)
            assert reply.encode((2, 0), 9) == encode(reply.message((2, 0), 9))


async def test_state_time_and_count_are_live() -> None:
    office = OfficePrinter()
    asked = ("printer-state", "printer-state-reasons", "printer-up-time", "printer-current-time", "queued-job-count")
    before = await values(office, *asked)
    assert (before["printer-state"], before["queued-job-count"]) == (PrinterStateValue.IDLE, 0)
    await office.call(Operation.PRINT_JOB, document=make_pdf())
    assert (await values(office, *asked))["queued-job-count"] == 1
    office.printer.state = PrinterState(PrinterStateValue.STOPPED, ("media-empty-error",), "Out of paper.")
    stopped = await values(office, *asked)
    assert (stopped["printer-state"], stopped["printer-state-reasons"]) == (5, "media-empty-error")
    office.clock.advance(seconds=5)
    later = await values(office, *asked)
    assert later["printer-up-time"] == before["printer-up-time"] + 5  # type: ignore[operator]
    assert later["printer-current-time"] == office.clock.now()


async def test_the_time_of_the_last_change_of_state() -> None:
    office = OfficePrinter()
    asked = ("printer-state-change-time", "printer-state-change-date-time")
    before = await values(office, *asked)
    office.clock.advance(seconds=60)
    office.printer.state = PrinterState()
    assert await values(office, *asked) == before
    office.printer.state = PrinterState(PrinterStateValue.PROCESSING)
    assert (await values(office, *asked))["printer-state-change-date-time"] == office.clock.now()


async def test_a_new_description_is_seen_at_once() -> None:
    office = OfficePrinter()
    before = await values(office, "printer-location", "printer-config-change-date-time")
    office.clock.advance(minutes=1)
    office.printer.description = replace(DESCRIPTION, location="Third floor", two_sided=False)
    after = await values(office, "printer-location", "printer-config-change-date-time")
    assert (before["printer-location"], after["printer-location"]) == ("", "Third floor")
    assert after["printer-config-change-date-time"] == office.clock.now()
    ticket = (Attribute.of("sides", Keyword("two-sided-long-edge")),)
    reply = await office.call(Operation.VALIDATE_JOB, ticket=ticket)
    assert reply.code == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


async def test_what_is_kept_is_bounded() -> None:
    office = OfficePrinter()
    every = sorted(names(await office.call(Operation.GET_PRINTER_ATTRIBUTES)))
    for start in range(len(every)):
        for length in (1, 2, 3):
            await office.call(Operation.GET_PRINTER_ATTRIBUTES, requested(*every[start : start + length], f"x{start}"))
    assert len(office.printer._model._kept) <= 64


async def test_the_uris_fit_each_other_and_the_client() -> None:
    office = OfficePrinter()
    reply = await office.call(Operation.GET_PRINTER_ATTRIBUTES)
    group = reply.group(Tag.PRINTER)
    counts = {
        len(attribute.values)
        for name in ("printer-uri-supported", "uri-security-supported", "uri-authentication-supported")
        if (attribute := group.get(name)) is not None
    }
    assert counts == {2}
    secure = URI.replace("ipp:", "ipps:")
    printed = await office.ask(request(Operation.PRINT_JOB, 1, secure, "alice"), make_pdf())
    job_uri = printed.group(Tag.JOB).get("job-uri")
    assert job_uri is not None
    assert job_uri.value == f"{secure}/1"


async def test_5100_14_the_device_id_has_no_stray_separators() -> None:
    office = OfficePrinter(replace(DESCRIPTION, make="A;B:C", model="X,Y"))
    device_id = (await values(office, "printer-device-id"))["printer-device-id"]
    assert device_id == "MFG:A B C;MDL:X Y;CMD:PDF,JPEG,PWGRaster,URF;"


async def test_a_printer_without_color_offers_none() -> None:
    office = OfficePrinter(replace(DESCRIPTION, color=False))
    reply = await office.call(Operation.GET_PRINTER_ATTRIBUTES)
    group = reply.group(Tag.PRINTER)
    for name in ("print-color-mode-supported", "urf-supported", "pwg-raster-document-type-supported"):
        attribute = group.get(name)
        assert attribute is not None
        assert not {"color", "SRGB24", "srgb_8"} & set(map(str, attribute.values))
    assert group.get("pages-per-minute-color") is None
