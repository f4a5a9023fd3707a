"""The subset of BER that SNMP uses, there and back; what is wrong is said, nothing else is raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.snmp.ber import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    MalformedDatagram,
    element,
    expect,
    header,
    read_integer,
    read_oid,
    read_unsigned,
    write_integer,
    write_oid,
)

sub_identifiers = st.integers(0, 0xFFFFFFFF)


@given(st.integers(-(2**63), 2**64 - 1))
def test_integers_come_back(number: int):
    written = write_integer(number)
    begin, end = expect(written, 0, len(written), INTEGER)
    assert read_integer(written, begin, end) == number
    fewest = 1 if number == 0 else (number + (number < 0)).bit_length() // 8 + 1
    assert end - begin == fewest


@given(st.integers(0, 2), st.integers(0, 39), st.lists(sub_identifiers, max_size=120))
def test_object_identifiers_come_back(first: int, second: int, more: list[int]):
    oid = (first, second, *more)
    written = write_oid(oid)
    begin, end = expect(written, 0, len(written), OBJECT_IDENTIFIER)
    assert read_oid(written, begin, end) == oid


def test_the_example_of_x_690():
    assert write_oid((2, 100, 3)) == bytes.fromhex("0603813403")  # X.690 §8.19.5
    assert write_integer(128) == bytes.fromhex("02020080")
    assert write_integer(-128) == bytes.fromhex("020180")


def test_a_counter_without_its_leading_zero_is_not_negative():
    assert read_unsigned(b"\xff\xff\xff\xfe", 0, 4) == 0xFFFFFFFE


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65_535])
def test_lengths_come_back(length: int):
    written = element(OCTET_STRING, bytes(length))
    begin, end = expect(written, 0, len(written), OCTET_STRING)
    assert (end - begin, end) == (length, len(written))


@pytest.mark.parametrize(
    "octets",
    [
        "",  # nothing
        "04",  # no length
        "0480",  # indefinite
        "04850000000001aa",  # five octets of length
        "0482ff",  # the length is cut off
        "0405aabb",  # longer than what holds it
        "04ffffffff",  # all ones is reserved
    ],
)
def test_headers_that_are_wrong_are_refused(octets: str):
    data = bytes.fromhex(octets)
    with pytest.raises(MalformedDatagram):
        header(data, 0, len(data))


@pytest.mark.parametrize(
    "octets",
    ["", "80", "2b81", "2b" + "01" * 200, "2b9080808000"],
    ids=["empty", "open", "cut off", "too long", "too large"],
)
def test_object_identifiers_that_are_wrong_are_refused(octets: str):
    data = bytes.fromhex(octets)
    with pytest.raises(MalformedDatagram):
        read_oid(data, 0, len(data))


def test_integers_that_are_wrong_are_refused():
    with pytest.raises(MalformedDatagram):
        read_unsigned(b"\x01" + bytes(8), 0, 9)
    for octets in (b"", bytes(10)):
        with pytest.raises(MalformedDatagram):
            read_integer(octets, 0, len(octets))
        with pytest.raises(MalformedDatagram):
            read_unsigned(octets, 0, len(octets))
