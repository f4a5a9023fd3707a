"""Addresses of printers."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.errors import Invalid
from presswork.protocols.control.words import PrinterSpec
from presswork.server.printers.device_uri import WEAK, canonical_device_uri, strongest_first


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ipps://printer.example.org/ipp/print", "ipps://printer.example.org/ipp/print"),
        (" IPPS://Printer.Example.ORG ", "ipps://printer.example.org/ipp/print"),
        ("ipp://192.0.2.7:8631/", "ipp://192.0.2.7:8631/ipp/print"),
        ("ipp://localhost/printers/a%20b", "ipp://localhost/printers/a%20b"),
        ("socket://192.0.2.7", "socket://192.0.2.7"),
        ("socket://192.0.2.7:9101/", "socket://192.0.2.7:9101"),
        ("ipp://[2001:DB8::1]:631/ipp", "ipp://[2001:db8::1]:631/ipp"),
        ("socket://print_server-1.local.", "socket://print_server-1.local."),
        ("LPD://Printer.example.org/Office", "lpd://printer.example.org/Office"),
        ("lpd://192.0.2.7:1515/lp", "lpd://192.0.2.7:1515/lp"),
        (
            "Redirector://0192F0C1-0000-7000-8000-000000000001/Ledger_2",
            "redirector://0192f0c1-0000-7000-8000-000000000001/Ledger_2",
        ),
    ],
)
def test_what_can_be_an_address(text: str, kept: str) -> None:
    assert canonical_device_uri(text) == kept
    assert canonical_device_uri(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "printer",
        "http://printer.example.org",
        "lpd://printer.example.org",
        "lpd://printer.example.org/",
        "lpd://printer.example.org/a/b",
        "lpd://printer.example.org/a%20b",
        "lpd://printer.example.org/a%0Ab",
        "lpd://printer.example.org/" + "a" * 256,
        "lpr://printer.example.org/lp",
        "file:///etc/passwd",
        "redirector://print-1/ledger",
        "redirector://0192f0c1-0000-7000-8000-000000000001",
        "redirector://0192f0c1-0000-7000-8000-000000000001/",
        "redirector://0192f0c1-0000-7000-8000-000000000001/a/b",
        "redirector://0192f0c1-0000-7000-8000-000000000001/a.b",
        "redirector://0192f0c1-0000-7000-8000-000000000001:631/a",
        "ipp://",
        "ipp:///ipp/print",
        "ipp://user@printer/ipp",
        "ipp://user:secret@printer/ipp",
        "ipp://@printer/ipp",
        "ipp://printer:0/ipp",
        "ipp://printer:99999/ipp",
        "ipp://printer:x/ipp",
        "ipp://printer/ipp?a=b",
        "ipp://printer/ipp#a",
        "ipp://printer/a b",
        "ipp://printer/a\nb",
        "ipp://prin\nter/ipp",
        "ipp://pri nter/ipp",
        'ipp://printer/"x"',
        "ipp://-printer/ipp",
        "ipp://printer..example/ipp",
        "ipp://" + "a" * 64 + "/ipp",
        "ipp://" + "a." * 200 + "/ipp",
        "ipp://[::1",
        "ipp://[x]/ipp",
        "socket://printer:9100/queue",
        "ipps://printer/" + "x" * 1100,
        "ipp://ä.example/ipp",
    ],
)
def test_what_cannot(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        canonical_device_uri(text)
    assert refused.value.details == {"field": "device_uri"}


@given(st.text(max_size=40), st.sampled_from(["ipp", "ipps", "socket", "lpd"]))
def test_whatever_passes_is_what_the_agent_takes(rest: str, scheme: str) -> None:
    try:
        kept = canonical_device_uri(f"{scheme}://{rest}")
    except Invalid:
        return
    spec = PrinterSpec.model_validate(
        {"printer_id": "01970000-0000-7000-8000-000000000001", "name": "x", "device_uri": kept}
    )
    assert urlsplit(spec.device_uri).hostname
    assert kept.isascii()
    assert kept.isprintable()


def test_the_strongest_comes_first() -> None:
    weak = ("lpd://p/lp", "socket://p:9101", "ipp://p/ipp/print", "socket://p", "lpd://p/lp")
    assert strongest_first((*weak, "ipps://p/ipp/print")) == (
        "ipps://p/ipp/print",
        "ipp://p/ipp/print",
        "socket://p:9101",
        "socket://p",
        "lpd://p/lp",
    )


def test_every_way_but_the_strongest_has_its_reason() -> None:
    assert list(WEAK) == ["ipp", "socket", "lpd"]
