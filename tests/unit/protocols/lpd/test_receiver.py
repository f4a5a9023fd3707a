"""The daemon's side, fed in whatever pieces octets come."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.errors import Invalid
from presswork.protocols.lpd import Code, Command, Event, FileEnd, JobReceiver, Piece, Subcode, Subcommand

JOB = b"\x02office\n\x024 cfA001pc\nHpc\n\x00\x0310 dfA001pc\n0123456789\x00"


def fed(*pieces: bytes, eof: bool = True) -> list[Event]:
    receiver = JobReceiver()
    events = [event for piece in pieces for event in receiver.feed(piece)]
    return events + (list(receiver.feed_eof()) if eof else [])


def files(events: list[Event]) -> list[bytes]:
    """The files, whole."""
    found: list[bytearray] = []
    for event in events:
        if isinstance(event, Subcommand):
            found.append(bytearray())
        elif isinstance(event, Piece):
            found[-1] += event.data
    return list(map(bytes, found))


def test_a_job() -> None:
    assert fed(JOB) == [
        Command(Code.RECEIVE_JOB, "office"),
        Subcommand(Subcode.CONTROL_FILE, 4, "cfA001pc"),
        Piece(b"Hpc\n"),
        FileEnd(complete=True),
        Subcommand(Subcode.DATA_FILE, 10, "dfA001pc"),
        Piece(b"0123456789"),
        FileEnd(complete=True),
    ]


@given(st.lists(st.integers(0, len(JOB)), max_size=20))
def test_the_pieces_do_not_matter(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(JOB)]
    events = fed(*(JOB[start:end] for start, end in itertools.pairwise(edges)))
    assert files(events) == [b"Hpc\n", b"0123456789"]
    assert events[-1] == FileEnd(complete=True)


def test_a_file_of_unknown_size_ends_with_the_connection() -> None:
    events = fed(b"\x02q\n\x030 dfA001pc\n", b"\x02 looks like a command\n", b"end")
    assert files(events) == [b"\x02 looks like a command\nend"]
    assert events[-1] == FileEnd(complete=True)


def test_an_empty_control_file_has_its_end_too() -> None:
    assert fed(b"\x02q\n\x020 cfA001pc\n\x00")[-1] == FileEnd(complete=True)


def test_a_sender_that_is_not_content_says_so() -> None:
    assert fed(b"\x02q\n\x031 dfA001pc\nx\x01")[-1] == FileEnd(complete=False)


def test_a_job_given_up_may_be_followed_by_another_try() -> None:
    assert fed(b"\x02q\n\x01\n\x031 dfA001pc\nx\x00")[1] == Subcommand(Subcode.ABORT)


@pytest.mark.parametrize("end", range(9, len(JOB)))
def test_what_ends_in_the_middle_is_no_job(end: int) -> None:
    whole = {8, 8 + 17, len(JOB)}
    if end in whole:
        assert fed(JOB[:end])
    else:
        with pytest.raises(Invalid):
            fed(JOB[:end])


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n", b"\x02" + b"q" * 2000, b"\x02q\nx\n", b"\x01q\n\x01q\n"])
def test_what_is_no_job_is_refused(octets: bytes) -> None:
    with pytest.raises(Invalid):
        fed(octets, eof=False)
