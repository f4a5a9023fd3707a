"""Facts out of Get-Printer-Attributes replies: of real printers, and of ones that lie."""

from __future__ import annotations

import pytest
from hypothesis import given

from presswork.agent.delivery.capabilities import Capabilities
from presswork.agent.printers.facts import DeviceFacts
from presswork.agent.printers.ipp_facts import ATTRIBUTES, facts_of
from presswork.protocols.control.device import Supply, Tray
from presswork.protocols.ipp.limits import REPLY_LIMITS
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import Parser
from presswork.protocols.ipp.values import Enum, Keyword, Name, Tag, Text, Uri
from presswork.testing.ipp import device_replies, messages


def facts(*attributes: Attribute) -> DeviceFacts:
    reply = Message((2, 0), 0, 1, (Group(Tag.PRINTER, attributes),))
    return facts_of(Capabilities.of(reply))


def of_device(name: str) -> DeviceFacts:
    data = device_replies().get(name)
    if data is None:
        pytest.skip("the replies of real devices are absent")
    parser = Parser(REPLY_LIMITS)
    parser.feed(data)
    parser.feed_eof()
    assert parser.message is not None
    return facts_of(Capabilities.of(parser.message))


def test_a_brother():
    found = of_device("brother-mfcj5320dw.bin")
    assert found.make_and_model == "Brother MFC-J5320DW"
    assert (found.state, found.state_reasons) == ("idle", ("marker-supply-low-warning",))
    assert found.uuid == "e3248000-80ce-11db-8000-30055ce13be2"
    assert [(one.name, one.kind, one.colour, one.level) for one in found.supplies] == [
        ("M", "ink-cartridge", "#FF00FF", 11),
        ("C", "ink-cartridge", "#00FFFF", 9),
        ("Y", "ink-cartridge", "#FFFF00", 45),
        ("BK", "ink-cartridge", "#000000", 11),
    ]
    assert {tray.media for tray in found.trays} == {"iso_a4_210x297mm"}
    assert all(tray.level is None for tray in found.trays)
    assert found.impressions is None
    assert "image/urf" in found.document_formats


def test_a_xerox():
    found = of_device("xerox-b235.bin")
    assert found.make_and_model == "Xerox(R) B235 MFP"
    assert found.firmware == "MXLSG.230.090"
    assert found.supplies == (
        Supply(
            name="Black Toner Cartridge S/N:CAK2424861A0",
            kind="toner",
            colour="#000000",
            level=100,
        ),
    )
    assert found.trays == (
        Tray(name="envelope", media="iso_dl_110x220mm", level=0, capacity=1, manual=True),
        Tray(name="manual", media="iso_a4_210x297mm", level=0, capacity=1, manual=True),
        Tray(name="tray-1", media="iso_a4_210x297mm", level=250, capacity=250),
    )


def test_a_device_that_says_nothing():
    assert facts() == DeviceFacts(by=frozenset({"ipp"}))


def test_markers_of_a_waste_box_and_unknown_levels():
    found = facts(
        Attribute.of("marker-names", Name("Black"), Name("Waste"), Name("Drum"), Name("Fuser"), Name("Odd")),
        Attribute.of("marker-types", *map(Keyword, ("toner", "waste-toner", "opc", "fuser", "toner"))),
        Attribute.of("marker-levels", -2, 95, -3, -1, 4000),
        Attribute.of("marker-colors", Name("#000000"), Name("none")),
    )
    assert [(one.level, one.some_left, one.receptacle) for one in found.supplies] == [
        (None, False, False),
        (5, False, True),
        (None, True, False),
        (None, False, False),
        (None, False, False),
    ]


def test_short_lists_are_read_as_far_as_they_go():
    found = facts(Attribute.of("marker-levels", 10, 20), Attribute.of("marker-names", Name("Black")))
    assert [(one.name, one.level) for one in found.supplies] == [("Black", 10), ("Supply 2", 20)]


def test_supplies_as_the_mib_has_them():
    found = facts(
        Attribute.of(
            "printer-supply",
            b"index=1;class=supplyThatIsConsumed;type=toner;unit=impressions;maxcapacity=8000;level=2000;colorantname=cyan;",
            b"index=2;class=receptacleThatIsFilled;type=wasteToner;unit=percent;maxcapacity=100;level=70;",
            b"type=opc;maxcapacity=-2;level=-3",
            b"\xff\xfe;;;level=;maxcapacity=x",
        ),
        Attribute.of("marker-levels", 99),
    )
    assert [(one.kind, one.level, one.some_left, one.receptacle) for one in found.supplies] == [
        ("toner", 25, False, False),
        ("waste-toner", 70, False, True),
        ("opc", None, True, False),
        ("", None, False, False),
    ]


@pytest.mark.parametrize(
    "said", ["urn:uuid:67BBB526-3a17-474f-a567-2ca5f6156613", "67bbb526-3a17-474f-a567-2ca5f6156613"]
)
def test_uuid(said: str):
    assert facts(Attribute.of("printer-uuid", Uri(said))).uuid == "67bbb526-3a17-474f-a567-2ca5f6156613"


def test_a_uuid_that_is_none():
    assert facts(Attribute.of("printer-uuid", Uri("urn:uuid:printer-1"))).uuid == ""


def test_the_serial_number_is_in_the_device_id():
    assert facts(Attribute.of("printer-device-id", Text("MFG:A;MDL:B;SN:C1;"))).serial_number == "C1"


@pytest.mark.parametrize(("value", "expected"), [(5, 5), (0, 0), (-2, None), (Enum(5), None), (Text("5"), None)])
def test_impressions(value: int, expected: int | None):
    assert facts(Attribute.of("printer-impressions-completed", value)).impressions == expected


@given(messages)
def test_whatever_a_device_says_is_read(message: Message):
    """Texts come out as one line, and records stand their own checks: pydantic raises where one does not."""
    attributes = [attribute for group in message.groups for attribute in group]
    named = [Attribute(name, one.values) for name, one in zip(ATTRIBUTES * 3, attributes * 3, strict=False)]
    found = facts(*named)
    for line in (found.name, found.location, found.make_and_model, found.firmware, found.serial_number):
        assert len(line) <= 255
        assert line.isprintable() or all(ord(one) > 0x9F for one in line if not one.isprintable())
