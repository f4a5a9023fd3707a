"""Levels, colours and sizes: what IPP and the MIBs say alike. Unknown is not zero."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from presswork.printer.media import SIZES, size_of

SOME_LEFT: Final = -3
"""At least one unit is left (RFC 3805, levels of inputs and supplies); -1 and -2 say nothing."""
_COLOURS: Final = {
    "black": "#000000",
    "photoblack": "#000000",
    "matteblack": "#000000",
    "cyan": "#00FFFF",
    "magenta": "#FF00FF",
    "yellow": "#FFFF00",
    "lightcyan": "#80FFFF",
    "lightmagenta": "#FF80FF",
    "lightgray": "#C0C0C0",
    "lightgrey": "#C0C0C0",
    "gray": "#808080",
    "grey": "#808080",
    "red": "#FF0000",
    "green": "#00FF00",
    "blue": "#0000FF",
    "orange": "#FF8000",
    "white": "#FFFFFF",
}
_HEXADECIMAL = re.compile(r"#[0-9A-Fa-f]{6}")
_MOST_SHEETS = 2**31
_TOLERANCE = 1500
_SMALLEST = 10_000
_LARGEST = 3_000_000
"""Micrometres."""


class Left(NamedTuple):
    """Per cent, or None where it is not known; ``some_left`` where only that is known."""

    level: int | None
    some_left: bool = False


class Sheets(NamedTuple):
    """How many are in a tray, and how many fit; None where it is not known."""

    level: int | None
    capacity: int | None
    some_left: bool


def percent(level: int | None, capacity: int | None) -> Left:
    """A supply's level. Without a capacity nothing is known, however large the number."""
    if level == SOME_LEFT:
        return Left(None, some_left=True)
    if level is None or level < 0 or capacity is None or capacity <= 0:
        return Left(None)
    return Left(min(100, round(100 * level / capacity)))


def sheets(level: int | None, capacity: int | None) -> Sheets:
    """A tray's level and capacity."""
    fits = capacity if capacity is not None and 0 < capacity <= _MOST_SHEETS else None
    held = level if level is not None and 0 <= level <= _MOST_SHEETS else None
    return Sheets(held, fits, some_left=level == SOME_LEFT)


def colour_of(said: str) -> str:
    """``#RRGGBB`` for a colour's name (PWG 5101.1, RFC 3805 ``prtMarkerColorantValue``) or number; empty for others."""
    if _HEXADECIMAL.fullmatch(said):
        return said.upper()
    return _COLOURS.get(re.sub(r"[^a-z]", "", said[:64].lower()), "")


def size_name(width: float, height: float) -> str:
    """The PWG 5101.1 name of paper of that size, in micrometres, whichever way it lies; empty for none we know.

    Sizes we do not know are called by their measures; what is no size at all (levels -1, -2) has no name.
    """
    short, long = sorted((width, height))
    if not _SMALLEST <= short <= long <= _LARGEST:
        return ""
    for name in SIZES:
        size = size_of(name)
        if size is not None and abs(size.x * 10 - short) <= _TOLERANCE and abs(size.y * 10 - long) <= _TOLERANCE:
            return name
    return f"custom_{round(short / 1000)}x{round(long / 1000)}mm_{round(short / 1000)}x{round(long / 1000)}mm"
