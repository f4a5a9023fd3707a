"""Keyed texts of devices."""

from __future__ import annotations

import pytest

from presswork.agent.printers.keyed import device_id, keyed, make_and_model


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MFG:HP;MDL:LaserJet 4;CMD:PCL,PS;SN:X1;", "HP LaserJet 4"),
        ("MANUFACTURER:Xerox;COMMAND SET:PCL 6;MODEL:B235 MFP;", "Xerox B235 MFP"),
        ("MFG:Brother;MDL:Brother HL-1;", "Brother HL-1"),
        ("MDL:Alone;", "Alone"),
        ("MFG:Only;", "Only"),
        ("", ""),
        (";;;:::", ""),
    ],
)
def test_make_and_model(text: str, expected: str):
    assert make_and_model(device_id(text)) == expected


def test_the_first_counts_and_texts_are_clean():
    assert keyed("a=1;A=2;b = x\x1b[2J ;novalue;", "=") == {"a": "1", "b": "x [2J"}


def test_a_flood_is_cut():
    assert len(keyed("".join(f"k{n}=v;" for n in range(10_000)), "=")) <= 100
