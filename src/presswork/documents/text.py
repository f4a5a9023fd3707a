"""Plain text on paper, as a line printer has it: so many lines of so many columns a page, a form feed ends one.

80 columns and 66 lines on upright paper; a text with longer lines gets 132 columns on paper laid across, and what is
longer still goes on in the next line. A carriage return without line feed, and a backspace, print over what stands there.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from presswork.core.errors import Invalid, TooLarge, Unsupported

TEXT_LIMIT: Final = 32 * 1024 * 1024
"""Octets of a text that is laid out."""
LINES: Final = 66
COLUMNS: Final = 80
WIDE: Final = 132
_MOST_PAGES = 20_000
_MOST_COLUMNS = 100_000
"""Of a line in which something moves the column: a tab is one octet and many columns."""
_TAB = 8
_MOST_UNKNOWN = 100
"""Of so many characters one may be unknown; then it is no text that can be printed here."""
_MARGIN = 25.0
"""Points; more than printers leave white."""
_ADVANCE = 0.6
"""Width of a character of Courier, in its own size."""
_CODEC = "cp1252"
_MOST_LETTERS = 1000
"""Different ones in a text."""
_LAYERS = 8
_MOVES = frozenset("\n\f\r\b\t")
_LINE_ENDS = str.maketrans({"\v": "\n", "\x1a": None, "\0": None, "\ufeff": None, "\xad": None, "\xa0": " "})
_NEARLY = str.maketrans({"\u2500": "-", "\u2502": "|", "\u2550": "=", "\u2551": "|", "\u2190": "<-", "\u2192": "->", "\u2212": "-"})  # fmt: skip
_BOXES = range(0x2500, 0x2580)


@dataclass(frozen=True, slots=True)
class Paper:
    """Upright, in hundredths of millimetres."""

    width: int
    height: int


def lay_out(octets: bytes, paper: Paper) -> bytes:
    """The text as a PDF.

    Raises ``TooLarge``, ``Invalid`` where there is nothing in it, ``Unsupported`` where it is no text, or one of letters
    that are not Western European.
    """
    if len(octets) > TEXT_LIMIT:
        raise TooLarge("Plain text of this length is not printed. Have it sent in parts, or as PDF.")
    text = _decoded(octets)
    # before it is taken apart: each of these makes a page, or a line of one
    if text.count("\f") >= _MOST_PAGES or text.count("\n") > _MOST_PAGES * LINES:
        raise _too_many_pages()
    wide = any(_width(line) > COLUMNS for line in text.replace("\f", "\n").split("\n"))
    columns = WIDE if wide else COLUMNS
    return _Sheet(paper, columns).document(_pages(text, columns))


def _decoded(octets: bytes) -> str:
    """UTF-8 where it is that throughout, else Windows-1252, which has all of Latin-1 that is on paper."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode(_CODEC, "replace")
    text = text.translate(_LINE_ENDS).replace("\r\n", "\n")
    if "\n" not in text and "\f" not in text:
        text = text.replace("\r", "\n")
    # a form feed before the first page has nothing to end, nor has one behind the last
    text = text.rstrip("\n\r\f ").removeprefix("\f")
    if not text:
        raise Invalid("The document is empty, so there is nothing to print.")
    return text if text.isascii() and text.isprintable() else _printable(text)


def _printable(text: str) -> str:
    """With what is nearest in place of what the font has not."""
    letters = set(text) - _MOVES
    unknown, table = 0, dict[int, str]()
    for letter in letters if len(letters) <= _MOST_LETTERS else ():
        shown = _shown(letter)
        if shown is None:
            unknown += text.count(letter)
            shown = "?" if letter.isprintable() else ""
        if shown != letter:
            table[ord(letter)] = shown
    if unknown * _MOST_UNKNOWN > len(text) or len(letters) > _MOST_LETTERS:
        raise Unsupported("This text has letters that are not printed from plain text here. Have it sent as PDF.")
    return text.translate(table) if table else text


def _shown(letter: str) -> str | None:
    """The letter, what is nearest to it, or None."""
    nearly = letter.translate(_NEARLY)
    bare = "".join(one for one in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(one))
    for form in (nearly, bare, "+" if ord(letter) in _BOXES else ""):
        if form and form.isprintable() and _is_encoded(form):
            return form
    return "" if unicodedata.combining(letter) else None


def _is_encoded(text: str) -> bool:
    try:
        text.encode(_CODEC)
    except UnicodeEncodeError:
        return False
    return True


def _pages(text: str, columns: int) -> Iterator[list[tuple[int, str]]]:
    """Each page as its strokes: the line they stand on, and what is printed there from its first column."""
    pages = 0
    for sheet in text.split("\f"):
        page, at = list[tuple[int, str]](), 0
        for line in sheet.removesuffix("\n").split("\n"):
            for row in _rows(line, columns):
                if at == LINES:
                    yield page
                    pages, page, at = pages + 1, [], 0
                    if pages == _MOST_PAGES:
                        raise _too_many_pages()
                page += [(at, stroke) for stroke in row if stroke]
                at += 1
        if pages == _MOST_PAGES:
            raise _too_many_pages()
        yield page
        pages += 1


def _too_many_pages() -> TooLarge:
    return TooLarge(f"A text of more than {_MOST_PAGES} pages is not printed. Have it sent in parts, or as PDF.")


def _width(line: str) -> int:
    """How many columns it takes."""
    if _MOVES.isdisjoint(line):
        return len(line)
    return max((max(layer) + 1 for layer in _layers(line) if layer), default=0)


def _rows(line: str, columns: int) -> list[list[str]]:
    """A line as rows of paper, each a list of what is printed over one another."""
    if _MOVES.isdisjoint(line):
        line = line.rstrip()
        return [[line[start : start + columns]] for start in range(0, max(len(line), 1), columns)]
    layers = _layers(line)
    width = max((max(layer) + 1 for layer in layers if layer), default=1)
    printed = [_printed(layer, width) for layer in layers]
    return [[text[start : start + columns].rstrip() for text in printed] for start in range(0, width, columns)]


def _printed(layer: dict[int, str], width: int) -> str:
    letters = [" "] * width
    for at, letter in layer.items():
        letters[at] = letter
    return "".join(letters)


def _layers(line: str) -> list[dict[int, str]]:
    """What stands in which column: a letter that is printed over another one goes to the next layer."""
    layers: list[dict[int, str]] = [{}]
    at = 0
    for letter in line:
        if letter == "\r":
            at = 0
        elif letter == "\b":
            at = max(0, at - 1)
        elif letter == "\t":
            at += _TAB - at % _TAB
        else:
            _strike(layers, at, letter)
            at += 1
        if at > _MOST_COLUMNS:
            raise TooLarge(
                f"A line with tabs or overprinting has at most {_MOST_COLUMNS} columns here. Send it as PDF."
            )
    return layers


def _strike(layers: list[dict[int, str]], at: int, letter: str) -> None:
    if letter == " ":
        return
    for layer in layers:
        if layer.get(at) in (None, letter):
            layer[at] = letter
            return
    if len(layers) < _LAYERS:
        layers.append({at: letter})


class _Sheet:
    """Writes the PDF (ISO 32000-1): one of the fonts every reader has (§9.6.2.2), so nothing is embedded."""

    def __init__(self, paper: Paper, columns: int) -> None:
        self._width, self._height = (round(side * 72 / 2540, 2) for side in (paper.width, paper.height))
        self._across = columns == WIDE
        width, height = (self._height, self._width) if self._across else (self._width, self._height)
        self._pitch = (height - 2 * _MARGIN) / LINES
        self._size = min((width - 2 * _MARGIN) / (columns * _ADVANCE), self._pitch)
        self._top = height - _MARGIN

    def document(self, pages: Iterator[list[tuple[int, str]]]) -> bytes:
        """All of it."""
        bodies = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>"]
        kids: list[int] = []
        rotate = b" /Rotate 90" if self._across else b""
        for page in pages:
            content = zlib.compress(self._content(page))
            kids.append(len(bodies) + 1)
            bodies.append(b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R%s >>" % (len(bodies) + 2, rotate))
            bodies.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content))
        bodies[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
        bodies[1] = (
            b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 %s %s] /Resources << /Font << /F 3 0 R >> >> >>"
            % (
                b" ".join(b"%d 0 R" % kid for kid in kids),
                len(kids),
                str(self._width).encode(),
                str(self._height).encode(),
            )
        )
        return _file(bodies)

    def _content(self, page: list[tuple[int, str]]) -> bytes:
        turn = f"0 1 -1 0 {self._width} 0 cm\n" if self._across else ""
        parts = [
            f"{turn}BT /F {self._size:.2f} Tf {self._pitch:.3f} TL {_MARGIN} {self._top - self._size:.2f} Td\n".encode()
        ]
        at = 0
        for line, text in page:
            # to the line's first column, also from behind what is printed over
            parts.append(b"0 %.3f Td " % ((at - line) * self._pitch))
            at = line
            parts.append(b"(" + _escaped(text) + b") Tj\n")
        return b"".join((*parts, b"ET"))


def _escaped(text: str) -> bytes:
    octets = text.encode(_CODEC, "replace")
    return octets.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(bodies: list[bytes]) -> bytes:
    """Objects from 1, the table of where they stand, and the trailer (§7.5)."""
    parts, offsets, at = [b"%PDF-1.4\n"], [], 9
    for number, body in enumerate(bodies, 1):
        offsets.append(at)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        at += len(parts[-1])
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    parts.append(
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(bodies) + 1, table, len(bodies) + 1, at)
    )
    return b"".join(parts)
