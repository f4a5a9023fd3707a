from __future__ import annotations

import pytest

from presswork.core.errors import Invalid
from presswork.protocols.ipp.uri import PrinterUri, parse_printer_uri


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("ipp://printer", PrinterUri("printer", 631, "/", False)),
        ("ipps://printer.example.org/ipp/print", PrinterUri("printer.example.org", 631, "/ipp/print", True)),
        (
            "ipp://10.0.0.9:8631/ipp/print?contentlen=yes",
            PrinterUri("10.0.0.9", 8631, "/ipp/print?contentlen=yes", False),
        ),
        ("ipps://[fe80::1]:443/x", PrinterUri("fe80::1", 443, "/x", True)),
        ("IPP://Printer/", PrinterUri("printer", 631, "/", False)),
    ],
)
def test_the_parts_of_an_address(uri: str, parts: PrinterUri):
    assert parse_printer_uri(uri) == parts


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "http://printer/ipp",
        "socket://printer",
        "ipp:///ipp/print",
        "ipp://ada@printer/",
        "ipp://ada:secret@printer/",
        "ipp://printer:0/",
        "ipp://printer:99999/",
        "ipp://printer:port/",
        "ipp://[fe80::1/",
        "ipp://printer/a b",
        "ipp://printer/\r\nX: 1",
        "ipp://drücker/",
        "ipp://printer/" + "x" * 1020,
    ],
)
def test_what_is_no_address_is_refused(uri: str):
    with pytest.raises(Invalid) as caught:
        parse_printer_uri(uri)
    assert caught.value.sentence.isprintable()
