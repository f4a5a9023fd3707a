"""A message of SNMP v1 or v2c, there and back (RFC 1157 §4, RFC 1901 §3, RFC 3416 §3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from presswork.protocols.snmp.ber import (
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    Oid,
    element,
    expect,
    header,
    malformed,
    read_integer,
    read_oid,
    read_unsigned,
    write_integer,
    write_oid,
)

MOST_VARBINDS = 512
"""At most so many variables in one message; more are not read."""
MOST_OCTETS = 65_507
"""The longest UDP datagram."""


class Version(IntEnum):
    """``version`` of a message."""

    V1 = 0
    V2C = 1


class Pdu(IntEnum):
    """What is asked, or answered (RFC 3416 §3)."""

    GET = 0xA0
    GET_NEXT = 0xA1
    RESPONSE = 0xA2
    GET_BULK = 0xA5


class ErrorStatus(IntEnum):
    """``error-status`` (RFC 3416 §3), those that a reader meets."""

    NO_ERROR = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    GENERAL = 5


class Tag(IntEnum):
    """What a variable holds (RFC 2578 §7.1, RFC 3416 §3); the last three say why it holds nothing."""

    INTEGER = INTEGER
    OCTET_STRING = OCTET_STRING
    NULL = NULL
    OBJECT_IDENTIFIER = OBJECT_IDENTIFIER
    IP_ADDRESS = 0x40
    COUNTER = 0x41
    GAUGE = 0x42
    TIME_TICKS = 0x43
    OPAQUE = 0x44
    COUNTER64 = 0x46
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


Value = int | bytes | Oid | None
_UNSIGNED = frozenset({Tag.COUNTER, Tag.GAUGE, Tag.TIME_TICKS, Tag.COUNTER64})
_OCTETS = frozenset({Tag.OCTET_STRING, Tag.IP_ADDRESS, Tag.OPAQUE})


class Varbind(NamedTuple):
    """A variable: its name, and what it holds. None where there is nothing."""

    oid: Oid
    tag: int = Tag.NULL
    value: Value = None


@dataclass(frozen=True, slots=True)
class SnmpMessage:
    """A message. ``status`` and ``index`` of a GetBulk are non-repeaters and max-repetitions (RFC 3416 §4.2.3)."""

    version: int
    community: bytes
    pdu: int
    request_id: int
    varbinds: tuple[Varbind, ...]
    status: int = 0
    index: int = 0


def decode(data: bytes) -> SnmpMessage:
    """The message of a datagram. Raises ``MalformedDatagram``, nothing else. What follows the message is not read."""
    at, end = expect(data, 0, len(data), SEQUENCE)
    version, at = _integer(data, at, end)
    if version not in (Version.V1, Version.V2C):
        malformed("it is of another version")
    begin, at = expect(data, at, end, OCTET_STRING)
    community = data[begin:at]
    pdu, at, end = header(data, at, end)
    request_id, at = _integer(data, at, end)
    status, at = _integer(data, at, end)
    index, at = _integer(data, at, end)
    at, end = expect(data, at, end, SEQUENCE)
    varbinds: list[Varbind] = []
    while at < end:
        if len(varbinds) >= MOST_VARBINDS:
            malformed("it holds too many variables")
        begin, at = expect(data, at, end, SEQUENCE)
        varbinds.append(_varbind(data, begin, at))
    return SnmpMessage(version, community, pdu, request_id, tuple(varbinds), status, index)


def encode(message: SnmpMessage) -> bytes:
    """The datagram of a message."""
    listed = element(SEQUENCE, b"".join(map(_write_varbind, message.varbinds)))
    numbers = write_integer(message.request_id) + write_integer(message.status) + write_integer(message.index)
    return element(
        SEQUENCE,
        write_integer(message.version)
        + element(OCTET_STRING, message.community)
        + element(message.pdu, numbers + listed),
    )


def _integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    begin, stop = expect(data, at, end, INTEGER)
    return read_integer(data, begin, stop), stop


def _varbind(data: bytes, begin: int, end: int) -> Varbind:
    name, at = expect(data, begin, end, OBJECT_IDENTIFIER)
    oid = read_oid(data, name, at)
    tag, begin, stop = header(data, at, end)
    value: Value = None
    if tag == INTEGER:
        value = read_integer(data, begin, stop)
    elif tag in _OCTETS:
        value = data[begin:stop]
    elif tag in _UNSIGNED:
        value = read_unsigned(data, begin, stop)
    elif tag == OBJECT_IDENTIFIER:
        value = read_oid(data, begin, stop) if stop > begin else (0, 0)
    return Varbind(oid, tag, value)


def _write_varbind(varbind: Varbind) -> bytes:
    oid, tag, value = varbind
    match value:
        case int():
            written = write_integer(value, tag)
        case bytes():
            written = element(tag, value)
        case tuple():
            written = write_oid(value)
        case _:
            written = element(tag, b"")
    return element(SEQUENCE, write_oid(oid) + written)
