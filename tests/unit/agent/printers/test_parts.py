"""Levels, colours and sizes. Unknown is not zero."""

from __future__ import annotations

import pytest

from presswork.agent.printers.parts import Left, colour_of, percent, sheets, size_name


@pytest.mark.parametrize(
    ("level", "capacity", "expected"),
    [
        (50, 200, Left(25)),
        (0, 200, Left(0)),
        (-1, 200, Left(None)),
        (-2, 200, Left(None)),
        (-3, 200, Left(None, some_left=True)),
        (-3, -2, Left(None, some_left=True)),
        (50, -2, Left(None)),
        (50, 0, Left(None)),
        (50, None, Left(None)),
        (None, 100, Left(None)),
        (500, 200, Left(100)),
        (-99, 100, Left(None)),
    ],
)
def test_per_cent(level: int | None, capacity: int | None, expected: Left):
    assert percent(level, capacity) == expected


def test_sheets():
    assert sheets(0, 250) == (0, 250, False)
    assert sheets(-3, 250) == (None, 250, True)
    assert sheets(-2, -2) == (None, None, False)
    assert sheets(None, None) == (None, None, False)
    assert sheets(2**60, 2**60) == (None, None, False)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("#ff00aa", "#FF00AA"),
        ("black", "#000000"),
        ("Light-Cyan", "#80FFFF"),
        ("photo black", "#000000"),
        ("#12", ""),
        ("none", ""),
        ("", ""),
        ("#000000;background:url(x)", ""),
    ],
)
def test_colours(said: str, expected: str):
    assert colour_of(said) == expected


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (210_000, 297_000, "iso_a4_210x297mm"),
        (297_000, 210_000, "iso_a4_210x297mm"),
        (215_900, 279_400, "na_letter_8.5x11in"),
        (100_000, 500_000, "custom_100x500mm_100x500mm"),
        (-1, -2, ""),
        (0, 0, ""),
        (1e12, 1e12, ""),
    ],
)
def test_sizes(width: float, height: float, expected: str):
    assert size_name(width, height) == expected
