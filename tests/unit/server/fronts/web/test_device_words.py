"""What pages say of trays and supplies. Unknown is unknown."""

from __future__ import annotations

import pytest

from presswork.protocols.control.device import Supply, Tray
from presswork.server.fronts.web.device_words import media, supply_level, supply_tone, tray_level, ways_of_asking


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("iso_a4_210x297mm", "A4"),
        ("na_letter_8.5x11in", "Letter"),
        ("na_index-4x6_4x6in", "4 × 6 inch"),
        ("jis_b5_182x257mm", "B5"),
        ("custom_100x500mm_100x500mm", "100 × 500 mm"),
        ("Plain, white", "Plain, white"),
        ("", ""),
    ],
)
def test_media(said: str, expected: str) -> None:
    assert media(said) == expected


@pytest.mark.parametrize(
    ("tray", "expected"),
    [
        (Tray(name="1", level=200, capacity=250), "about 200 of 250 sheets"),
        (Tray(name="1", level=2000), "about 2,000 sheets"),
        (Tray(name="1", level=0, capacity=250), "empty"),
        (Tray(name="1", level=0, manual=True), "fed by hand"),
        (Tray(name="1", some_left=True), "not empty"),
        (Tray(name="1", capacity=250), "not known"),
        (Tray(name="1", manual=True), "fed by hand"),
    ],
)
def test_trays(tray: Tray, expected: str) -> None:
    assert tray_level(tray) == expected


@pytest.mark.parametrize(
    ("supply", "expected", "tone"),
    [
        (Supply(name="K", level=72), "72 %", ""),
        (Supply(name="K", level=15), "15 %", "text-warning"),
        (Supply(name="K", level=0), "empty", "text-danger"),
        (Supply(name="K"), "not known", "text-secondary"),
        (Supply(name="K", some_left=True), "some left", "text-secondary"),
        (Supply(name="W", level=80, receptacle=True), "room for 80 %", ""),
        (Supply(name="W", level=0, receptacle=True), "full", "text-danger"),
        (Supply(name="W", some_left=True, receptacle=True), "has room", "text-secondary"),
        (Supply(name="W", receptacle=True), "not known", "text-secondary"),
    ],
)
def test_supplies(supply: Supply, expected: str, tone: str) -> None:
    assert (supply_level(supply), supply_tone(supply)) == (expected, tone)


def test_ways_of_asking() -> None:
    assert ways_of_asking(("ipp", "snmp")) == "IPP and SNMP"
    assert "turn on IPP or SNMP" in ways_of_asking(())
    assert ways_of_asking(None) == ""
