"""What is written by PJL: typed values, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.core.errors import Invalid
from presswork.protocols.pjl import Wrapping, question
from presswork.protocols.pjl.words import JobName, Sides

NAME = JobName("A letter 0123abcd")
UEL = b"\x1b%-12345X"


def test_a_plain_job() -> None:
    wrapping = Wrapping(NAME)
    assert wrapping.before == (
        UEL + b"@PJL\r\n@PJL USTATUSOFF\r\n@PJL USTATUS JOB=ON\r\n@PJL USTATUS PAGE=ON\r\n@PJL USTATUS DEVICE=ON\r\n"
        b'@PJL USTATUS TIMED=30\r\n@PJL JOB NAME="A letter 0123abcd"\r\n'
    )
    assert wrapping.behind == UEL + b'@PJL\r\n@PJL EOJ NAME="A letter 0123abcd"\r\n' + UEL


@pytest.mark.parametrize(
    ("wrapping", "line"),
    [
        (Wrapping(NAME, copies=2), b"@PJL SET QTY=2\r\n"),
        (Wrapping(NAME, copies=2, collated=False), b"@PJL SET COPIES=2\r\n"),
        (Wrapping(NAME, sides=Sides.ONE_SIDED), b"@PJL SET DUPLEX=OFF\r\n"),
        (Wrapping(NAME, sides=Sides.TWO_SIDED_LONG_EDGE), b"@PJL SET DUPLEX=ON\r\n@PJL SET BINDING=LONGEDGE\r\n"),
        (Wrapping(NAME, sides=Sides.TWO_SIDED_SHORT_EDGE), b"@PJL SET DUPLEX=ON\r\n@PJL SET BINDING=SHORTEDGE\r\n"),
    ],
    ids=["sets", "each page", "one-sided", "long edge", "short edge"],
)
def test_what_is_asked_for_stands_in_the_job(wrapping: Wrapping, line: bytes) -> None:
    assert wrapping.before.endswith(b'NAME="A letter 0123abcd"\r\n' + line)


def test_the_question() -> None:
    assert question() == UEL + b"@PJL\r\n@PJL INFO ID\r\n@PJL INFO VARIABLES\r\n@PJL ECHO presswork\r\n" + UEL


@given(st.text(max_size=100))
def test_no_text_becomes_a_line(text: str) -> None:
    try:
        name = JobName(text)
    except Invalid:
        return
    assert Wrapping(name).before.count(b"\n") == Wrapping(NAME).before.count(b"\n")
    assert Wrapping(name).before.count(b'"') == 2


@pytest.mark.parametrize("text", ["", "x" * 81, 'a"b', "a\r\n@PJL RESET", "\x1b%-12345X", "größe", "a\tb"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(Invalid):
        JobName(text)


@pytest.mark.parametrize("copies", [0, -1, 1000])
def test_copies_are_bounded(copies: int) -> None:
    with pytest.raises(Invalid):
        Wrapping(NAME, copies=copies)


@pytest.mark.parametrize("seconds", [0, 4, 301])
def test_the_status_comes_neither_too_often_nor_never(seconds: int) -> None:
    with pytest.raises(Invalid):
        Wrapping(NAME, status_seconds=seconds)
