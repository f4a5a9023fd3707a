"""What a client asks of a daemon, a line each (RFC 1179 §5, §6), and the octet it answers with.

Operands are words of printable ASCII; nothing else is written, and nothing else is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from presswork.core.errors import Invalid

LINE_LIMIT = 1024
"""Octets of a line, its end included."""
ACCEPTED = b"\x00"
"""The one octet that says yes (RFC 1179 §5, §6); any other says no."""
REFUSED = b"\x01"
_WORD = re.compile(r"[\x21-\x7e]{1,255}")
_SPACES = re.compile(r"[ \t\v\f]+")
_SIZE = re.compile(r"[0-9]{1,19}")
_MOST_OPERANDS = 64


class Code(IntEnum):
    """Commands (RFC 1179 §5)."""

    PRINT_WAITING = 1
    RECEIVE_JOB = 2
    QUEUE_SHORT = 3
    QUEUE_LONG = 4
    REMOVE_JOBS = 5


class Subcode(IntEnum):
    """What may come after Receive a printer job (RFC 1179 §6)."""

    ABORT = 1
    CONTROL_FILE = 2
    DATA_FILE = 3


@dataclass(frozen=True, slots=True)
class Command:
    """One command. ``Invalid`` where a word is none."""

    code: Code
    queue: str
    operands: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Its line. ``Invalid`` for a word that cannot stand in one, or too many of them."""
        line = bytes((self.code,)) + " ".join(map(_word, (self.queue, *self.operands))).encode("ascii") + b"\n"
        return _fitting(line)

    @classmethod
    def parse(cls, line: bytes) -> Command:
        """From a line without its end."""
        code, words = _split(line)
        if code not in set(Code) or not words:
            raise Invalid("This is not a command of the line printer daemon protocol (RFC 1179 §5).")
        return cls(Code(code), words[0], tuple(words[1:]))


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One subcommand. Of a data file, ``size`` 0 says that it ends with the connection (RFC 1179 §6.3)."""

    code: Subcode
    size: int = 0
    name: str = ""

    def encode(self) -> bytes:
        """Its line. ``Invalid`` for a name that cannot stand in one, or a size that is none."""
        if self.code is Subcode.ABORT:
            return bytes((self.code,)) + b"\n"
        size = str(self.size)
        if not _SIZE.fullmatch(size):
            raise Invalid("The size of a file cannot be written (RFC 1179 §6).")
        return _fitting(bytes((self.code,)) + f"{size} {_word(self.name)}\n".encode("ascii"))

    @classmethod
    def parse(cls, line: bytes) -> Subcommand:
        """From a line without its end; what stands behind the name is left out."""
        code, words = _split(line)
        if code == Subcode.ABORT:
            return cls(Subcode.ABORT)
        if code not in set(Subcode) or len(words) < 2 or not _SIZE.fullmatch(words[0]):
            raise Invalid("This is not a subcommand of the line printer daemon protocol (RFC 1179 §6).")
        return cls(Subcode(code), int(words[0]), words[1])


def is_accepted(answer: bytes) -> bool:
    """Whether the daemon said yes."""
    return answer == ACCEPTED


def is_queue_name(text: str) -> bool:
    """Whether this can be the name of a queue."""
    return _WORD.fullmatch(text) is not None


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise Invalid(
            "A name cannot be sent to a line printer daemon: it is too long or holds other than plain letters."
        )
    return text


def _fitting(line: bytes) -> bytes:
    if len(line) > LINE_LIMIT:
        raise Invalid("A command is too long for a line printer daemon.")
    return line


def _split(line: bytes) -> tuple[int, list[str]]:
    try:
        text = line[1:].decode("ascii")
    except UnicodeDecodeError:
        raise Invalid("A command holds octets that are no ASCII (RFC 1179 §3.1).") from None
    words = [word for word in _SPACES.split(text) if word]
    if not line or len(words) > _MOST_OPERANDS or not all(_WORD.fullmatch(word) for word in words):
        raise Invalid("A command holds what no operand can be (RFC 1179 §3.1).")
    return line[0], words
