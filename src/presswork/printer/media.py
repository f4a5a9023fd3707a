"""Paper: self-describing size names (PWG 5101.1) and ``media-col`` (PWG 5100.7 §6.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Collection, Keyword, Value

_NAME = re.compile(r"[a-z]+_[a-z0-9][-a-z0-9.]*_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)")
_HUNDREDTHS = {"mm": 100, "in": 2540}

SIZES: tuple[str, ...] = (
    "iso_a4_210x297mm",
    "na_letter_8.5x11in",
    "iso_a3_297x420mm",
    "iso_a5_148x210mm",
    "iso_a6_105x148mm",
    "iso_b5_176x250mm",
    "iso_dl_110x220mm",
    "jis_b5_182x257mm",
    "na_executive_7.25x10.5in",
    "na_index-4x6_4x6in",
    "na_invoice_5.5x8.5in",
    "na_ledger_11x17in",
    "na_legal_8.5x14in",
    "na_number-10_4.125x9.5in",
)
"""Common sizes of offices."""
MARGIN = 423
"""A printer's usual unprintable edge: 12 points, in hundredths of millimetres."""
SOURCES = ("auto", "main")
TYPES = ("auto", "stationery", "photographic", "envelope", "cardstock", "labels", "transparency")
MEMBERS = (
    "media-bottom-margin",
    "media-left-margin",
    "media-right-margin",
    "media-size",
    "media-source",
    "media-top-margin",
    "media-type",
)
_MARGINS = ("media-bottom-margin", "media-left-margin", "media-right-margin", "media-top-margin")
_TOLERANCE = 100


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in hundredths of millimetres."""

    x: int
    y: int

    def collection(self) -> Collection:
        """As ``media-size``."""
        return Collection((Attribute.of("x-dimension", self.x), Attribute.of("y-dimension", self.y)))


@cache
def size_of(name: str) -> Size | None:
    """The size a self-describing name tells (PWG 5101.1 §5); None for another name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    unit = _HUNDREDTHS[found[3]]
    return Size(round(float(found[1]) * unit), round(float(found[2]) * unit))


def media_col(name: str, *, source: str | None = None, kind: str | None = None) -> Collection:
    """``media-col`` for a size name; raises ValueError for a name that tells no size."""
    size = size_of(name)
    if size is None:
        msg = f"not a self-describing media name: {name!r}"
        raise ValueError(msg)
    members = [Attribute.of("media-size", size.collection())]
    members += [Attribute.of(margin, MARGIN) for margin in _MARGINS]
    if source is not None:
        members.append(Attribute.of("media-source", Keyword(source)))
    if kind is not None:
        members.append(Attribute.of("media-type", Keyword(kind)))
    return Collection(tuple(members))


def accepts_media_col(value: Value, sizes: tuple[str, ...]) -> bool:
    """Whether ``media-col`` asks for paper among ``sizes``; a millimetre more or less is the same paper."""
    return isinstance(value, Collection) and all(_accepts_member(member, sizes) for member in value.members)


def _accepts_member(member: Attribute, sizes: tuple[str, ...]) -> bool:
    if len(member.values) != 1:
        return False
    value = member.value
    match member.name:
        case "media-size":
            return isinstance(value, Collection) and any(_is_size(value, name) for name in sizes)
        case "media-source":
            return value in SOURCES
        case "media-type":
            return value in TYPES
        case name:
            return name in _MARGINS and type(value) is int and 0 <= value <= 10 * MARGIN


def _is_size(value: Collection, name: str) -> bool:
    size = size_of(name)
    x, y = value.get("x-dimension"), value.get("y-dimension")
    if size is None or x is None or y is None or type(x.value) is not int or type(y.value) is not int:
        return False
    return abs(x.value - size.x) <= _TOLERANCE and abs(y.value - size.y) <= _TOLERANCE
