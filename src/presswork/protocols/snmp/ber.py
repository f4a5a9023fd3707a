"""The subset of BER that SNMP uses: definite lengths, one octet a tag (RFC 3417 §8). Nothing here recurses."""

from __future__ import annotations

from typing import NoReturn

Oid = tuple[int, ...]
"""An object identifier, such as ``(1, 3, 6, 1, 2, 1, 1, 1, 0)``."""

INTEGER = 0x02
OCTET_STRING = 0x04
NULL = 0x05
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
_LENGTH_OCTETS = 4
_INTEGER_OCTETS = 9
_SUB_IDENTIFIERS = 128
_LARGEST_SUB_IDENTIFIER = 0xFFFFFFFF
_LARGEST_NUMBER = 2**64 - 1


class MalformedDatagram(ValueError):
    """The octets are not what they should be. Never shown: such a datagram counts as if it never came."""


def malformed(what: str) -> NoReturn:
    """Say so."""
    raise MalformedDatagram(what)


def header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, begin and end of the value of the element at ``at``, which lies within ``end``."""
    if at + 2 > end:
        malformed("it ends within a header")
    length = data[at + 1]
    begin = at + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 0 < octets <= _LENGTH_OCTETS or begin + octets > end:
            malformed("a length is of no definite form")
        length = int.from_bytes(data[begin : begin + octets], "big")
        begin += octets
    if begin + length > end:
        malformed("an element is longer than what holds it")
    return data[at], begin, begin + length


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Begin and end of the value of the element at ``at``, which must have this tag."""
    found, begin, stop = header(data, at, end)
    if found != tag:
        malformed(f"there is tag {found:#04x} where {tag:#04x} should be")
    return begin, stop


def read_integer(data: bytes, begin: int, end: int) -> int:
    """An INTEGER of at most 9 octets (a 64-bit number with a zero in front)."""
    if not 0 < end - begin <= _INTEGER_OCTETS:
        malformed("an integer is empty or too long")
    return int.from_bytes(data[begin:end], "big", signed=True)


def read_unsigned(data: bytes, begin: int, end: int) -> int:
    """A counter or gauge. Some devices leave out the zero in front of a number with its highest bit set."""
    if not 0 < end - begin <= _INTEGER_OCTETS:
        malformed("a number is empty or too long")
    number = int.from_bytes(data[begin:end], "big")
    if number > _LARGEST_NUMBER:
        malformed("a number is too large")
    return number


def read_oid(data: bytes, begin: int, end: int) -> Oid:
    """An OBJECT IDENTIFIER of at most 128 sub-identifiers (RFC 2578 §3.5)."""
    if begin == end:
        malformed("an object identifier is empty")
    found: list[int] = []
    number = 0
    open_ = False
    for octet in data[begin:end]:
        number = number << 7 | octet & 0x7F
        if number > _LARGEST_SUB_IDENTIFIER:
            malformed("a sub-identifier is too large")
        open_ = octet >= 0x80
        if not open_:
            found.append(number)
            number = 0
    if open_ or len(found) >= _SUB_IDENTIFIERS:
        malformed("an object identifier is cut off or too long")
    first = min(found[0] // 40, 2)
    return (first, found[0] - 40 * first, *found[1:])


def element(tag: int, value: bytes) -> bytes:
    """An element with that value."""
    length = len(value)
    if length < 0x80:
        return bytes((tag, length)) + value
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + value


def write_integer(number: int, tag: int = INTEGER) -> bytes:
    """A number in the fewest octets."""
    return element(tag, number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True))


def write_oid(oid: Oid) -> bytes:
    """An object identifier."""
    value = bytearray()
    for number in (oid[0] * 40 + oid[1], *oid[2:]):
        if number < 0x80:
            value.append(number)
            continue
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(0x80 | number & 0x7F)
        value += bytes(reversed(septets))
    return element(OBJECT_IDENTIFIER, bytes(value))
