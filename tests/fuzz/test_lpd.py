"""Hostile octets at the line printer daemon protocol: they end in events or in ``Invalid``, in bounded time and memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.errors import Invalid
from presswork.protocols.lpd import Code, Command, ControlFile, JobReceiver, Piece, Subcode, Subcommand
from presswork.testing.lpd import CORPUS, check_lpd

WORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)
PIECES = st.one_of(
    st.sampled_from(
        [b"\x02office\n", b"\x01\n", b"\x024 cfA001pc\n", b"\x030 dfA001pc\n", b"\x0310 dfA001pc\n", b"\x00"]
    ),
    st.binary(max_size=12),
)


@given(st.binary(max_size=400))
def test_any_octets(data: bytes) -> None:
    check_lpd(data)


@given(st.lists(PIECES, max_size=30))
def test_octets_that_look_like_a_job(pieces: list[bytes]) -> None:
    check_lpd(b"".join(pieces))


@pytest.mark.parametrize("name", CORPUS)
@given(place=st.integers(0, 200), octets=st.binary(max_size=4), cut=st.integers(0, 4))
def test_jobs_of_others_with_errors_in_them(name: str, place: int, octets: bytes, cut: int) -> None:
    data = bytearray(CORPUS[name])
    data[place : place + cut] = octets
    check_lpd(bytes(data))


def test_what_fuzzing_found_breaks_nothing_any_more() -> None:
    for path in (Path(__file__).parent / "corpus" / "lpd").iterdir():
        check_lpd(path.read_bytes())


@given(st.sampled_from(Code), WORDS, st.lists(WORDS, max_size=5))
def test_a_command_there_and_back(code: Code, queue: str, operands: list[str]) -> None:
    command = Command(code, queue, tuple(operands))
    assert Command.parse(command.encode()[:-1]) == command


@given(st.sampled_from([Subcode.CONTROL_FILE, Subcode.DATA_FILE]), st.integers(0, 10**19 - 1), WORDS)
def test_a_subcommand_there_and_back(code: Subcode, size: int, name: str) -> None:
    subcommand = Subcommand(code, size, name)
    assert Subcommand.parse(subcommand.encode()[:-1]) == subcommand


@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=120))
def test_no_text_makes_a_line_of_a_control_file(host: str, user: str, job_name: str) -> None:
    try:
        data = ControlFile(host, user, job_name, "dfA001pc").encode()
    except Invalid:
        return
    assert [line[:1] for line in data.split(b"\n")] == [b"H", b"P", b"J", b"l", b"U", b"N", b""]


def test_a_line_without_end_is_given_up() -> None:
    receiver, start = JobReceiver(), time.process_time()
    list(receiver.feed(b"x" * 1000))
    with pytest.raises(Invalid):
        list(receiver.feed(b"x" * 10_000_000))
    assert time.process_time() - start < 2


def test_a_large_file_is_passed_on_as_it_comes() -> None:
    receiver, start, octets = JobReceiver(), time.process_time(), 0
    list(receiver.feed(b"\x02q\n\x035368709120 dfA001pc\n"))
    for _ in range(1000):
        octets += sum(len(event.data) for event in receiver.feed(bytes(65_536)) if isinstance(event, Piece))
    assert octets == 65_536_000
    assert time.process_time() - start < 2
