"""One value -> its tag and octets (RFC 8010 §3.9), within the lengths and ranges of RFC 8011 §5.1."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from presswork.protocols.ipp.errors import NotEncodable
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

Encoded = tuple[int, bytes]

_INTEGER = struct.Struct(">i").pack
_RANGE = struct.Struct(">ii").pack
_RESOLUTION = struct.Struct(">iib").pack
_DATE_TIME = struct.Struct(">HBBBBBBcBB").pack

_LONGEST_TEXT = 1023
_LONGEST_NAME = 255
_LONGEST_LANGUAGE = 63
_LONGEST_OCTET_STRING = 1023
_LONGEST_VALUE = 32_767
_FARTHEST_FROM_UTC = timedelta(hours=14)
_STRUCTURE = frozenset({Tag.BEGIN_COLLECTION, Tag.END_COLLECTION, Tag.MEMBER_ATTR_NAME})


def encode_value(value: Value) -> Encoded:
    """Tag and octets of any value but a collection; ``NotEncodable`` where it has none."""
    encoder = _ENCODERS.get(type(value))
    if encoder is None:
        raise NotEncodable(f"A {type(value).__name__} is no IPP value; name its syntax, as in Keyword(…) or Enum(…).")
    try:
        return encoder(value)
    except (struct.error, UnicodeEncodeError):
        raise NotEncodable(f"The {type(value).__name__} {str(value)[:80]!r} is out of range for IPP.") from None


def _integer(value: int) -> Encoded:
    return Tag.INTEGER, _INTEGER(value)


def _enum(value: Enum) -> Encoded:
    return Tag.ENUM, _INTEGER(value)


def _boolean(value: bool) -> Encoded:
    return Tag.BOOLEAN, b"\1" if value else b"\0"


def _octet_string(value: bytes) -> Encoded:
    return Tag.OCTET_STRING, _at_most(_LONGEST_OCTET_STRING, value, "octetString")


def _date_time(value: datetime) -> Encoded:
    """DateAndTime of RFC 2579; tenths of a second are all it holds."""
    offset = value.utcoffset()
    if offset is None:
        raise NotEncodable("A dateTime needs its offset from UTC.")
    way = abs(offset)
    minutes, seconds = divmod(way, timedelta(minutes=1))
    if way > _FARTHEST_FROM_UTC or seconds:
        raise NotEncodable("A dateTime is at most 14 hours and a whole number of minutes away from UTC.")
    direction = b"-" if offset < timedelta() else b"+"
    date = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond // 100_000)
    return Tag.DATE_TIME, _DATE_TIME(*date, direction, *divmod(minutes, 60))


def _resolution(value: Resolution) -> Encoded:
    return Tag.RESOLUTION, _RESOLUTION(value.cross_feed, value.feed, value.units)


def _range(value: IntegerRange) -> Encoded:
    return Tag.RANGE_OF_INTEGER, _RANGE(value.lower, value.upper)


def _with_language(value: TextWithLanguage | NameWithLanguage) -> Encoded:
    language = _ascii(value.language, _LONGEST_LANGUAGE, "naturalLanguage")
    longest = _LONGEST_TEXT if isinstance(value, TextWithLanguage) else _LONGEST_NAME
    text = _at_most(longest, value.text.encode(), type(value).__name__)
    return value.tag, b"".join((len(language).to_bytes(2, "big"), language, len(text).to_bytes(2, "big"), text))


def _text(value: Text) -> Encoded:
    return Tag.TEXT, _at_most(_LONGEST_TEXT, value.encode(), "text")


def _name(value: Name) -> Encoded:
    return Tag.NAME, _at_most(_LONGEST_NAME, value.encode(), "name")


def _out_of_band(value: OutOfBand) -> Encoded:
    return int(value), b""


def _unrecognized(value: Unrecognized) -> Encoded:
    if not 0x10 <= value.raw_tag <= 0xFF or value.raw_tag in _STRUCTURE:
        raise NotEncodable(f"An IPP value cannot have the tag {value.raw_tag:#x}.")
    return value.raw_tag, _at_most(_LONGEST_VALUE, value.data, "value")


def _ascii_string(kind: type[str], longest: int) -> Callable[[Any], Encoded]:
    tag: int = kind.tag  # type: ignore[attr-defined]
    return lambda value: (tag, _ascii(value, longest, kind.__name__))


def _ascii(value: str, longest: int, syntax: str) -> bytes:
    """US-ASCII without control characters: what RFC 8011 §5.1 writes these syntaxes with."""
    if not (value.isascii() and value.isprintable()):
        raise NotEncodable(f"The {syntax} {value[:80]!r} has characters that IPP does not allow there.")
    return _at_most(longest, value.encode("ascii"), syntax)


def _at_most(longest: int, data: bytes, syntax: str) -> bytes:
    if len(data) > longest:
        raise NotEncodable(f"A {syntax} of {len(data)} octets is longer than the {longest} that IPP allows.")
    return data


_ENCODERS: dict[type, Callable[[Any], Encoded]] = {
    int: _integer,
    bool: _boolean,
    Enum: _enum,
    bytes: _octet_string,
    datetime: _date_time,
    Resolution: _resolution,
    IntegerRange: _range,
    TextWithLanguage: _with_language,
    NameWithLanguage: _with_language,
    Text: _text,
    Name: _name,
    Keyword: _ascii_string(Keyword, 255),
    Uri: _ascii_string(Uri, 1023),
    UriScheme: _ascii_string(UriScheme, 63),
    Charset: _ascii_string(Charset, 63),
    NaturalLanguage: _ascii_string(NaturalLanguage, 63),
    MimeMediaType: _ascii_string(MimeMediaType, 255),
    OutOfBand: _out_of_band,
    Unrecognized: _unrecognized,
}
