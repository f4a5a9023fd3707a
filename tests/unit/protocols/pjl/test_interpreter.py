"""The printer's side of PJL: which octets are lines, and which a document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.pjl import Document, Interpreter, JobName, Line, Sides, Wrapping

UEL = b"\x1b%-12345X"
WRAPPING = Wrapping(JobName("A letter"), copies=2, sides=Sides.TWO_SIDED_LONG_EDGE)


def read(octets: bytes, step: int = 10_000) -> tuple[list[str], list[bytes]]:
    """The lines, and the documents: one ends where a line comes."""
    interpreter, lines, documents, between = Interpreter(), [], [], True
    events = [event for at in range(0, len(octets), step) for event in interpreter.feed(octets[at : at + step])]
    for event in (*events, *interpreter.feed_eof()):
        if isinstance(event, Line):
            lines.append(event.text)
            between = True
        elif between:
            documents.append(event.data)
            between = False
        else:
            documents[-1] += event.data
    return lines, documents


@given(st.integers(1, 50), st.binary(min_size=1, max_size=200))
def test_a_wrapped_document_comes_out_as_it_was(step: int, document: bytes) -> None:
    if UEL in document or (UEL + document + UEL).count(UEL) != 2 or document.startswith((b"@PJL", b"\x1b")):
        return
    lines, documents = read(WRAPPING.before + document + WRAPPING.behind, step)
    assert documents == [document]
    settings = ["SET QTY=2", "SET DUPLEX=ON", "SET BINDING=LONGEDGE"]
    assert lines[-6:] == ['JOB NAME="A letter"', *settings, "", 'EOJ NAME="A letter"']


@pytest.mark.parametrize("document", [b"%PDF-1.4 a letter", b"@PJ", b"\x1bE", b"\x1b%-12345", b"\x00"])
@pytest.mark.parametrize("step", [1, 1000])
def test_what_has_no_pjl_is_a_document(document: bytes, step: int) -> None:
    assert read(document, step) == ([], [document])


def test_an_escape_in_a_document_is_no_end() -> None:
    document = b"%PDF\x1b%-1234\x1b\x1b%-12345Y" * 100
    assert read(UEL + b"@PJL\r\n" + document + UEL, 7) == ([""], [document])


def test_two_jobs_on_one_connection() -> None:
    octets = UEL + b"@PJL JOB\r\none" + UEL + b"@PJL EOJ\n" + UEL + b"@PJL JOB\r\ntwo" + UEL
    assert read(octets) == (["JOB", "EOJ", "JOB"], [b"one", b"two"])


def test_a_line_without_end_is_cut() -> None:
    lines, _ = read(UEL + b"@PJL " + b"x" * 5000)
    assert len(lines[0]) < 1100


def test_a_line_shows_no_control_characters() -> None:
    assert read(UEL + b"@PJL JOB NAME=\x07\x85x\r\n") == (["JOB NAME=  x"], [])


def test_octets_are_passed_on_as_they_come() -> None:
    interpreter = Interpreter()
    list(interpreter.feed(UEL + b"@PJL\r\n%PDF"))
    assert list(interpreter.feed(b"x" * 1_000_000)) == [Document(b"x" * 1_000_000)]


PIECES = st.sampled_from(
    [UEL, UEL[:3], b"\x1b", b"@PJL", b"@PJL SET QTY=2\r\n", b"@PJ", b"\r\n", b"%PDF", b"\x00", b"x"]
)


@given(st.lists(PIECES | st.binary(max_size=5), max_size=20), st.integers(1, 9))
def test_the_pieces_do_not_matter(pieces: list[bytes], step: int) -> None:
    octets = b"".join(pieces)
    lines, documents = read(octets)
    assert read(octets, step) == (lines, documents)
    assert sum(map(len, documents)) <= len(octets)


def test_the_rest_of_a_line_that_is_too_long_is_no_document() -> None:
    data = UEL + b"@PJL COMMENT " + b"x" * 5_000 + b"\n%PDF"
    for step in (1, 1024, len(data)):
        interpreter = Interpreter()
        events = [one for at in range(0, len(data), step) for one in interpreter.feed(data[at : at + step])]
        events += interpreter.feed_eof()
        assert b"".join(one.data for one in events if isinstance(one, Document)) == b"%PDF"
        (line,) = [one for one in events if isinstance(one, Line)]
        assert len(line.text) == 1024 - len("@PJL ")
