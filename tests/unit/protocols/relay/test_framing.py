"""Frames of a transfer: what is written is read again, and what is not one is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.errors import Invalid, TooLarge
from presswork.protocols.relay.framing import (
    CHUNK_LIMIT,
    HEAD,
    JSON_LIMIT,
    PLACE,
    FrameKind,
    chunk_head,
    frame,
    parse_chunk,
    parse_head,
)
from presswork.protocols.sealed.layout import SEALED_CHUNK, TAG_SIZE


@given(st.binary(max_size=300))
def test_a_message_is_read_as_it_was_written(content: bytes) -> None:
    octets = frame(FrameKind.MESSAGE, content)
    assert parse_head(octets[:HEAD]) == (FrameKind.MESSAGE, len(content))
    assert octets[HEAD:] == content


@given(st.integers(1, 100), st.integers(0, 2**32 - 1), st.integers(TAG_SIZE, SEALED_CHUNK))
def test_a_chunk_carries_its_place(number: int, index: int, length: int) -> None:
    octets = chunk_head(number, index, length) + bytes(length)
    kind, size = parse_head(octets[:HEAD])
    chunk = parse_chunk(memoryview(octets)[HEAD:])
    assert (kind, size) == (FrameKind.CHUNK, PLACE + length)
    assert (chunk.number, chunk.index, len(chunk.sealed)) == (number, index, length)


@pytest.mark.parametrize(
    ("kind", "length", "fault"),
    [
        (ord("J"), JSON_LIMIT + 1, TooLarge),
        (ord("C"), CHUNK_LIMIT + 1, TooLarge),
        (ord("C"), PLACE + TAG_SIZE - 1, Invalid),
        (ord("A"), 1, TooLarge),
        (ord("X"), 0, Invalid),
        (0, 0, Invalid),
        (ord("J"), 2**32 - 1, TooLarge),
    ],
)
def test_what_is_no_frame_is_refused_before_it_is_read(kind: int, length: int, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        parse_head(length.to_bytes(4, "big") + bytes((kind,)))


def test_the_limits_themselves_are_allowed() -> None:
    for kind, length in ((FrameKind.MESSAGE, JSON_LIMIT), (FrameKind.CHUNK, CHUNK_LIMIT), (FrameKind.ALIVE, 0)):
        assert parse_head(length.to_bytes(4, "big") + bytes((kind,))) == (kind, length)


def test_nothing_too_large_is_sent() -> None:
    with pytest.raises(TooLarge):
        frame(FrameKind.MESSAGE, bytes(JSON_LIMIT + 1))
