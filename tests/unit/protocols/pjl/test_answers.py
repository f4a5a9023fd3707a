"""What printers say by PJL, as their manuals show it and as they really write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.protocols.pjl import AnswerReader, DeviceStatus, Info, JobStatus, PageStatus, variables

SAID = {
    b'@PJL USTATUS JOB\r\nSTART\r\nNAME="A letter"\r\nID=346\r\n\f': JobStatus("START", "A letter", None, ""),
    b'@PJL USTATUS JOB\r\nEND\r\nNAME="A letter"\r\nPAGES=123\r\nID=346\r\nRESULT=OK\r\n\f': JobStatus(
        "END", "A letter", 123, "OK"
    ),
    b'@PJL USTATUS JOB\r\nEND\r\nNAME = "JOB 88554"\r\nPAGES=5\r\n\f': JobStatus("END", "JOB 88554", 5, ""),
    b"@PJL USTATUS JOB\r\nCANCELED\r\nID=346\r\nRESULT=USER_CANCELED\r\n\f": JobStatus(
        "CANCELED", "", None, "USER_CANCELED"
    ),
    b'@PJL USTATUS DEVICE\r\nCODE=40022\r\nDISPLAY="13.1 PAPER JAM"\r\nONLINE=FALSE\r\n\f': DeviceStatus(
        40022, "13.1 PAPER JAM", online=False
    ),
    b'@PJL USTATUS TIMED\r\nCODE=10001\r\nDISPLAY="00 READY"\r\nON LINE=TRUE\r\n\f': DeviceStatus(
        10001, "00 READY", online=True
    ),
    b"@PJL USTATUS DEVICE\r\nCODE=10001\r\n\f": DeviceStatus(10001, "", None),
    b"@PJL USTATUS PAGE\r\n7\r\n\f": PageStatus(7),
    b'@PJL INFO ID\r\n"HP LaserJet 4250"\r\n\f': Info("ID", ('"HP LaserJet 4250"',)),
    b"@PJL ECHO presswork\r\n\f": Info("presswork", ()),
    b"@PJL INFO ID\n?\n\f": Info("ID", ("?",)),
}
NONSENSE = [
    b"\f",
    b"hello\f",
    b"@PJL USTATUS JOB\r\nLATER\r\n\f",
    b"@PJL USTATUS DEVICE\r\nCODE=x\r\n\f",
    b"@PJL USTATUS PAGE\r\n\f",
    b"@PJL USTATUS PAGE\r\n-1\r\n\f",
    b"@PJL USTATUS TIMED\r\n\f",
    b"@PJL USTATUS SOMETHING\r\n1\r\n\f",
    b"@PJL\r\n\f",
    b"x" * 200_000 + b"\f",
]


@pytest.mark.parametrize("octets", SAID)
def test_what_is_said(octets: bytes) -> None:
    assert list(AnswerReader().feed(octets)) == [SAID[octets]]


@pytest.mark.parametrize("octets", NONSENSE)
def test_nonsense_is_left_out_and_what_follows_is_heard(octets: bytes) -> None:
    assert list(AnswerReader().feed(octets + b"@PJL USTATUS PAGE\r\n7\r\n\f")) == [PageStatus(7)]


@given(st.lists(st.sampled_from([*SAID, *NONSENSE[:-1]]), max_size=8), st.integers(1, 40))
def test_the_pieces_do_not_matter(messages: list[bytes], step: int) -> None:
    octets, reader = b"".join(messages), AnswerReader()
    heard = [answer for at in range(0, len(octets), step) for answer in reader.feed(octets[at : at + step])]
    assert heard == [SAID[message] for message in messages if message in SAID]


@given(st.binary(max_size=300))
def test_any_octets(octets: bytes) -> None:
    for answer in AnswerReader().feed(octets + b"\f"):
        assert "\x1b" not in repr(answer)


def test_a_message_without_end_is_forgotten() -> None:
    reader = AnswerReader()
    for _ in range(100):
        assert list(reader.feed(b"x" * 100_000)) == []
    assert len(reader._buffer) <= 65_536


def test_what_can_be_set() -> None:
    octets = (
        b"@PJL INFO VARIABLES\r\nCOPIES=1 [2 RANGE]\r\n\t1\r\n\t999\r\nDUPLEX=OFF [2 ENUMERATED]\r\n\tOFF\r\n\tON\r\n"
        b"BINDING=LONGEDGE [2 ENUMERATED]\r\n\tLONGEDGE\r\n\tSHORTEDGE\r\nLPARM:PCL PITCH=10.00 [2 RANGE]\r\n\t0.44\r\n"
        b"\t99.99\r\nodd\r\nQTY=1 [9 RANGE]\r\n\t1\r\n\f"
    )
    (info,) = AnswerReader().feed(octets)
    assert isinstance(info, Info)
    found = variables(info.lines)
    assert found["COPIES"] == ("1", "999")
    assert found["DUPLEX"] == ("OFF", "ON")
    assert found["QTY"] == ("1",)
