"""What an attribute can hold (RFC 8010 §3.9, RFC 8011 §5.1). Each value knows its tag, so that what was read can be written again.

Strings are subclasses of ``str`` and compare as strings: ``Keyword("none") == "none"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import ClassVar


class Tag(IntEnum):
    """Delimiter and value tags (RFC 8010 §3.5)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED_GROUP = 0x05
    SUBSCRIPTION = 0x06
    EVENT_NOTIFICATION = 0x07
    RESOURCE = 0x08
    DOCUMENT = 0x09
    SYSTEM = 0x0A

    UNSUPPORTED = 0x10
    DEFAULT = 0x11
    UNKNOWN = 0x12
    NO_VALUE = 0x13
    NOT_SETTABLE = 0x15
    DELETE_ATTRIBUTE = 0x16
    ADMIN_DEFINE = 0x17

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTET_STRING = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE_OF_INTEGER = 0x33
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    URI_SCHEME = 0x46
    CHARSET = 0x47
    NATURAL_LANGUAGE = 0x48
    MIME_MEDIA_TYPE = 0x49
    MEMBER_ATTR_NAME = 0x4A
    EXTENSION = 0x7F


class Enum(int):
    """An ``enum`` value; a plain ``int`` is an ``integer``."""

    tag: ClassVar[Tag] = Tag.ENUM
    __slots__ = ()


class Text(str):
    """``textWithoutLanguage``, at most 1023 octets."""

    tag: ClassVar[Tag] = Tag.TEXT
    __slots__ = ()


class Name(str):
    """``nameWithoutLanguage``, at most 255 octets."""

    tag: ClassVar[Tag] = Tag.NAME
    __slots__ = ()


class Keyword(str):
    """``keyword``, at most 255 octets."""

    tag: ClassVar[Tag] = Tag.KEYWORD
    __slots__ = ()


class Uri(str):
    """``uri``, at most 1023 octets."""

    tag: ClassVar[Tag] = Tag.URI
    __slots__ = ()


class UriScheme(str):
    """``uriScheme``, at most 63 octets."""

    tag: ClassVar[Tag] = Tag.URI_SCHEME
    __slots__ = ()


class Charset(str):
    """``charset``, at most 63 octets."""

    tag: ClassVar[Tag] = Tag.CHARSET
    __slots__ = ()


class NaturalLanguage(str):
    """``naturalLanguage``, at most 63 octets."""

    tag: ClassVar[Tag] = Tag.NATURAL_LANGUAGE
    __slots__ = ()


class MimeMediaType(str):
    """``mimeMediaType``, at most 255 octets."""

    tag: ClassVar[Tag] = Tag.MIME_MEDIA_TYPE
    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TextWithLanguage:
    """``textWithLanguage``."""

    text: str
    language: str
    tag: ClassVar[Tag] = Tag.TEXT_WITH_LANGUAGE


@dataclass(frozen=True, slots=True)
class NameWithLanguage:
    """``nameWithLanguage``."""

    text: str
    language: str
    tag: ClassVar[Tag] = Tag.NAME_WITH_LANGUAGE


@dataclass(frozen=True, slots=True)
class IntegerRange:
    """``rangeOfInteger``; both ends belong to it."""

    lower: int
    upper: int
    tag: ClassVar[Tag] = Tag.RANGE_OF_INTEGER


@dataclass(frozen=True, slots=True)
class Resolution:
    """``resolution``; ``units`` is 3 for dots per inch, 4 for dots per centimetre."""

    cross_feed: int
    feed: int
    units: int = 3
    tag: ClassVar[Tag] = Tag.RESOLUTION


@dataclass(frozen=True, slots=True)
class Collection:
    """``collection``: attributes within a value (RFC 8010 §3.1.6)."""

    members: tuple[Attribute, ...]
    tag: ClassVar[Tag] = Tag.BEGIN_COLLECTION

    def get(self, name: str) -> Attribute | None:
        """The member of that name."""
        return next((member for member in self.members if member.name == name), None)


class OutOfBand(IntEnum):
    """A value that says why there is none (RFC 8010 §3.5.2, RFC 3380 §8)."""

    UNSUPPORTED = Tag.UNSUPPORTED
    DEFAULT = Tag.DEFAULT
    UNKNOWN = Tag.UNKNOWN
    NO_VALUE = Tag.NO_VALUE
    NOT_SETTABLE = Tag.NOT_SETTABLE
    DELETE_ATTRIBUTE = Tag.DELETE_ATTRIBUTE
    ADMIN_DEFINE = Tag.ADMIN_DEFINE


@dataclass(frozen=True, slots=True)
class Unrecognized:
    """A value of a tag, or with a length, that is not ours to understand; kept byte by byte."""

    raw_tag: int
    data: bytes


Value = (
    bool
    | int
    | Enum
    | Text
    | Name
    | Keyword
    | Uri
    | UriScheme
    | Charset
    | NaturalLanguage
    | MimeMediaType
    | TextWithLanguage
    | NameWithLanguage
    | bytes
    | datetime
    | IntegerRange
    | Resolution
    | Collection
    | OutOfBand
    | Unrecognized
)
"""One value. ``int`` is integer, ``bytes`` octetString, ``datetime`` (aware) dateTime."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name and one or more values (a 1setOf when more than one)."""

    name: str
    values: tuple[Value, ...]

    @classmethod
    def of(cls, name: str, *values: Value) -> Attribute:
        """An attribute from its values."""
        return cls(name, values)

    @property
    def value(self) -> Value:
        """The first value."""
        return self.values[0]


def tag_of(value: Value) -> int:
    """The value tag that ``value`` is written with."""
    match value:
        case bool():
            return Tag.BOOLEAN
        case OutOfBand():
            return int(value)
        case Unrecognized():
            return value.raw_tag
        case bytes():
            return Tag.OCTET_STRING
        case datetime():
            return Tag.DATE_TIME
        case _:
            return getattr(value, "tag", Tag.INTEGER)
