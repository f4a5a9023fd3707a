"""What an operation answers, ready to be encoded; pieces that were encoded before are used as they are."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from presswork.protocols.ipp.encoder import encode_attributes
from presswork.protocols.ipp.errors import NotEncodable
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Charset, NaturalLanguage, Tag, Text

_HEAD = struct.Struct(">BBHi")
_END = bytes((Tag.END,))
_LONGEST_MESSAGE = 255


@dataclass(frozen=True, slots=True)
class Encoded:
    """Attributes together with their octets."""

    attributes: tuple[Attribute, ...]
    octets: bytes

    @classmethod
    def of(cls, attributes: Iterable[Attribute]) -> Encoded:
        """Encode them, once."""
        kept = tuple(attributes)
        return cls(kept, encode_attributes(kept))

    @classmethod
    def joined(cls, pieces: Sequence[Encoded]) -> Encoded:
        """What was encoded piece by piece."""
        attributes = tuple(attribute for piece in pieces for attribute in piece.attributes)
        return cls(attributes, b"".join([piece.octets for piece in pieces]))


Part = Encoded | tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, what was not supported, and the groups (RFC 8011 §4.1.3)."""

    status: Status = Status.SUCCESSFUL_OK
    groups: tuple[tuple[Tag, tuple[Part, ...]], ...] = ()
    unsupported: tuple[Attribute, ...] = ()
    status_message: str = ""
    operation: tuple[Attribute, ...] = ()
    """Further operation attributes."""

    @classmethod
    def of(cls, tag: Tag, *parts: Part, unsupported: tuple[Attribute, ...] = ()) -> Reply:
        """A successful reply with one group."""
        return cls(granted(unsupported), ((tag, parts),), unsupported)

    def message(self, version: tuple[int, int], request_id: int) -> Message:
        """As a message."""
        groups = [Group(Tag.OPERATION, (*_operation_attributes(self.status_message), *self.operation))]
        if self.unsupported:
            groups.append(Group(Tag.UNSUPPORTED_GROUP, self.unsupported))
        for tag, parts in self.groups:
            attributes: list[Attribute] = []
            for part in parts:
                attributes += part.attributes if isinstance(part, Encoded) else part
            groups.append(Group(tag, tuple(attributes)))
        return Message(version, self.status, request_id, tuple(groups))

    def encode(self, version: tuple[int, int], request_id: int) -> bytes:
        """As octets; the same as ``encode(self.message(...))``, but for what a client sent that nobody may write."""
        pieces = [_HEAD.pack(*version, self.status, request_id), _encoded_operation_group(self.status_message)]
        pieces.append(encode_attributes(self.operation))
        if self.unsupported:
            pieces.append(bytes((Tag.UNSUPPORTED_GROUP,)))
            for attribute in self.unsupported:
                with suppress(NotEncodable):
                    pieces.append(encode_attributes((attribute,)))
        for tag, parts in self.groups:
            pieces.append(bytes((tag,)))
            pieces += [part.octets if isinstance(part, Encoded) else encode_attributes(part) for part in parts]
        pieces.append(_END)
        return b"".join(pieces)


def granted(unsupported: tuple[Attribute, ...]) -> Status:
    """The status of a request that was granted, in whole or but for some attributes (RFC 8011 §4.1.7)."""
    return Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES if unsupported else Status.SUCCESSFUL_OK


def _operation_attributes(status_message: str) -> tuple[Attribute, ...]:
    attributes = (
        Attribute.of("attributes-charset", Charset("utf-8")),
        Attribute.of("attributes-natural-language", NaturalLanguage("en")),
    )
    if not status_message:
        return attributes
    shortened = status_message.encode()[:_LONGEST_MESSAGE].decode("utf-8", "ignore")
    return (*attributes, Attribute.of("status-message", Text(shortened)))


@cache
def _encoded_operation_group_of_success() -> bytes:
    return bytes((Tag.OPERATION,)) + encode_attributes(_operation_attributes(""))


def _encoded_operation_group(status_message: str) -> bytes:
    if not status_message:
        return _encoded_operation_group_of_success()
    return bytes((Tag.OPERATION,)) + encode_attributes(_operation_attributes(status_message))
