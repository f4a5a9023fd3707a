"""The daemon's side of a connection: octets in, what they mean out (RFC 1179 §5.2, §6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from presswork.core.errors import Invalid
from presswork.protocols.lpd.commands import ACCEPTED, LINE_LIMIT, Code, Command, Subcode, Subcommand


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of the file that was announced last."""

    data: bytes


@dataclass(frozen=True, slots=True)
class FileEnd:
    """The file is here; ``complete`` says whether its sender thinks so, too."""

    complete: bool


Event = Command | Subcommand | Piece | FileEnd
"""A command, a subcommand and the end of a file want an answer."""


class _Awaits(Enum):
    COMMAND = "command"
    SUBCOMMAND = "subcommand"
    FILE = "file"
    END = "end"
    NOTHING = "nothing"


class JobReceiver:
    """One connection. Any ``Invalid`` makes it of no more use."""

    def __init__(self) -> None:
        self._awaits = _Awaits.COMMAND
        self._line = bytearray()
        self._left: int | None = 0
        """Octets of the file that are missing; None where the connection's end is its end."""

    def feed(self, data: bytes) -> Iterator[Event]:
        """What ``data`` completes."""
        at = 0
        while at < len(data):
            match self._awaits:
                case _Awaits.FILE:
                    end = len(data) if self._left is None else min(len(data), at + self._left)
                    piece, at = data[at:end], end
                    self._count(len(piece))
                    yield Piece(piece)
                case _Awaits.END:
                    self._awaits = _Awaits.SUBCOMMAND
                    at += 1
                    yield FileEnd(data[at - 1 : at] == ACCEPTED)
                case _Awaits.NOTHING:
                    raise Invalid("Something follows a command that nothing may follow (RFC 1179 §5).")
                case _:
                    end = data.find(b"\n", at)
                    part, at = (data[at:], len(data)) if end < 0 else (data[at:end], end + 1)
                    self._line += part
                    if len(self._line) >= LINE_LIMIT:
                        raise Invalid("A command is longer than one can be.")
                    if end >= 0:
                        yield self._understood()

    def feed_eof(self) -> Iterator[Event]:
        """The connection ended: so does a file of unknown size. ``Invalid`` in the middle of something."""
        if self._awaits is _Awaits.FILE and self._left is None:
            self._awaits = _Awaits.NOTHING
            yield FileEnd(complete=True)
        elif self._line or self._awaits in (_Awaits.FILE, _Awaits.END):
            raise Invalid("The connection ended in the middle of a job.")

    def _count(self, octets: int) -> None:
        if self._left is not None:
            self._left -= octets
            if self._left == 0:
                self._awaits = _Awaits.END

    def _understood(self) -> Command | Subcommand:
        line = bytes(self._line)
        self._line.clear()
        if self._awaits is _Awaits.COMMAND:
            command = Command.parse(line)
            self._awaits = _Awaits.SUBCOMMAND if command.code is Code.RECEIVE_JOB else _Awaits.NOTHING
            return command
        subcommand = Subcommand.parse(line)
        if subcommand.code is not Subcode.ABORT:
            self._left = subcommand.size
            self._awaits = _Awaits.FILE if subcommand.size else _Awaits.END
            if subcommand.code is Subcode.DATA_FILE and not subcommand.size:
                self._left, self._awaits = None, _Awaits.FILE
        return subcommand
