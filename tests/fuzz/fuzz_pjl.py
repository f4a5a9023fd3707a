"""What legacy systems send to a RAW port: lines of PJL, documents between them, and what the lines say of a job.
``make fuzz F=pjl`` runs it.

However the octets are cut into pieces, the same lines and documents come out. No octet of a document is invented, and
none is lost but those of lines and exits. Whoever a line names becomes a name that can be asked for and kept.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from presswork.agent.redirector.names import LONGEST as LONGEST_NAME
from presswork.agent.redirector.names import plain_name
from presswork.agent.spool.transition import check_account, check_line
from presswork.protocols.control.route import declared_account, declared_name
from presswork.protocols.pjl import Document, Interpreter, JobWords, Line
from presswork.protocols.pjl.words import MOST_COPIES, UEL

LONGEST = 4_096
WORDS = [
    UEL,
    *(
        b"@PJL ",
        b'@PJL SET USERNAME="ada"\r\n',
        b'@PJL SET USERNAME="CORP\\ada"\n',
        b'@PJL JOB NAME="Payroll"\r\n',
        b'@PJL SET JOBNAME="Payroll"\r\n',
        b"@PJL SET COPIES=2\n",
        b"@PJL SET QTY=999\n",
        b"@PJL SET DUPLEX=ON\n",
        b"@PJL SET BINDING=SHORTEDGE\n",
        b"@PJL EOJ\r\n",
        b"@PJL ENTER LANGUAGE=PDF\n",
        b"%PDF-1.7\n",
        b'"',
        b"=",
        b"\n",
        b"\x1b%-1234",
    ),
]


def check(data: bytes) -> None:
    """What must hold of any octets."""
    whole, documents = _read(data, max(len(data), 1))
    for step in (1, 7):
        assert _read(data, step) == (whole, documents)
    assert sum(map(len, documents)) <= len(data)
    at = 0
    interpreter = Interpreter()
    for event in (*interpreter.feed(data), *interpreter.feed_eof()):
        if isinstance(event, Document):
            found = data.find(event.data, at)
            assert found >= 0, "a document is of the octets that came, in their order"
            at = found + len(event.data)
    words = JobWords()
    for line in whole:
        words = words.heard(line)
        _check_words(words)


def _check_words(words: JobWords) -> None:
    check_line(words.name, "name")
    assert words.copies is None or 1 <= words.copies <= MOST_COPIES
    for attribute in words.attributes:
        assert attribute.name in ("copies", "sides")
    name = plain_name(words.user)
    assert len(name) <= LONGEST_NAME
    if name:
        assert plain_name(name) == name
        assert declared_name(check_account(declared_account(name, "RAW"))) == name


def _read(data: bytes, step: int) -> tuple[list[str], list[bytes]]:
    """The lines, and the documents; pieces of one document that follow each other are one."""
    interpreter = Interpreter()
    lines: list[str] = []
    documents: list[bytes] = []
    following = False
    events: list[Line | Document] = []
    for start in range(0, len(data), step):
        events += interpreter.feed(data[start : start + step])
    events += interpreter.feed_eof()
    for event in events:
        if isinstance(event, Line):
            lines.append(event.text)
            following = False
        elif following:
            documents[-1] += event.data
        else:
            documents.append(event.data)
            following = True
    return lines, documents


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Half of the time a word of the language more; else any octets."""
    dice = random.Random(seed)
    if dice.random() < 0.5:
        return plain(data, size)
    at = dice.randrange(len(data) + 1)
    return (data[:at] + dice.choice(WORDS) + data[at + dice.randrange(3) :])[:size]


def seeds() -> dict[str, bytes]:
    """Where to begin."""
    wrapped = b"".join((UEL, *WORDS[2:10], b"%PDF-1.7\n%%EOF\n", UEL, b"@PJL EOJ\r\n", UEL))
    return {
        "a document": b"%PDF-1.7\n%%EOF\n",
        "in PJL": wrapped,
        "two in one": wrapped + wrapped,
        "lines only": UEL + b"@PJL INFO ID\r\n" + UEL,
        "nothing": b"",
        "long": UEL + b'@PJL SET USERNAME="' + b"x" * 2_000 + b'"\n',
    }
