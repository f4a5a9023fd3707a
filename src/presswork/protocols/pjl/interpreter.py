"""The printer's side of a RAW connection: lines of PJL, and the documents between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from presswork.protocols.pjl.words import UEL

_LONGEST = 1024
_MARK = b"@PJL"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of PJL without its ``@PJL``; control characters are spaces."""

    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """Some of a document."""

    data: bytes


class Interpreter:
    """Octets in, lines and documents out. What is neither begun by UEL nor by ``@PJL`` is a document from its first octet."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_document = False
        self._in_long_line = False
        """Whether what comes is the rest of a line that was too long."""

    def feed(self, data: bytes) -> Iterator[Line | Document]:
        """What ``data`` completes. An octet is held back while it may belong to the end of a document."""
        self._buffer += data
        while (event := self._next(last=False)) is not None:
            if event != Document(b""):
                yield event

    def feed_eof(self) -> Iterator[Line | Document]:
        """The connection ended: nothing is held back any more."""
        while (event := self._next(last=True)) is not None:
            if event != Document(b""):
                yield event

    def _next(self, *, last: bool) -> Line | Document | None:
        """An empty document for octets that mean nothing; None when more are needed."""
        if self._in_long_line:
            self._drop_line()
        if not self._buffer:
            return None
        if self._in_document:
            return self._piece(last=last)
        start = bytes(self._buffer[: len(UEL)])
        if not last and start != UEL and (UEL.startswith(start) or _MARK.startswith(start)):
            return None
        if start.startswith(_MARK):
            return self._line(last=last)
        if start == UEL:
            del self._buffer[: len(UEL)]
        else:
            self._in_document = True
        return Document(b"")

    def _line(self, *, last: bool) -> Line | None:
        end = self._buffer.find(b"\n")
        if end < 0 and not last and len(self._buffer) <= _LONGEST:
            return None
        self._in_long_line = end > _LONGEST or (end < 0 and len(self._buffer) > _LONGEST)
        line = bytes(self._buffer[: _LONGEST if self._in_long_line or end < 0 else end])
        del self._buffer[: len(line) + (0 if self._in_long_line else 1)]
        text = line.removeprefix(_MARK).decode("latin-1")
        return Line("".join(letter if letter.isprintable() else " " for letter in text).strip())

    def _drop_line(self) -> None:
        end = self._buffer.find(b"\n")
        self._in_long_line = end < 0
        del self._buffer[: len(self._buffer) if end < 0 else end + 1]

    def _piece(self, *, last: bool) -> Document | None:
        end = self._buffer.find(UEL)
        self._in_document = end < 0
        if end < 0:
            # what may be the first octets of UEL waits
            end = len(self._buffer) if last else self._safe()
            if not end:
                return None
        piece = bytes(self._buffer[:end])
        del self._buffer[:end]
        return Document(piece)

    def _safe(self) -> int:
        at = self._buffer.rfind(UEL[:1], max(0, len(self._buffer) - len(UEL) + 1))
        return at if at >= 0 and UEL.startswith(bytes(self._buffer[at:])) else len(self._buffer)
