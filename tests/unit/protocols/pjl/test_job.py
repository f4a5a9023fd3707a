from __future__ import annotations

import pytest

from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.protocols.pjl.job import JobWords


def after(*lines: str) -> JobWords:
    words = JobWords()
    for line in lines:
        words = words.heard(line)
    return words


@pytest.mark.parametrize(
    ("lines", "user", "name"),
    [
        ((), "", ""),
        (('SET USERNAME="ada"',), "ada", ""),
        (("SET USERNAME = ada l ",), "ada l", ""),
        (('set username="CORP\\ada"',), "CORP\\ada", ""),
        (('JOB NAME="Payroll" DISPLAY="x"', 'SET USERNAME="ada"'), "ada", "Payroll"),
        (('SET USERNAME="ada"', 'JOB NAME = "Payroll"'), "ada", "Payroll"),
        (('SET JOBNAME="Payroll"',), "", "Payroll"),
        (('SET USERNAME="ada"', "EOJ"), "", ""),
        (("SET USERNAME", "SET", "SET =", "JOB", "NONSENSE", "", "SET USERNAME="), "", ""),
        (('SET USERNAME="' + "x" * 500 + '"',), "x" * 127, ""),
    ],
)
def test_whose_it_is_and_what_it_is_called(lines: tuple[str, ...], user: str, name: str) -> None:
    assert (after(*lines).user, after(*lines).name) == (user, name)


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("ENTER LANGUAGE=PCL", "PCL"),
        ("enter language = PostScript ", "POSTSCRIPT"),
        ("ENTER", ""),
        ("ENTER LANGUAGE", ""),
        ("ENTER TEXT=PCL", ""),
    ],
)
def test_in_which_language_the_document_is(line: str, language: str) -> None:
    assert after("JOB", line).language == language
    assert after(line, "EOJ").language == ""


@pytest.mark.parametrize(
    ("lines", "copies", "sides"),
    [
        (("SET COPIES=2",), 2, None),
        (("SET QTY=3", "SET COPIES=1"), 3, None),
        (("SET COPIES=0", "SET QTY=1000", "SET QTY=-1", "SET QTY=٣", "SET QTY=x"), None, None),
        (("SET DUPLEX=ON",), None, "two-sided-long-edge"),
        (("SET DUPLEX=ON", "SET BINDING=SHORTEDGE"), None, "two-sided-short-edge"),
        (("SET DUPLEX=OFF", "SET BINDING=SIDEWAYS"), None, "one-sided"),
        (("SET DUPLEX=MAYBE",), None, None),
    ],
)
def test_how_it_is_to_be_printed(lines: tuple[str, ...], copies: int | None, sides: str | None) -> None:
    expected = [] if copies is None else [Attribute.of("copies", copies)]
    if sides is not None:
        expected.append(Attribute.of("sides", Keyword(sides)))
    assert after(*lines).attributes == tuple(expected)
