from __future__ import annotations

from typing import get_args

import pytest

from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import ATTRIBUTES
from presswork.protocols.ipp.syntax import Kind, parse_syntax, syntax_of
from presswork.protocols.ipp.values import (
    Collection,
    Enum,
    IntegerRange,
    Keyword,
    Name,
    NameWithLanguage,
    OutOfBand,
    Resolution,
    Text,
    TextWithLanguage,
    Unrecognized,
    Value,
)


def test_every_registered_syntax_is_read():
    assert set(ATTRIBUTES) == set(get_args(Kind))
    for attributes in ATTRIBUTES.values():
        for text in attributes.values():
            assert parse_syntax(text).alternatives


@pytest.mark.parametrize(
    ("syntax", "values"),
    [
        ("integer(1:MAX)", (1,)),
        ("integer", (-(2**31),)),
        ("1setOf integer(1:MAX) | rangeOfInteger(1:MAX)", (1, IntegerRange(2, 2))),
        ("boolean", (True,)),
        ("enum", (Enum(3),)),
        ("keyword | name", (Name("x" * 255),)),
        ("keyword | name", (NameWithLanguage("x", "en"),)),
        ("text(5)", (Text("hällo"[:4]),)),
        ("1setOf collection | no-value", (Collection(()),)),
        ("1setOf collection | no-value", (OutOfBand.NO_VALUE,)),
        ("1setOf resolution", (Resolution(300, 300), Resolution(600, 600))),
        ("octetString(3)", (b"abc",)),
    ],
)
def test_what_fits_is_accepted(syntax: str, values: tuple[Value, ...]):
    assert parse_syntax(syntax).accepts(Attribute("a", values))


@pytest.mark.parametrize(
    ("syntax", "values"),
    [
        ("integer(1:MAX)", (0,)),
        ("integer(1:MAX)", (1, 2)),
        ("integer", (True,)),
        ("integer", (Enum(3),)),
        ("enum", (3,)),
        ("boolean", (1,)),
        ("rangeOfInteger(1:MAX)", (IntegerRange(0, 5),)),
        ("rangeOfInteger(1:MAX)", (IntegerRange(5, 4),)),
        ("keyword", (Name("a4"),)),
        ("text(5)", (Text("hällo"),)),
        ("text(5)", (TextWithLanguage("hällo", "de"),)),
        ("octetString(3)", (b"abcd",)),
        ("collection", (OutOfBand.NO_VALUE,)),
        ("integer", (Unrecognized(0x21, b"1"),)),
        ("1setOf integer", (1, Keyword("two"))),
    ],
)
def test_what_does_not_fit_is_refused(syntax: str, values: tuple[Value, ...]):
    assert not parse_syntax(syntax).accepts(Attribute("a", values))


def test_attributes_are_looked_up_by_kind():
    copies = syntax_of("Job Template", "copies")
    assert copies is not None
    assert copies.accepts(Attribute.of("copies", 2))
    assert syntax_of("Job Template", "no-such-attribute") is None


def test_a_notation_that_is_not_the_registrys_is_refused():
    with pytest.raises(ValueError, match="not a syntax"):
        parse_syntax("integer(1:")
