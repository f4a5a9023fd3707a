"""Control files, there and back, and those of others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from presswork.core.errors import Invalid, TooLarge
from presswork.protocols.lpd import ControlFile

LETTER = ControlFile("pc", "anna", "A letter", "dfA001pc")


def test_there_and_back() -> None:
    assert ControlFile.parse(LETTER.encode()) == LETTER


@pytest.mark.parametrize("text", ["a\nUdfA001pc", "a\rb", "a\x00b", "Größe", "a\x85b", "x" * 100])
def test_no_text_becomes_another_line(text: str) -> None:
    for field in ("host", "user", "job_name"):
        with pytest.raises(Invalid):
            replace(LETTER, **{field: text}).encode()


@pytest.mark.parametrize("name", ["", "cfA001pc", "dfA01pc", "dfA001", "dfA001a b", "../dfA001pc", "dfA001pc\nx"])
def test_a_data_file_is_called_so(name: str) -> None:
    with pytest.raises(Invalid):
        replace(LETTER, data_file=name).encode()


def test_one_of_others_is_cut_and_cleaned() -> None:
    read = ControlFile.parse(b"\xff\nHpc\nPan\x07na\nJ" + b"n" * 300 + b"\nfdfA123host\nfdfA123host\nMmail\nSx")
    assert read == ControlFile("pc", "an na", "n" * 99, "dfA123host", copies=2)


def test_the_name_of_the_file_stands_in_for_that_of_the_job() -> None:
    assert ControlFile.parse(b"NLetter.pdf\nodfA123host\n").job_name == "Letter.pdf"


def test_one_of_cups_names_its_file_once_less_when_it_tries_again() -> None:
    again = ControlFile.parse(b"Hpc\nPzed\nJLetter\nUdfA432pc\nNLetter\n")
    assert (again.user, again.data_file, again.copies) == ("zed", "dfA432pc", 1)


@pytest.mark.parametrize("data", [b"", b"Hpc\nPanna\n", b"ldf\n", b"ldfA001\n"])
def test_one_without_a_document_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        ControlFile.parse(data)


def test_so_many_lines_are_so_many_copies() -> None:
    three = replace(LETTER, copies=3)
    assert three.encode().count(b"ldfA001pc\n") == 3
    assert ControlFile.parse(three.encode()) == three
    two_files = b"fdfA001pc\nUdfA001pc\nfdfB001pc\nfdfA001pc\n"
    assert ControlFile.parse(two_files).copies == 2
    assert ControlFile.parse(b"fdfA001pc\n" * 1000).copies == 999
    for copies in (0, 1000):
        with pytest.raises(Invalid):
            replace(LETTER, copies=copies).encode()


def test_it_is_bounded() -> None:
    with pytest.raises(TooLarge):
        ControlFile.parse(b"x" * 70_000)
