"""Frames of the client channel, in whatever pieces they come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.errors import Fault, Invalid, TooLarge
from presswork.protocols.control.framing import FRAME_LIMIT, Frame, FrameKind, FrameParser

frames = st.lists(st.builds(Frame, kind=st.sampled_from(FrameKind), data=st.binary(max_size=300)), max_size=8)


def test_the_layout() -> None:
    assert Frame(FrameKind.JSON, b"{}").encode() == b"\0\0\0\2J{}"
    assert Frame(FrameKind.END).encode() == b"\0\0\0\0E"


@given(frames, st.lists(st.integers(0, 2500), max_size=8))
def test_the_pieces_do_not_matter(sent: list[Frame], cuts: list[int]) -> None:
    data = b"".join(frame.encode() for frame in sent)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parser = FrameParser()
    got = [frame for start, end in pairwise(edges) for frame in parser.feed(data[start:end])]
    assert got == sent


@given(frames)
def test_byte_by_byte(sent: list[Frame]) -> None:
    parser = FrameParser()
    data = b"".join(frame.encode() for frame in sent)
    assert [frame for octet in data for frame in parser.feed(bytes((octet,)))] == sent


def test_the_largest_frame_and_one_more() -> None:
    frame = Frame(FrameKind.DOCUMENT, bytes(FRAME_LIMIT))
    assert list(FrameParser().feed(frame.encode())) == [frame]
    with pytest.raises(TooLarge):
        Frame(FrameKind.DOCUMENT, bytes(FRAME_LIMIT + 1)).encode()


def test_a_length_above_the_limit_is_refused_before_the_octets_come() -> None:
    with pytest.raises(TooLarge):
        list(FrameParser().feed((FRAME_LIMIT + 1).to_bytes(4, "big") + b"J"))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Invalid):
        list(FrameParser().feed(b"\0\0\0\0X"))


@given(st.binary(max_size=4000))
def test_any_octets_end_in_frames_or_a_fault(data: bytes) -> None:
    try:
        got = list(FrameParser().feed(data))
    except Fault:
        return
    encoded = b"".join(frame.encode() for frame in got)
    assert data.startswith(encoded)
