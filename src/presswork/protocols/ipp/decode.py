"""Octets of one value -> the value (RFC 8010 §3.9).

What a tag does not allow (a wrong length, text that is not UTF-8, the 31st of February) becomes ``Unrecognized`` with its
octets kept: a reader goes on with the next value, because the length said where that begins.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

from presswork.protocols.ipp.values import (
    Charset,
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

Decoder = Callable[[bytes], Value]

_INTEGER = struct.Struct(">i").unpack
_RANGE = struct.Struct(">ii").unpack
_RESOLUTION = struct.Struct(">iib").unpack
_DATE_TIME = struct.Struct(">HBBBBBBcBB").unpack


def _integer(data: bytes) -> Value:
    return int(_INTEGER(data)[0])


def _enum(data: bytes) -> Value:
    return Enum(_INTEGER(data)[0])


def _boolean(data: bytes) -> Value:
    if len(data) != 1:
        msg = "a boolean is one octet"
        raise ValueError(msg)
    return data != b"\0"


def _date_time(data: bytes) -> Value:
    """DateAndTime of RFC 2579: local time, then the way from UTC."""
    year, month, day, hour, minute, second, deciseconds, direction, hours, minutes = _DATE_TIME(data)
    offset = timedelta(hours=hours, minutes=minutes)
    if direction not in {b"+", b"-"} or minutes > 59 or deciseconds > 9:
        msg = "not a DateAndTime"
        raise ValueError(msg)
    zone = timezone(-offset if direction == b"-" else offset) if offset else UTC
    return datetime(year, month, day, hour, minute, second, deciseconds * 100_000, zone)


def _resolution(data: bytes) -> Value:
    return Resolution(*_RESOLUTION(data))


def _range(data: bytes) -> Value:
    return IntegerRange(*_RANGE(data))


def _language_and_text(data: bytes) -> tuple[str, str]:
    at = 2 + int.from_bytes(data[:2], "big")
    if len(data) < at + 2 or len(data) != at + 2 + int.from_bytes(data[at : at + 2], "big"):
        msg = "the two lengths do not add up"
        raise ValueError(msg)
    return str(data[2:at], "utf-8"), str(data[at + 2 :], "utf-8")


def _text_with_language(data: bytes) -> Value:
    language, text = _language_and_text(data)
    return TextWithLanguage(text, language)


def _name_with_language(data: bytes) -> Value:
    language, text = _language_and_text(data)
    return NameWithLanguage(text, language)


def _string(kind: Callable[[bytes, str], Value]) -> Decoder:
    return lambda data: kind(data, "utf-8")


def _out_of_band(value: OutOfBand) -> Decoder:
    # RFC 8010 §3.5.2: the length is 0; what a peer puts there nevertheless says nothing
    return lambda _data: value


def _unrecognized(tag: int) -> Decoder:
    return lambda data: Unrecognized(tag, data)


_BY_TAG: dict[int, Decoder] = {
    Tag.INTEGER: _integer,
    Tag.BOOLEAN: _boolean,
    Tag.ENUM: _enum,
    Tag.OCTET_STRING: bytes,
    Tag.DATE_TIME: _date_time,
    Tag.RESOLUTION: _resolution,
    Tag.RANGE_OF_INTEGER: _range,
    Tag.TEXT_WITH_LANGUAGE: _text_with_language,
    Tag.NAME_WITH_LANGUAGE: _name_with_language,
    Tag.TEXT: _string(Text),
    Tag.NAME: _string(Name),
    Tag.KEYWORD: _string(Keyword),
    Tag.URI: _string(Uri),
    Tag.URI_SCHEME: _string(UriScheme),
    Tag.CHARSET: _string(Charset),
    Tag.NATURAL_LANGUAGE: _string(NaturalLanguage),
    Tag.MIME_MEDIA_TYPE: _string(MimeMediaType),
    **{int(value): _out_of_band(value) for value in OutOfBand},
}

DECODERS: list[Decoder | None] = [_BY_TAG.get(tag) or _unrecognized(tag) for tag in range(0x100)]
"""By tag: what makes the value. ``NOT_THAT`` from it means ``Unrecognized``. None for the tags that build a collection."""
for _tag in (Tag.BEGIN_COLLECTION, Tag.END_COLLECTION, Tag.MEMBER_ATTR_NAME):
    DECODERS[_tag] = None

NOT_THAT = (struct.error, ValueError)
"""What a decoder raises for octets that are no value of its tag; a UnicodeDecodeError is a ValueError."""
