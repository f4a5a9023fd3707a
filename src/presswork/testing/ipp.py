"""IPP for tests: captured replies of devices, hypothesis strategies for everything a message can hold, and a property of the codec."""

from __future__ import annotations

import os
from datetime import timedelta, timezone
from pathlib import Path

from hypothesis import strategies as st

from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.errors import MalformedMessage, MessageTooLarge, NotEncodable
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import Parser, parse
from presswork.protocols.ipp.text import cleaned_value, find_unclean
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
    OutOfBand,
    Resolution,
    Tag,
    Text,
    TextWithLanguage,
    Unrecognized,
    Uri,
    UriScheme,
    Value,
)


def shared_data() -> Path | None:
    """The folder with captured device replies and the IANA registry: ``PRESSWORK_SHARED_DATA``, or ``../shared/data`` beside the checkout.

    None where it is absent: what needs it is skipped, and the end of the test run says so loudly (``tests/conftest.py``).
    """
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    folder = Path(os.environ.get("PRESSWORK_SHARED_DATA", beside))
    return folder if (folder / "ipp-registrations.xml").is_file() else None


def device_replies() -> dict[str, bytes]:
    """Every captured reply, by the name of its file; none where the folder is absent."""
    folder = shared_data()
    if folder is None:
        return {}
    replies = {path.name: path.read_bytes() for path in sorted((folder / "devices").glob("*.bin"))}
    if not replies:
        msg = f"The shared data folder has no device replies in {folder / 'devices'}."
        raise FileNotFoundError(msg)
    return replies


_int32 = st.integers(-(2**31), 2**31 - 1)


_unicode = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_ascii = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60)
_names = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)
_dates = st.builds(
    lambda moment, minutes: moment.replace(
        microsecond=moment.microsecond // 100_000 * 100_000, tzinfo=timezone(timedelta(minutes=minutes))
    ),
    st.datetimes(),
    st.integers(-14 * 60, 14 * 60),
)

simple_values: st.SearchStrategy[Value] = st.one_of(
    st.booleans(),
    _int32,
    _int32.map(Enum),
    _unicode.map(Text),
    _unicode.map(Name),
    _ascii.map(Keyword),
    _ascii.map(Uri),
    _ascii.map(UriScheme),
    _ascii.map(Charset),
    _ascii.map(NaturalLanguage),
    _ascii.map(MimeMediaType),
    st.builds(TextWithLanguage, _unicode, _ascii),
    st.builds(NameWithLanguage, _unicode, _ascii),
    st.binary(max_size=80),
    _dates,
    st.builds(IntegerRange, _int32, _int32),
    st.builds(Resolution, _int32, _int32, st.integers(-128, 127)),
    st.sampled_from(OutOfBand),
    st.builds(
        Unrecognized,
        st.sampled_from([0x14, 0x20, 0x24, 0x38, 0x40, 0x43, 0x4B, Tag.EXTENSION, 0xFF]),
        st.binary(max_size=40),
    ),
)
"""Any value but a collection, each syntax among them."""


def _attributes(values: st.SearchStrategy[Value]) -> st.SearchStrategy[tuple[Attribute, ...]]:
    attribute = st.builds(Attribute, _names, st.lists(values, min_size=1, max_size=4).map(tuple))
    return st.lists(attribute, max_size=4).map(tuple)


values: st.SearchStrategy[Value] = st.recursive(
    simple_values, lambda inner: st.builds(Collection, _attributes(inner)), max_leaves=12
)
"""Any value, collections in collections among them."""

groups = st.builds(Group, st.integers(0, 0x0F).filter(lambda tag: tag != Tag.END), _attributes(values))

messages = st.builds(
    Message,
    st.tuples(st.integers(0, 255), st.integers(0, 255)),
    st.integers(0, 0xFFFF),
    _int32,
    st.lists(groups, max_size=5).map(tuple),
)
"""Any message that can be written."""


def check_codec(data: bytes) -> Message | None:
    """The property every octet string has, whoever made it up: the message it is, or None where it is none.

    It is read or refused with one of our faults; in pieces it is read the same; what was read can be checked, shown and
    written, or is ``NotEncodable``; and what was written is read as the same message.
    """
    try:
        message, document = parse(data)
    except (MalformedMessage, MessageTooLarge):
        message, document = None, b""
    size = len(data) % 13 + 1
    if _read_in_pieces(data, size) != (message, document):
        msg = f"read another way in pieces of {size} octets"
        raise AssertionError(msg)
    if message is not None:
        find_unclean(message)
        for group in message.groups:
            for attribute in group:
                for value in attribute.values:
                    cleaned_value(value)
        try:
            again = encode(message)
        except NotEncodable:
            return message
        if parse(again) != (message, b""):
            msg = "written and read it is another message"
            raise AssertionError(msg)
    return message


def _read_in_pieces(data: bytes, size: int) -> tuple[Message | None, bytes]:
    parser = Parser()
    document = b""
    try:
        for at in range(0, len(data), size):
            parser.feed(data[at : at + size])
            document += parser.take_document()
        parser.feed_eof()
    except (MalformedMessage, MessageTooLarge):
        return None, b""
    return parser.message, document
