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
    Chunk,
    FrameKind,
    chunk_head,
    frame,
    parse_frame,
)
from presswork.protocols.sealed.layout import SEALED_CHUNK, TAG_SIZE


@given(st.binary(max_size=300), st.binary(max_size=10))
def test_a_message_is_read_as_it_was_written(content: bytes, behind: bytes) -> None:
    octets = frame(FrameKind.MESSAGE, content)
    assert parse_frame(memoryview(octets + behind)) == (content, len(octets))


@given(st.integers(1, 100), st.integers(0, 2**32 - 1), st.integers(TAG_SIZE, SEALED_CHUNK))
def test_a_chunk_carries_its_place(number: int, index: int, length: int) -> None:
    octets = chunk_head(number, index, length) + bytes(length)
    found = parse_frame(memoryview(octets))
    assert found is not None
    chunk, size = found
    assert isinstance(chunk, Chunk)
    assert (chunk.number, chunk.position, len(chunk.sealed), size) == (number, index, length, HEAD + PLACE + length)


@pytest.mark.parametrize("whole", [frame(FrameKind.MESSAGE, b"{}"), chunk_head(1, 0, 20) + bytes(20)])
def test_a_frame_that_is_not_whole_is_none_yet(whole: bytes) -> None:
    assert all(parse_frame(memoryview(whole[:cut])) is None for cut in range(len(whole)))


def test_a_sign_of_life_says_nothing() -> None:
    assert parse_frame(memoryview(frame(FrameKind.ALIVE))) == (None, HEAD)


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
        parse_frame(memoryview(length.to_bytes(4, "big") + bytes((kind,))))


def test_the_limits_themselves_are_allowed() -> None:
    for kind, length in ((FrameKind.MESSAGE, JSON_LIMIT), (FrameKind.CHUNK, CHUNK_LIMIT), (FrameKind.ALIVE, 0)):
        assert parse_frame(memoryview(length.to_bytes(4, "big") + bytes((kind,)) + bytes(length))) is not None


def test_nothing_too_large_is_sent() -> None:
    with pytest.raises(TooLarge):
        frame(FrameKind.MESSAGE, bytes(JSON_LIMIT + 1))
