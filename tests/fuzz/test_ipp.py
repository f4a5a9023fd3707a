"""Hostile octets at the IPP codec: they end in a message or one of its own faults, in bounded time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Message
from presswork.protocols.ipp.values import Tag
from presswork.testing.ipp import check_codec, device_replies, messages

HEAD = b"\x02\x00\x00\x0b\x00\x00\x00\x01"
SMALL_REPLIES = [reply for reply in device_replies().values() if len(reply) < 10_000]
TAGS = st.sampled_from([bytes([tag]) for tag in Tag] + [b"\x14", b"\x80", b"\xff"])
LENGTHS = st.sampled_from([b"\x00\x00", b"\x00\x01", b"\x00\x04", b"\x00\xff", b"\x7f\xff", b"\x80\x00", b"\xff\xff"])
PIECES = st.one_of(TAGS, LENGTHS, st.binary(max_size=6), st.just(b"\x00\x00\x00\x00"))


@given(st.binary(max_size=400))
def test_any_octets(data: bytes):
    check_codec(data)


@given(st.lists(PIECES, max_size=60))
def test_octets_that_look_like_a_message(pieces: list[bytes]):
    check_codec(HEAD + b"\x04" + b"".join(pieces) + b"\x03")


@st.composite
def mutated(draw: st.DrawFn, originals: st.SearchStrategy[bytes]) -> bytes:
    data = bytearray(draw(originals))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(PIECES)
    return bytes(data)


@pytest.mark.skipif(not SMALL_REPLIES, reason="the shared data folder is absent")
@given(mutated(st.sampled_from(SMALL_REPLIES or [HEAD])))
def test_replies_of_devices_with_errors_in_them(data: bytes):
    check_codec(data)


@given(mutated(messages.map(encode)))
def test_messages_with_errors_in_them(data: bytes):
    check_codec(data)


@given(messages)
def test_messages_without(message: Message):
    assert check_codec(encode(message)) == message


def attribute(tag: int, name: bytes, value: bytes = b"") -> bytes:
    return bytes([tag]) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


MEMBER = attribute(Tag.MEMBER_ATTR_NAME, b"", b"m")
BEGIN, END = attribute(Tag.BEGIN_COLLECTION, b""), attribute(Tag.END_COLLECTION, b"")
MEBIBYTE = 1 << 20
HOSTILE = {
    "collections to the very bottom": attribute(Tag.BEGIN_COLLECTION, b"c") + (MEMBER + BEGIN) * 50_000,
    "one collection after the other": attribute(Tag.BEGIN_COLLECTION, b"c") + (MEMBER + BEGIN + END) * 60_000,
    "nothing but groups": b"\x04" * MEBIBYTE,
    "nothing but small attributes": attribute(Tag.NO_VALUE, b"a") * 170_000,
    "one attribute with all values": attribute(Tag.NO_VALUE, b"a") + attribute(Tag.NO_VALUE, b"") * 200_000,
    "members without values": attribute(Tag.BEGIN_COLLECTION, b"c") + MEMBER * 170_000,
    "ends of collections": END * 200_000,
    "values as long as can be": attribute(Tag.TEXT, b"a", b"x" * 32_767) * 40,
    "a length that lies": attribute(Tag.TEXT, b"a", b"x" * 10)[:-10] + b"x" * 9,
    "a negative length": b"\x41\x00\x01a\xff\xff" + b"x" * 70_000,
    "a name as long as can be": b"\x41\xff\xff" + b"a" * 70_000,
    "no end": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_ends_soon(name: str):
    start = time.process_time()
    check_codec(HEAD + b"\x04" + HOSTILE[name])
    assert time.process_time() - start < 2


def test_a_message_fed_octet_by_octet_costs_no_more_than_its_length():
    data = HEAD + b"\x04" + attribute(Tag.TEXT, b"a", b"x" * 32_000) * 8 + b"\x03"
    data += bytes(-len(data) % 13)  # check_codec then feeds single octets
    start = time.process_time()
    assert check_codec(data) is not None
    assert time.process_time() - start < 2
