"""Message -> octets (RFC 8010 §3). Strict: what a standard leaves no way to write is ``NotEncodable``, never bent to fit.

The largest lengths are those of RFC 8011 §5.1. Control characters in text and names are written as they are: refusing
or cleaning them is the business of whoever took them in (``text.py``).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from presswork.protocols.ipp.encode import encode_value
from presswork.protocols.ipp.errors import NotEncodable
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.values import Collection, Tag

_HEAD = struct.Struct(">BBHi")
_FIELD = struct.Struct(">BH").pack
_LONGEST_NAME = 255
_DEEPEST = 16
_LAST_DELIMITER = 0x0F

_BEGIN_MEMBER = bytes((Tag.MEMBER_ATTR_NAME, 0, 0))
_BEGIN_COLLECTION_VALUE = b"\0\0"
_END_COLLECTION = bytes((Tag.END_COLLECTION, 0, 0, 0, 0))


def encode(message: Message) -> bytes:
    """The message, from its version to the end-of-attributes tag; the document follows it directly."""
    major, minor = message.version
    try:
        parts = [_HEAD.pack(major, minor, message.code, message.request_id)]
    except struct.error:
        raise NotEncodable("The version, code or request-id of an IPP message is out of range.") from None
    for group in message.groups:
        if not 0 <= group.tag <= _LAST_DELIMITER or group.tag == Tag.END:
            raise NotEncodable(f"An IPP group cannot have the tag {group.tag:#x}.")
        parts.append(bytes((group.tag,)))
        _append(parts, group.attributes)
    parts.append(bytes((Tag.END,)))
    return b"".join(parts)


def encode_attributes(attributes: Iterable[Attribute]) -> bytes:
    """Attributes as they stand in a group, without its tag: for replies put together from kept pieces."""
    parts: list[bytes] = []
    _append(parts, attributes)
    return b"".join(parts)


def _append(parts: list[bytes], attributes: Iterable[Attribute]) -> None:
    for attribute in attributes:
        name = _name(attribute)
        for value in attribute.values:
            if type(value) is Collection:
                parts += (_FIELD(Tag.BEGIN_COLLECTION, len(name)), name, _BEGIN_COLLECTION_VALUE)
                _append_members(parts, value, 1)
            else:
                tag, data = encode_value(value)
                parts += (_FIELD(tag, len(name)), name, len(data).to_bytes(2, "big"), data)
            name = b""  # an additional value of a 1setOf has no name (RFC 8010 §3.1.5)


def _append_members(parts: list[bytes], collection: Collection, depth: int) -> None:
    if depth > _DEEPEST:
        raise NotEncodable(f"An IPP collection is more than {_DEEPEST} levels deep.")
    for member in collection.members:
        name = _name(member)
        parts += (_BEGIN_MEMBER, len(name).to_bytes(2, "big"), name)
        for value in member.values:
            if type(value) is Collection:
                parts += (_FIELD(Tag.BEGIN_COLLECTION, 0), _BEGIN_COLLECTION_VALUE)
                _append_members(parts, value, depth + 1)
            else:
                tag, data = encode_value(value)
                parts += (_FIELD(tag, 0), len(data).to_bytes(2, "big"), data)
    parts.append(_END_COLLECTION)


def _name(attribute: Attribute) -> bytes:
    name = attribute.name
    if not name or len(name) > _LONGEST_NAME or not (name.isascii() and name.isprintable()):
        raise NotEncodable(f"An IPP attribute cannot be called {name[:_LONGEST_NAME]!r}.")
    if not attribute.values:
        raise NotEncodable(f"The IPP attribute {name!r} has no value.", attribute=name)
    return name.encode("ascii")
