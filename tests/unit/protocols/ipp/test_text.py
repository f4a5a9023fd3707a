from __future__ import annotations

import pytest

from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.text import cleaned, cleaned_value, find_unclean, is_clean
from presswork.protocols.ipp.values import (
    Collection,
    Enum,
    Keyword,
    Name,
    NameWithLanguage,
    Tag,
    Text,
    TextWithLanguage,
    Unrecognized,
    Uri,
    Value,
)

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)]


def message_of(*values: Value, name: str = "job-name") -> Message:
    return Message((2, 0), 2, 1, (Group.of(Tag.OPERATION, [Attribute(name, values)]),))


def test_every_control_character_is_found():
    assert not any(is_clean(f"a{control}b") for control in CONTROLS)
    assert all(is_clean(text) for text in ("", "Rechnung März 2026.pdf", "報告書 №1", "a\u00a0b", "\u200fשלום"))


@pytest.mark.parametrize(
    "value",
    [
        Name("a\nb"),
        Text("\x1b[2J"),
        Keyword("none\x00"),
        Uri("ipp://h/\r\n"),
        TextWithLanguage("a\x85", "en"),
        NameWithLanguage("a", "en\n"),
        Collection((Attribute.of("media-info", Text("\x07")),)),
        Collection((Attribute.of("inner", Collection((Attribute.of("x\n", 1),))),)),
    ],
    ids=repr,
)
def test_an_unclean_value_is_found_wherever_it_stands(value: Value):
    assert find_unclean(message_of(Keyword("fine"), value)) == "job-name"


def test_an_unclean_name_is_found_and_named_without_its_control_characters():
    assert find_unclean(message_of(1, name="page-border\n")) == "page-border"


def test_a_clean_message_is_clean():
    values = (Name("Mappe 1"), b"\x00\x01", Unrecognized(0x40, b"\x00"), True, Collection((Attribute.of("copies", 1),)))
    assert find_unclean(message_of(*values)) is None


def test_text_is_shown_on_one_line_within_bounds():
    assert cleaned(" Paper\r\njam\x00\u202e!\n") == "Paper jam !"
    assert cleaned("x" * 5000, 100) == "x" * 100


def test_any_value_can_be_shown():
    assert cleaned_value(TextWithLanguage("Papier\nleer", "de")) == "Papier leer"
    assert cleaned_value(Unrecognized(0x41, b"B\xfcro")) == "B\ufffdro"
    assert cleaned_value(b"serial\x00") == "serial"
    assert cleaned_value(Enum(3)) == "3"
