"""What an attribute may hold, as the registry says it: ``"1setOf keyword | name(127)"`` (RFC 8011 §5.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import ATTRIBUTES
from presswork.protocols.ipp.values import (
    IntegerRange,
    NameWithLanguage,
    OutOfBand,
    Tag,
    TextWithLanguage,
    Unrecognized,
    Value,
    tag_of,
)

Kind = Literal[
    "Document Description",
    "Document Status",
    "Document Template",
    "Event Notifications",
    "Job Description",
    "Job Status",
    "Job Template",
    "Operation",
    "Printer Description",
    "Printer Status",
    "Resource Description",
    "Resource Status",
    "Subscription Status",
    "Subscription Template",
    "System Description",
    "System Status",
]
"""The registry's kinds of attributes."""

_TAGS: dict[str, tuple[Tag, ...]] = {
    "no-value": (Tag.NO_VALUE,),
    "unknown": (Tag.UNKNOWN,),
    "integer": (Tag.INTEGER,),
    "boolean": (Tag.BOOLEAN,),
    "enum": (Tag.ENUM,),
    "octetString": (Tag.OCTET_STRING,),
    "dateTime": (Tag.DATE_TIME,),
    "resolution": (Tag.RESOLUTION,),
    "rangeOfInteger": (Tag.RANGE_OF_INTEGER,),
    "collection": (Tag.BEGIN_COLLECTION,),
    "text": (Tag.TEXT, Tag.TEXT_WITH_LANGUAGE),
    "name": (Tag.NAME, Tag.NAME_WITH_LANGUAGE),
    "keyword": (Tag.KEYWORD,),
    "uri": (Tag.URI,),
    "uriScheme": (Tag.URI_SCHEME,),
    "charset": (Tag.CHARSET,),
    "naturalLanguage": (Tag.NATURAL_LANGUAGE,),
    "mimeMediaType": (Tag.MIME_MEDIA_TYPE,),
}
_LONGEST = {"octetString": 1023, "text": 1023, "name": 255, "keyword": 255, "uri": 1023, "mimeMediaType": 255}
_LONGEST |= {"uriScheme": 63, "charset": 63, "naturalLanguage": 63}
_LEAST, _MOST = -(2**31), 2**31 - 1
_ALTERNATIVE = re.compile(r"(?P<kind>[A-Za-z-]+)(?:\((?:(?P<lower>-?\w+):)?(?P<upper>-?\w+)\))?")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One syntax: its tags, and the bounds of its number, or of its length in octets."""

    tags: tuple[Tag, ...]
    lower: int
    upper: int

    def accepts(self, value: Value) -> bool:
        """Whether the value is of this syntax and within its bounds."""
        if tag_of(value) not in self.tags or isinstance(value, Unrecognized):
            return False
        if isinstance(value, IntegerRange):
            return self.lower <= value.lower <= value.upper <= self.upper
        return self.lower <= _measure(value) <= self.upper


@dataclass(frozen=True, slots=True)
class Syntax:
    """All an attribute may hold."""

    many: bool
    """A 1setOf: more than one value is allowed."""
    alternatives: tuple[Alternative, ...]

    def accepts(self, attribute: Attribute) -> bool:
        """Whether the attribute has as many values as it may, each of one of the syntaxes. Keywords are not looked up."""
        if len(attribute.values) > 1 and not self.many:
            return False
        return all(any(one.accepts(value) for one in self.alternatives) for value in attribute.values)


@cache
def syntax_of(kind: Kind, name: str) -> Syntax | None:
    """The registered syntax of that attribute; None where it is not registered."""
    text = ATTRIBUTES[kind].get(name)
    return None if text is None else parse_syntax(text)


def parse_syntax(text: str) -> Syntax:
    """Read the registry's notation."""
    many = text.startswith("1setOf ")
    alternatives = []
    for part in text.removeprefix("1setOf ").split(" | "):
        found = _ALTERNATIVE.fullmatch(part)
        if found is None:
            msg = f"not a syntax: {part!r}"
            raise ValueError(msg)
        kind = found["kind"]
        lower, upper = _bound(found["lower"], _LEAST), _bound(found["upper"], _LONGEST.get(kind, _MOST))
        alternatives.append(Alternative(_TAGS[kind], lower, upper))
    return Syntax(many, tuple(alternatives))


def _measure(value: Value) -> int:
    """What a bound is compared with: the number itself, or the length in octets; 0 where there is no bound."""
    match value:
        case TextWithLanguage() | NameWithLanguage():
            return len(value.text.encode())
        case str():
            return len(value.encode())
        case bytes():
            return len(value)
        case bool() | OutOfBand():
            return 0
        case int():
            return value
        case _:
            return 0


def _bound(text: str | None, otherwise: int) -> int:
    return otherwise if text in {None, "MIN", "MAX"} else int(text or 0)
