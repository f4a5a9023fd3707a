from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given

from presswork.protocols.ipp.encoder import encode, encode_attributes
from presswork.protocols.ipp.errors import MalformedMessage, MessageTooLarge, NotEncodable
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.values import (
    Charset,
    Collection,
    Enum,
    IntegerRange,
    Keyword,
    MimeMediaType,
    Name,
    NameWithLanguage,
    NaturalLanguage,
    Resolution,
    Tag,
    Text,
    TextWithLanguage,
    Unrecognized,
    Uri,
    UriScheme,
    tag_of,
)
from presswork.testing.ipp import messages


def message_of(*attributes: Attribute) -> Message:
    return Message((2, 0), 0x0B, 1, (Group.of(Tag.PRINTER, attributes),))


def octets_of(value: Any) -> bytes:
    """The value's own octets: behind tag, name-length, name and value-length."""
    return encode_attributes([Attribute.of("a", value)])[6:]


@given(messages)
def test_what_is_written_is_read_again_with_the_same_tags(message: Message):
    data = encode(message)
    again, rest = parse(data)
    assert (again, rest) == (message, b"")
    assert encode(again) == data
    for group, read in zip(message.groups, again.groups, strict=True):
        for attribute, found in zip(group, read, strict=True):
            assert list(map(tag_of, found.values)) == list(map(tag_of, attribute.values))
            assert list(map(type, found.values)) == list(map(type, attribute.values))


def test_one_set_of_mixed_values_keeps_every_syntax():
    values = (Keyword("iso_a4_210x297mm"), Name("Our letterhead"), 3, Enum(3), True, IntegerRange(1, 9))
    message, _ = parse(encode(message_of(Attribute("media-supported", values))))
    assert [type(value) for value in message.groups[0].attributes[0].values] == [type(value) for value in values]


def test_attributes_alone_are_what_stands_in_the_group():
    attributes = [Attribute.of("copies", 2), Attribute.of("sides", Keyword("one-sided"))]
    assert encode(message_of(*attributes)).endswith(b"\x04" + encode_attributes(attributes) + b"\x03")


def test_the_octets_of_values():
    assert octets_of(-2) == b"\xff\xff\xff\xfe"
    assert octets_of(True) == b"\x01"
    assert octets_of(IntegerRange(1, 3)) == b"\0\0\0\x01\0\0\0\x03"
    assert octets_of(Resolution(600, 1200, 3)) == b"\0\0\x02\x58\0\0\x04\xb0\x03"
    assert octets_of(TextWithLanguage("Tür", "de")) == b"\0\x02de\0\x04T\xc3\xbcr"


def test_the_octets_of_a_date():
    # RFC 2579 DateAndTime: "Tuesday May 26, 1992 at 1:30:15 PM EDT"
    eastern = timezone(-timedelta(hours=4))
    assert (
        octets_of(datetime(1992, 5, 26, 13, 30, 15, 0, eastern)) == bytes([7, 200, 5, 26, 13, 30, 15, 0]) + b"-\x04\0"
    )
    assert octets_of(datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)) == b"\x07\xea\x01\x02\x03\x04\x05\x06+\0\0"


class SomeState(IntEnum):
    IDLE = 3


@pytest.mark.parametrize(
    "value",
    [
        2**31,
        -(2**31) - 1,
        Enum(2**31),
        Text("x" * 1024),
        Text("é" * 512),
        Text("\ud800"),
        Name("x" * 256),
        Keyword("x" * 256),
        Keyword("é"),
        Keyword("a\nb"),
        Uri("ipp://h/" + "x" * 1016),
        Uri("ipp://h/\x00"),
        UriScheme("x" * 64),
        Charset("x" * 64),
        NaturalLanguage("x" * 64),
        MimeMediaType("x" * 256),
        TextWithLanguage("x" * 1024, "en"),
        TextWithLanguage("x", "ü"),
        NameWithLanguage("x" * 256, "en"),
        NameWithLanguage("x", "e" * 64),
        b"x" * 1024,
        IntegerRange(0, 2**31),
        Resolution(600, 600, 128),
        Resolution(2**31, 600, 3),
        datetime(2026, 1, 1),  # noqa: DTZ001 - naive on purpose
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=15))),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=30))),
        Unrecognized(0x03, b""),
        Unrecognized(0x100, b""),
        Unrecognized(Tag.BEGIN_COLLECTION, b""),
        Unrecognized(Tag.END_COLLECTION, b""),
        Unrecognized(Tag.MEMBER_ATTR_NAME, b""),
        Unrecognized(0x40, b"x" * 32_768),
        "a plain str has no syntax",
        SomeState.IDLE,
        1.5,
        None,
    ],
    ids=repr,
)
def test_what_cannot_be_written_is_refused(value: Any):
    for attribute in (Attribute.of("a", value), Attribute.of("c", Collection((Attribute.of("m", value),)))):
        with pytest.raises(NotEncodable):
            encode_attributes([attribute])


@pytest.mark.parametrize("name", ["", "x" * 256, "é", "a\nb"])
def test_a_name_that_is_none_is_refused(name: str):
    with pytest.raises(NotEncodable):
        encode_attributes([Attribute.of(name, 1)])
    with pytest.raises(NotEncodable):
        encode_attributes([Attribute.of("c", Collection((Attribute.of(name, 1),)))])


def test_an_attribute_without_a_value_is_refused():
    with pytest.raises(NotEncodable):
        encode_attributes([Attribute("sides", ())])


def test_collections_deeper_than_the_parser_reads_are_refused():
    value = Collection(())
    for _ in range(15):
        value = Collection((Attribute.of("m", value),))
    assert parse(encode(message_of(Attribute.of("c", value))))[0].groups[0].attributes[0].value == value
    with pytest.raises(NotEncodable):
        encode(message_of(Attribute.of("c", Collection((Attribute.of("m", value),)))))


@pytest.mark.parametrize(
    "message",
    [
        Message((256, 0), 0, 1, ()),
        Message((2, 0), 0x10000, 1, ()),
        Message((2, 0), 0, 2**31, ()),
        Message((2, 0), 0, 1, (Group(3, ()),)),
        Message((2, 0), 0, 1, (Group(0x10, ()),)),
        Message((2, 0), 0, 1, (Group(-1, ()),)),
    ],
)
def test_a_message_out_of_range_is_refused(message: Message):
    with pytest.raises(NotEncodable):
        encode(message)


def test_what_is_read_from_anything_is_written_the_same_or_refused():
    # every octet of a good message replaced by every other: a dense corpus of near misses
    good = encode(message_of(Attribute.of("c", Collection((Attribute.of("m", 1),))), Attribute.of("d", Text("x"))))
    for at in range(8, len(good)):
        for octet in range(256):
            data = good[:at] + bytes([octet]) + good[at + 1 :]
            try:
                message, _ = parse(data)
                again = encode(message)
            except (MalformedMessage, MessageTooLarge, NotEncodable):
                continue
            assert parse(again)[0] == message, data
