from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.errors import Incomplete, MalformedMessage, MessageTooLarge
from presswork.protocols.ipp.limits import Limits
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.parser import Parser, parse
from presswork.protocols.ipp.values import Collection, Keyword, OutOfBand, Tag, Text, Unrecognized
from presswork.testing.ipp import device_replies, messages

HEAD = b"\x02\x00\x00\x0b\x00\x00\x00\x2a"
DOCUMENT = b"%PDF-1.7\n\x01\x03\x00"


def record(tag: int, name: bytes, value: bytes) -> bytes:
    return bytes([tag]) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


def group(*records: bytes, tag: int = Tag.PRINTER) -> bytes:
    return HEAD + bytes([tag]) + b"".join(records) + b"\x03"


def attributes(data: bytes, limits: Limits | None = None) -> tuple[Attribute, ...]:
    message, _ = parse(data, limits or Limits())
    return message.groups[0].attributes


SAMPLE = group(
    record(Tag.KEYWORD, b"sides-supported", b"one-sided"),
    record(Tag.KEYWORD, b"", b"two-sided-long-edge"),
    record(Tag.BEGIN_COLLECTION, b"media-col", b""),
    record(Tag.MEMBER_ATTR_NAME, b"", b"media-size"),
    record(Tag.BEGIN_COLLECTION, b"", b""),
    record(Tag.MEMBER_ATTR_NAME, b"", b"x-dimension"),
    record(Tag.INTEGER, b"", b"\x00\x00\x52\x08"),
    record(Tag.END_COLLECTION, b"", b""),
    record(Tag.END_COLLECTION, b"", b""),
    record(Tag.TEXT, b"printer-info", "Büro".encode()),
)


def fed(*pieces: bytes) -> tuple[Message, bytes]:
    parser = Parser()
    document = b""
    for piece in pieces:
        parser.feed(piece)
        document += parser.take_document()
    parser.feed_eof()
    assert parser.message is not None
    return parser.message, document


def test_a_message_is_read_whole():
    message, document = fed(SAMPLE)
    assert (message.version, message.code, message.request_id) == ((2, 0), 0x0B, 42)
    sides, media, info = message.groups[0]
    assert sides == Attribute.of("sides-supported", Keyword("one-sided"), Keyword("two-sided-long-edge"))
    size = Collection((Attribute.of("x-dimension", 21000),))
    assert media == Attribute.of("media-col", Collection((Attribute.of("media-size", size),)))
    assert info == Attribute.of("printer-info", Text("Büro"))
    assert document == b""


def test_a_message_is_read_octet_by_octet():
    data = SAMPLE + DOCUMENT
    assert fed(*(data[at : at + 1] for at in range(len(data)))) == (fed(SAMPLE)[0], DOCUMENT)


def test_a_message_is_read_cut_at_each_offset():
    data = SAMPLE + DOCUMENT
    expected = (fed(SAMPLE)[0], DOCUMENT)
    for cut in range(len(data) + 1):
        assert fed(data[:cut], data[cut:]) == expected, cut


@given(messages, st.lists(st.integers(0, 5000)), st.binary(max_size=20))
def test_any_message_is_read_in_any_pieces(message: Message, cuts: list[int], document: bytes):
    data = encode(message) + document
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    assert fed(*(data[start:end] for start, end in pairwise(edges))) == (message, document)


def test_a_message_cut_short_is_incomplete():
    for cut in range(len(SAMPLE)):
        parser = Parser()
        parser.feed(SAMPLE[:cut])
        assert parser.message is None
        with pytest.raises(Incomplete):
            parser.feed_eof()


def test_document_octets_are_given_once_and_not_kept():
    parser = Parser()
    parser.feed(SAMPLE + b"first")
    parser.feed(b" second")
    assert parser.take_document() == b"first second"
    assert parser.take_document() == b""
    parser.feed(b"third")
    assert parser.take_document() == b"third"


def test_the_head_is_known_before_the_message_is():
    parser = Parser()
    parser.feed(HEAD)
    assert parser.head == (2, 0, 0x0B, 42)
    with pytest.raises(MalformedMessage):
        parser.feed(record(Tag.KEYWORD, b"sides", b"one-sided"))
    assert parser.head == (2, 0, 0x0B, 42)


def test_a_broken_parser_stays_broken():
    parser = Parser()
    for piece in (HEAD + record(Tag.KEYWORD, b"sides", b"one-sided"), b"\x01", b""):
        with pytest.raises(MalformedMessage):
            parser.feed(piece)
    with pytest.raises(MalformedMessage):
        parser.feed_eof()


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (Tag.INTEGER, b"\x01"),
        (Tag.INTEGER, b"\x00\x00\x00\x00\x01"),
        (Tag.ENUM, b""),
        (Tag.BOOLEAN, b""),
        (Tag.BOOLEAN, b"\x00\x01"),
        (Tag.RANGE_OF_INTEGER, b"\x00\x00\x00\x01"),
        (Tag.RESOLUTION, b"\x00" * 8),
        (Tag.DATE_TIME, b"\x07\xe9\x02\x1f\x00\x00\x00\x00+\x00\x00"),  # the 31st of February
        (Tag.DATE_TIME, b"\x00" * 11),
        (Tag.DATE_TIME, b"\x07\xe9\x01\x01\x00\x00\x3c\x00+\x00\x00"),  # a leap second
        (Tag.DATE_TIME, b"\x07\xe9\x01\x01\x00\x00\x00\x00?\x00\x00"),
        (Tag.DATE_TIME, b"\x07\xe9\x01\x01\x00\x00\x00\x00+\x63\x00"),
        (Tag.DATE_TIME, b"\x07\xe9"),
        (Tag.TEXT_WITH_LANGUAGE, b"\x00\x02en\x00\x09short"),
        (Tag.TEXT_WITH_LANGUAGE, b"\x00"),
        (Tag.NAME_WITH_LANGUAGE, b"\xff\xff"),
        (Tag.TEXT, b"\xff\xfe"),
        (Tag.KEYWORD, b"\xc3"),
        (0x40, b"reserved"),
        (Tag.EXTENSION, b"\x40\x00\x00\x01anything"),
        (0xFF, b"beyond"),
    ],
)
def test_a_value_that_is_none_is_kept_and_the_next_one_is_read(tag: int, value: bytes):
    data = group(record(tag, b"odd", value), record(tag, b"", value), record(Tag.INTEGER, b"next", b"\x00\x00\x00\x07"))
    odd, following = attributes(data)
    assert odd == Attribute.of("odd", Unrecognized(tag, value), Unrecognized(tag, value))
    assert following == Attribute.of("next", 7)
    assert encode(parse(data)[0]) == data


def test_a_boolean_that_is_neither_0_nor_1_is_true():
    (attribute,) = attributes(group(record(Tag.BOOLEAN, b"color-supported", b"\xff")))
    assert attribute.value is True


def test_an_out_of_band_value_with_octets_is_read_without_them():
    (attribute,) = attributes(group(record(Tag.NO_VALUE, b"media-default", b"none")))
    assert attribute.value is OutOfBand.NO_VALUE


def test_a_member_written_as_a_named_attribute_is_a_member():
    data = group(
        record(Tag.BEGIN_COLLECTION, b"media-col", b""),
        record(Tag.KEYWORD, b"media-type", b"stationery"),
        record(Tag.INTEGER, b"media-top-margin", b"\x00\x00\x00\x00"),
        record(Tag.END_COLLECTION, b"", b""),
    )
    (media,) = attributes(data)
    members = (Attribute.of("media-type", Keyword("stationery")), Attribute.of("media-top-margin", 0))
    assert media.value == Collection(members)


def test_a_member_without_a_value_is_left_out():
    data = group(
        record(Tag.BEGIN_COLLECTION, b"media-col", b""),
        record(Tag.MEMBER_ATTR_NAME, b"", b"media-type"),
        record(Tag.MEMBER_ATTR_NAME, b"", b"media-color"),
        record(Tag.KEYWORD, b"", b"white"),
        record(Tag.END_COLLECTION, b"", b""),
    )
    (media,) = attributes(data)
    assert media.value == Collection((Attribute.of("media-color", Keyword("white")),))


def test_groups_of_unknown_tags_and_empty_ones_are_kept_in_order():
    tags = [0x00, 0x06, 0x0A, 0x0F, 0x0F, 0x01]
    message, _ = parse(HEAD + bytes(tags) + b"\x03")
    assert [(g.tag, g.attributes) for g in message.groups] == [(tag, ()) for tag in tags]


@pytest.mark.parametrize(
    "body",
    [
        record(Tag.KEYWORD, b"sides", b"one-sided"),
        b"\x04" + record(Tag.KEYWORD, b"", b"one-sided"),
        b"\x04" + record(Tag.END_COLLECTION, b"", b""),
        b"\x04" + record(Tag.BEGIN_COLLECTION, b"media-col", b"") + b"\x03",
        b"\x04" + record(Tag.BEGIN_COLLECTION, b"media-col", b"") + b"\x04",
        b"\x04" + record(Tag.BEGIN_COLLECTION, b"media-col", b"") + record(Tag.KEYWORD, b"", b"a4"),
    ],
    ids=["no group", "no name", "not opened", "open at the end", "open at a group", "no member"],
)
def test_a_broken_structure_is_malformed(body: bytes):
    with pytest.raises(MalformedMessage) as caught:
        parse(HEAD + body + b"\x03")
    assert caught.value.code == "malformed-ipp"


def too_deep(levels: int) -> bytes:
    opened = record(Tag.MEMBER_ATTR_NAME, b"", b"m") + record(Tag.BEGIN_COLLECTION, b"", b"")
    closed = record(Tag.END_COLLECTION, b"", b"")
    return group(record(Tag.BEGIN_COLLECTION, b"c", b""), opened * (levels - 1), closed * levels)


def test_collections_are_read_down_to_the_limit():
    value = attributes(too_deep(16))[0].value
    for _ in range(15):
        assert isinstance(value, Collection)
        value = value.members[0].value
    assert value == Collection(())


@pytest.mark.parametrize(
    ("limits", "data", "limit"),
    [
        (Limits(), too_deep(17), "depth"),
        (Limits(octets=10**9, values=10**9, attributes=10**9), too_deep(100_000), "depth"),
        (Limits(groups=3), HEAD + b"\x04" * 4 + b"\x03", "groups"),
        (Limits(attributes=3), group(*(record(Tag.NO_VALUE, b"a", b"") for _ in range(4))), "attributes"),
        (Limits(values=3), group(record(Tag.NO_VALUE, b"a", b""), *(record(Tag.NO_VALUE, b"", b""),) * 3), "values"),
        (Limits(octets=30), group(record(Tag.TEXT, b"printer-info", b"x" * 20)), "octets"),
        (Limits(name_length=4), group(record(Tag.NO_VALUE, b"sides", b"")), "length"),
        (Limits(value_length=4), group(record(Tag.TEXT, b"info", b"hello")), "length"),
        (Limits(), HEAD + b"\x04\x41\xff\xff", "length"),
        (Limits(), HEAD + b"\x04\x41\x00\x01a\xff\xff", "length"),
        (
            Limits(name_length=4),
            group(record(Tag.BEGIN_COLLECTION, b"c", b""), record(Tag.MEMBER_ATTR_NAME, b"", b"sides")),
            "length",
        ),
    ],
)
def test_a_message_over_a_limit_is_refused(limits: Limits, data: bytes, limit: str):
    parser = Parser(limits)
    with pytest.raises(MessageTooLarge) as caught:
        parser.feed(data)
    assert caught.value.details == {"limit": limit}


def test_the_octets_are_counted_over_all_pieces():
    parser = Parser(Limits(octets=100))
    parser.feed(HEAD + b"\x04")
    piece = record(Tag.TEXT, b"a", b"0123456")
    for _ in range((100 - len(HEAD) - 1) // len(piece)):
        parser.feed(piece)
    with pytest.raises(MessageTooLarge):
        parser.feed(piece)


def test_a_large_document_in_the_same_piece_is_not_counted():
    assert parse(SAMPLE + b"x" * 2000, Limits(octets=len(SAMPLE)))[1] == b"x" * 2000


@given(st.binary(max_size=300), st.booleans())
def test_any_octets_are_a_message_or_one_of_our_faults(data: bytes, with_head: bool):
    try:
        message, document = parse(HEAD + b"\x04" + data if with_head else data)
    except (MalformedMessage, MessageTooLarge):
        return
    assert data.endswith(document)
    assert message.version


@pytest.mark.parametrize("name", device_replies())
def test_every_reply_of_a_device_is_read(name: str):
    data = device_replies()[name]
    message, document = parse(data)
    assert document == b""
    assert message.groups
    assert encode(message) == data


@pytest.mark.parametrize("name", device_replies())
def test_every_reply_of_a_device_is_read_in_pieces(name: str):
    data = device_replies()[name]
    whole, _ = parse(data)
    for size in (1, 7, 1000):
        assert fed(*(data[at : at + size] for at in range(0, len(data), size)))[0] == whole
