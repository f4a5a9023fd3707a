"""Octets -> Message, fed in any pieces; what follows the message is document data (RFC 8010 §3.1).

Strict about the structure, tolerant about values: see ``decode.py``. Deviations of real devices that are read:

- a value with a length its tag does not allow, or text that is not UTF-8: ``Unrecognized``;
- a member of a collection written as a named attribute, without memberAttrName (seen on Pantum);
- a member without a value: left out;
- groups that are empty, repeated or of an unknown tag: kept in order.

Text comes out as it was sent. Whoever takes a request refuses it when ``text.find_unclean`` finds something; whoever
shows a reply passes it through ``text.cleaned``.
"""

from __future__ import annotations

import struct
from typing import NamedTuple, NoReturn

from presswork.protocols.ipp.decode import DECODERS, NOT_THAT
from presswork.protocols.ipp.errors import Incomplete, MalformedMessage, MessageTooLarge
from presswork.protocols.ipp.limits import Limits
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.values import Collection, Tag, Unrecognized, Value

_HEAD = struct.Struct(">BBHi")
_FIRST_VALUE_TAG = 0x10
_END = int(Tag.END)


class Head(NamedTuple):
    """What stands before the groups; known before the message is, so that a broken request can be answered."""

    major: int
    minor: int
    code: int
    request_id: int


class _Frame:
    """A group or a collection being read, and the attribute being read in it."""

    __slots__ = ("attributes", "name", "tag", "values")

    def __init__(self, tag: int) -> None:
        self.tag = tag
        self.name: str | None = None
        self.values: list[Value] = []
        self.attributes: list[Attribute] = []

    def finish(self) -> tuple[Attribute, ...]:
        """All attributes; nothing more is read into this frame."""
        if self.name is not None and self.values:
            self.attributes.append(Attribute(self.name, tuple(self.values)))
        return tuple(self.attributes)


class Parser:
    """Reads one message. Raises ``MalformedMessage`` or ``MessageTooLarge``; after that it stays broken."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008 - Limits is immutable
        self.message: Message | None = None
        """The message, once its end was read."""
        self.head: Head | None = None
        """Version, code and request-id, once they were read."""
        self._limits = limits
        self._pending = bytearray()
        self._needed = _HEAD.size
        self._octets = 0
        self._attributes = 0
        self._values = 0
        self._groups: list[Group] = []
        self._frame: _Frame | None = None
        self._outer: list[_Frame] = []
        self._document: list[bytes] = []
        self._broken: MalformedMessage | MessageTooLarge | None = None

    def feed(self, data: bytes) -> None:
        """Take the next octets: of the message, then of the document."""
        if self._broken is not None:
            raise self._broken
        if self.message is not None:
            self._document.append(bytes(data))
            return
        data = bytes(data)
        if self._pending:
            self._pending += data
            if len(self._pending) < self._needed:
                return
            data = bytes(self._pending)
            self._pending.clear()
        try:
            read = self._read(data)
        except (MalformedMessage, MessageTooLarge) as fault:
            self._broken = fault
            raise
        self._keep(data[read:])

    def feed_eof(self) -> None:
        """No more octets will come: ``Incomplete`` unless the message was read."""
        if self._broken is not None:
            raise self._broken
        if self.message is None:
            raise Incomplete("The IPP message ended before its end-of-attributes tag; send it again.")

    def take_document(self) -> bytes:
        """The document's octets fed so far and not yet taken."""
        document = b"".join(self._document)
        self._document.clear()
        return document

    def _keep(self, rest: bytes) -> None:
        if self.message is None:
            self._pending += rest
        elif rest:
            self._document.append(rest)

    def _read(self, data: bytes) -> int:
        """Read whole records; how many octets they were. ``_needed`` is what the next one needs at least."""
        position = 0
        if self.head is None:
            if len(data) < _HEAD.size:
                return 0
            self.head = Head._make(_HEAD.unpack_from(data))
            position = _HEAD.size
        end = len(data)
        last = self._limits.octets - self._octets
        longest_name = self._limits.name_length
        longest_value = self._limits.value_length
        while position < end:
            tag = data[position]
            if tag < _FIRST_VALUE_TAG:
                position += 1
                self._delimiter(tag)
                if tag == _END:
                    break
                continue
            name_at = position + 3
            name_end = name_at + (data[position + 1] << 8 | data[position + 2] if name_at <= end else 0)
            value_at = name_end + 2
            value_end = value_at + (data[name_end] << 8 | data[name_end + 1] if value_at <= end else 0)
            if name_end - name_at > longest_name or value_end - value_at > longest_value:
                self._refuse_size("length")
            if value_end > end:
                self._needed = value_end - position
                break
            if value_end > last:
                self._refuse_size("octets")
            self._record(tag, data[name_at:name_end], data[value_at:value_end])
            position = value_end
        self._octets += position
        return position

    def _delimiter(self, tag: int) -> None:
        """A delimiter tag ends one group and, but for end-of-attributes, begins another."""
        if self._outer:
            raise MalformedMessage("A collection in the IPP message is not closed; the sender has to mend it.")
        if self._frame is not None:
            self._groups.append(Group(self._frame.tag, self._frame.finish()))
        if tag != _END:
            self._frame = _Frame(tag)
            if len(self._groups) >= self._limits.groups:
                self._refuse_size("groups")
        elif self.head is not None:
            major, minor, code, request_id = self.head
            self.message = Message((major, minor), code, request_id, tuple(self._groups))

    def _record(self, tag: int, name: bytes, data: bytes) -> None:
        """One attribute-with-one-value, additional-value or part of a collection (RFC 8010 §3.1.4 to §3.1.6)."""
        frame = self._frame
        if frame is None:
            raise MalformedMessage(
                "The IPP message has an attribute before its first group; the sender has to mend it."
            )
        if name:
            self._begin_attribute(frame, name)
        decoder = DECODERS[tag]
        if decoder is None:
            self._collection_part(frame, tag, data)
            return
        self._count_value(frame)
        try:
            frame.values.append(decoder(data))
        except NOT_THAT:
            frame.values.append(Unrecognized(tag, data))

    def _collection_part(self, frame: _Frame, tag: int, data: bytes) -> None:
        if tag == Tag.BEGIN_COLLECTION:
            self._count_value(frame)
            self._outer.append(frame)
            self._frame = _Frame(tag)
            if len(self._outer) > self._limits.depth:
                self._refuse_size("depth")
        elif not self._outer:
            raise MalformedMessage(
                "The IPP message has a part of a collection outside of one; the sender has to mend it."
            )
        elif tag == Tag.MEMBER_ATTR_NAME:
            self._begin_attribute(frame, data)
        else:
            self._frame = self._outer.pop()
            self._frame.values.append(Collection(frame.finish()))

    def _begin_attribute(self, frame: _Frame, name: bytes) -> None:
        """The values that follow belong to ``name``."""
        self._attributes += 1
        if self._attributes > self._limits.attributes:
            self._refuse_size("attributes")
        if len(name) > self._limits.name_length:
            self._refuse_size("length")
        if frame.values and frame.name is not None:
            frame.attributes.append(Attribute(frame.name, tuple(frame.values)))
            frame.values = []
        frame.name = str(name, "utf-8", "replace")

    def _count_value(self, frame: _Frame) -> None:
        if frame.name is None:
            raise MalformedMessage("The IPP message has a value without an attribute; the sender has to mend it.")
        self._values += 1
        if self._values > self._limits.values:
            self._refuse_size("values")

    def _refuse_size(self, limit: str) -> NoReturn:
        raise MessageTooLarge(f"The IPP message is over the limit of {limit}; send less at once.", limit=limit)


def parse(data: bytes, limits: Limits = Limits()) -> tuple[Message, bytes]:  # noqa: B008 - Limits is immutable
    """A whole message and the document octets behind it."""
    parser = Parser(limits)
    parser.feed(data)
    parser.feed_eof()
    assert parser.message is not None  # noqa: S101 - feed_eof made sure
    return parser.message, parser.take_document()
