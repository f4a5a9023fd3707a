from __future__ import annotations

import pytest

from presswork.agent.delivery.capabilities import Capabilities
from presswork.protocols.ipp.message import VERSION_2_0, Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.values import Enum, Keyword, MimeMediaType, OutOfBand, Tag, Text


def described(*attributes: Attribute) -> Capabilities:
    return Capabilities.of(Message(VERSION_2_0, 0, 1, (Group(Tag.OPERATION, ()), Group(Tag.PRINTER, attributes))))


def test_a_printer_that_says_nothing() -> None:
    nothing = described()
    assert nothing.accepting
    assert nothing.state == "unknown"
    assert nothing.state_reasons == ()
    assert not nothing.takes("application/pdf")
    assert not nothing.supports(Operation.CREATE_JOB)


@pytest.mark.parametrize(
    ("offered", "wanted", "taken"),
    [
        ("application/pdf", "application/pdf", True),
        ("Application/PDF", "application/pdf", True),
        ("application/pdf;version=1.7", "application/pdf", True),
        ("application/octet-stream", "application/pdf", False),
        ("application/pdfx", "application/pdf", False),
    ],
)
def test_formats(offered: str, wanted: str, taken: bool) -> None:
    formats = Attribute.of("document-format-supported", MimeMediaType("image/urf"), MimeMediaType(offered))
    assert described(formats).takes(wanted) is taken


def test_state_and_reasons_are_lines() -> None:
    printer = described(
        Attribute.of("printer-state", Enum(5)),
        Attribute.of("printer-state-reasons", Keyword("none"), Keyword("media-\nempty\x1b[2J")),
        Attribute.of("printer-is-accepting-jobs", False),
        Attribute.of("printer-make-and-model", Text("x" * 1000)),
    )
    assert printer.state == "stopped"
    assert printer.state_reasons == ("media- empty [2J",)
    assert not printer.accepting
    assert len(printer.lines("printer-make-and-model")[0]) == 255


def test_values_of_another_syntax_say_nothing() -> None:
    printer = described(
        Attribute.of("printer-state", OutOfBand.UNKNOWN),
        Attribute.of("printer-is-accepting-jobs", OutOfBand.NO_VALUE),
        Attribute.of("operations-supported", Keyword("all")),
    )
    assert (printer.state, printer.accepting) == ("unknown", True)
    assert not printer.supports(Operation.PRINT_JOB)
