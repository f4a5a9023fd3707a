"""What the MIBs call troubles, in the words of IPP."""

from __future__ import annotations

import pytest

from presswork.agent.printers.alerts import ASLEEP, reasons_of, state_of
from presswork.protocols.ipp.registry import KEYWORDS


@pytest.mark.parametrize(
    ("device", "printer", "expected"),
    [
        (2, 3, "idle"),
        (2, 4, "processing"),
        (3, 3, "idle"),
        (3, 4, "processing"),
        (5, 1, "stopped"),
        (5, 5, "stopped"),
        (5, 4, "processing"),
        (2, 1, "idle"),
        (2, 5, "idle"),
        (2, 2, "unknown"),
        (1, 1, "unknown"),
        (None, None, "unknown"),
        (None, 3, "idle"),
        (99, 99, "unknown"),
    ],
)
def test_states(device: int | None, printer: int | None, expected: str):
    """RFC 3805 §2.2.13.2."""
    assert state_of(device, printer) == expected


def test_bits_of_rfc_2790():
    assert reasons_of(5, 1, b"\x44", ()) == ("media-empty-error", "media-jam-error")
    assert reasons_of(3, 3, b"\xa0", ()) == ("media-low-warning", "toner-low-warning")
    assert reasons_of(3, 3, b"\x00\x08", ()) == ("output-area-full-warning",)
    assert reasons_of(3, 3, b"\x01\x02", ()) == (), "service requested and maintenance say nothing a person could do"
    assert reasons_of(2, 3, b"", ()) == ()


def test_an_alert_says_more_exactly_what_a_bit_says():
    assert reasons_of(5, 1, b"\x08", [(3, 6, 3)]) == ("cover-open-error",)
    assert reasons_of(3, 3, b"\x20", [(4, 11, 12)]) == ("marker-supply-low-warning",)
    assert reasons_of(3, 3, b"\x40", [(4, 11, 1104)]) == ("toner-low-warning", "media-empty-warning")


@pytest.mark.parametrize(
    ("group", "code", "keyword"),
    [
        (8, 13, "media-empty"),
        (8, 808, "media-empty"),
        (9, 15, "output-area-full"),
        (11, 13, "marker-supply-empty"),
        (11, 15, "marker-waste-full"),
        (13, 8, "media-jam"),
        (6, 501, "door-open"),
        (10, 1115, "marker-supply-missing"),
    ],
)
def test_alert_codes(group: int, code: int, keyword: str):
    for severity, suffix in ((3, "error"), (4, "warning"), (5, "warning"), (1, "report")):
        assert reasons_of(3, 3, b"", [(severity, group, code)]) == (f"{keyword}-{suffix}",)


def test_codes_that_are_no_trouble_are_left_out():
    assert reasons_of(2, 3, b"", [(1, 6, 4), (4, 5, 7), (0, 0, 0), (4, 5, 2**31)]) == ()


def test_a_printer_that_is_down_has_a_reason():
    assert reasons_of(5, 1, b"", ()) == ("other-error",)
    assert reasons_of(5, 1, b"\x80", ()) == ("media-low-warning", "other-error")


def test_standby_is_sleep():
    assert reasons_of(2, 1, b"\x00", ()) == (ASLEEP,)
    assert reasons_of(2, 1, b"\x20", ()) == ("toner-low-warning",)


def test_the_list_is_bounded():
    assert len(reasons_of(5, 1, b"\xff\xff", [(4, 5, code) for code in range(1200)])) <= 20


def test_every_keyword_is_registered():
    every = reasons_of(5, 1, b"\xff\xff", ()) + reasons_of(2, 1, b"", ())
    for code in (*range(40), *range(500, 510), *range(800, 1200)):
        for group in (5, 8, 9, 10, 11, 13):
            every += reasons_of(2, 3, b"", [(3, group, code)])
    registered = {keyword for values in KEYWORDS.values() for keyword in values}
    assert {reason.rpartition("-")[0] for reason in every} <= registered
