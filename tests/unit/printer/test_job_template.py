"""Tickets, checked against what the Printer says it supports (RFC 8011 §5.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from presswork.printer.job_template import JobTemplate
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import (
    Collection,
    Enum,
    IntegerRange,
    Keyword,
    Name,
    OutOfBand,
    Resolution,
    Unrecognized,
    Value,
)
from presswork.testing.office_printer import DESCRIPTION

TEMPLATE = JobTemplate(DESCRIPTION)


def size(x: int, y: int) -> Attribute:
    return Attribute.of("media-size", Collection((Attribute.of("x-dimension", x), Attribute.of("y-dimension", y))))


def media_col(*members: Attribute) -> Attribute:
    return Attribute.of("media-col", Collection(members))


def override(*members: Attribute) -> Attribute:
    return Attribute.of("overrides", Collection(members))


PAGES = Attribute.of("pages", IntegerRange(2, 3))

ACCEPTED = [
    Attribute.of("copies", 1),
    Attribute.of("copies", 999),
    Attribute.of("finishings", Enum(3)),
    Attribute.of("job-hold-until", Keyword("indefinite")),
    Attribute.of("job-priority", 100),
    Attribute.of("media", Keyword("iso_a4_210x297mm")),
    Attribute.of("media", Name("na_letter_8.5x11in")),
    media_col(size(21000, 29700), Attribute.of("media-source", Keyword("main"))),
    media_col(size(21050, 29650)),
    media_col(size(21000, 29700), Attribute.of("media-left-margin", 0), Attribute.of("media-type", Keyword("auto"))),
    media_col(),
    Attribute.of("number-up", 1),
    Attribute.of("orientation-requested", Enum(4)),
    Attribute.of("page-ranges", IntegerRange(1, 3), IntegerRange(5, 5)),
    Attribute.of("print-color-mode", Keyword("monochrome")),
    Attribute.of("print-quality", Enum(5)),
    Attribute.of("printer-resolution", Resolution(600, 600)),
    Attribute.of("sides", Keyword("two-sided-short-edge")),
    override(PAGES, Attribute.of("sides", Keyword("one-sided"))),
]
REFUSED = [
    Attribute.of("copies", 0),
    Attribute.of("copies", 1000),
    Attribute.of("copies", -1),
    Attribute.of("copies", 1, 2),
    Attribute.of("copies", True),
    Attribute.of("copies", Keyword("1")),
    Attribute.of("copies", Unrecognized(0x21, b"\0")),
    Attribute.of("finishings", Enum(3), Enum(4)),
    Attribute.of("job-hold-until", Keyword("night")),
    Attribute.of("job-priority", 101),
    Attribute.of("media", Keyword("iso_a0_841x1189mm")),
    Attribute.of("media", Keyword("../../etc/passwd")),
    media_col(size(21200, 29700)),
    media_col(Attribute.of("media-size", Keyword("iso_a4_210x297mm"))),
    media_col(Attribute.of("media-size", Collection(()))),
    media_col(Attribute.of("media-source", Keyword("by-pass-tray"))),
    media_col(Attribute.of("media-left-margin", -1)),
    media_col(Attribute.of("media-colour", Keyword("pink"))),
    media_col(Attribute.of("media-source", Keyword("auto"), Keyword("main"))),
    Attribute.of("media-col", Keyword("iso_a4_210x297mm")),
    Attribute.of("number-up", 3),
    Attribute.of("page-ranges", IntegerRange(3, 2)),
    Attribute.of("page-ranges", IntegerRange(0, 2)),
    Attribute.of("page-ranges", IntegerRange(4, 5), IntegerRange(1, 2)),
    Attribute.of("page-ranges", IntegerRange(1, 4), IntegerRange(4, 5)),
    Attribute.of("print-quality", Enum(9)),
    Attribute.of("printer-resolution", Resolution(1200, 1200)),
    Attribute.of("printer-resolution", Resolution(600, 600, 4)),
    Attribute.of("sides", Keyword("three-sided")),
    Attribute.of("sides", Enum(3)),
    override(Attribute.of("sides", Keyword("one-sided"))),
    override(PAGES, Attribute.of("sides", Keyword("three-sided"))),
    override(PAGES, Attribute.of("x-unknown", 1)),
    override(Attribute.of("pages", IntegerRange(3, 2))),
    override(PAGES, override(PAGES)),
]


@pytest.mark.parametrize("attribute", ACCEPTED, ids=str)
def test_accepted(attribute: Attribute) -> None:
    checked = TEMPLATE.check([attribute])
    assert (checked.accepted, checked.unsupported) == ((attribute,), ())


@pytest.mark.parametrize("attribute", REFUSED, ids=str)
def test_an_unsupported_value_is_returned_as_it_was(attribute: Attribute) -> None:
    checked = TEMPLATE.check([attribute])
    assert (checked.accepted, checked.unsupported) == ((), (attribute,))


def test_an_unknown_attribute_is_returned_as_unsupported() -> None:
    checked = TEMPLATE.check([Attribute.of("x-staple-my-cat", Keyword("gently")), Attribute.of("copies", 2)])
    assert checked.accepted == (Attribute.of("copies", 2),)
    assert checked.unsupported == (Attribute.of("x-staple-my-cat", OutOfBand.UNSUPPORTED),)


@pytest.mark.parametrize("value", [Keyword("two-sided-long-edge"), Keyword("two-sided-short-edge")])
def test_a_one_sided_printer_prints_one_sided(value: Value) -> None:
    template = JobTemplate(replace(DESCRIPTION, two_sided=False))
    assert template.check([Attribute.of("sides", value)]).accepted == ()
    assert template.check([Attribute.of("sides", Keyword("one-sided"))]).unsupported == ()


def test_a_printer_without_color_takes_no_color() -> None:
    template = JobTemplate(replace(DESCRIPTION, color=False))
    assert template.check([Attribute.of("print-color-mode", Keyword("color"))]).accepted == ()


def test_every_default_and_supported_value_is_accepted() -> None:
    said = {attribute.name: attribute for attribute in TEMPLATE.printer_attributes()}
    for name in TEMPLATE.names:
        default = said.get(f"{name}-default")
        if default is not None and default.value != OutOfBand.NO_VALUE:
            assert TEMPLATE.check([Attribute(name, default.values)]).unsupported == ()
        supported = said.get(f"{name}-supported")
        for value in supported.values if supported is not None else ():
            if isinstance(value, Keyword | Enum | Resolution) and name not in ("overrides", "proof-print"):
                assert TEMPLATE.check([Attribute.of(name, value)]).unsupported == (), (name, value)
