"""Plain text laid out on pages, read back by PDFium."""

from __future__ import annotations

from random import Random

import pypdfium2
import pytest

from presswork.core.errors import Fault, Invalid, TooLarge, Unsupported
from presswork.documents.text import TEXT_LIMIT, Paper, lay_out

A4 = Paper(21000, 29700)
LETTER = Paper(21590, 27940)


def read(pdf: bytes) -> list[list[str]]:
    """The lines of each page, without those that are empty."""
    pages = pypdfium2.PdfDocument(pdf)
    return [[line for line in page.get_textpage().get_text_range().split("\r\n") if line] for page in pages]


def size(pdf: bytes) -> tuple[int, int]:
    width, height = pypdfium2.PdfDocument(pdf)[0].get_size()
    return round(width), round(height)


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        (b"one\ntwo\n", [["one", "two"]]),
        (b"one\r\ntwo\r\n\x1a", [["one", "two"]]),
        (b"one\rtwo\r", [["one", "two"]]),
        (b"one\n\ftwo\n\f", [["one"], ["two"]]),
        (b"\fone\ftwo", [["one"], ["two"]]),
        (b"one\f\ftwo", [["one"], [], ["two"]]),
        (b"(a \\ b)", [["(a \\ b)"]]),
        ("Größe 5 €".encode(), [["Größe 5 €"]]),
        ("Größe 5 €".encode("cp1252"), [["Größe 5 €"]]),
        ("Größe".encode("latin-1"), [["Größe"]]),
        ("\ufeffJiří ┌─┐ → x".encode(), [["Jirí +-+ -> x"]]),
    ],
)
def test_what_stands_on_the_pages(text: bytes, pages: list[list[str]]) -> None:
    assert read(lay_out(text, A4)) == pages


def test_a_page_has_66_lines_and_80_columns() -> None:
    text = b"".join(b"%080d\n" % number for number in range(67))
    first, second = read(lay_out(text, A4))
    assert (len(first), len(second)) == (66, 1)
    assert size(lay_out(text, A4)) == (595, 842)
    assert size(lay_out(text, LETTER)) == (612, 792)


def test_66_lines_and_a_form_feed_are_one_page() -> None:
    assert len(read(lay_out((b"line\n" * 66 + b"\f") * 3, A4))) == 3


def test_132_columns_lie_across_and_what_is_longer_goes_on_below() -> None:
    pdf = lay_out(b"%0132d\n%0140d" % (1, 2), A4)
    assert size(pdf) == (842, 595)
    assert [len(line) for line in read(pdf)[0]] == [132, 132, 8]


def places(text: bytes) -> dict[str, tuple[float, float]]:
    """Where each letter stands: from the left, from below."""
    page = pypdfium2.PdfDocument(lay_out(text, A4))[0].get_textpage()
    boxes = {page.get_text_range(at, 1): page.get_charbox(at) for at in range(page.count_chars())}
    return {letter: (box[0], box[1]) for letter, box in boxes.items()}


def test_a_tab_leads_to_the_next_eighth_column_and_underlining_stays_on_its_line() -> None:
    there = places(b"a\tz\n12345678x\rI\n_\bu")
    assert there["x"][0] == pytest.approx(there["z"][0], abs=2)
    assert there["x"][1] == pytest.approx(there["I"][1], abs=1), "printed over, not below"
    assert there["u"][0] == pytest.approx(there["_"][0], abs=2)


def test_all_of_a_page_is_within_its_edges() -> None:
    for paper in (A4, LETTER, Paper(14800, 21000)):
        for columns in (80, 132):
            pdf = pypdfium2.PdfDocument(lay_out((b"M" * columns + b"\n") * 66, paper))
            bitmap = pdf[0].render(scale=1).to_pil().convert("L").point(lambda value: 255 - value)
            left, top, right, bottom = bitmap.getbbox()
            assert min(left, top, bitmap.width - right, bitmap.height - bottom) >= 20


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Привет, мир\n".encode(), Unsupported),
        ("".join(map(chr, range(0x4E00, 0x5300))).encode(), Unsupported),
        (bytes(range(1, 7)) * 100, Unsupported),
        (b"\f\n \r\n", Invalid),
        (b"\f" * 30_000, Invalid),
        (b"a\f" * 30_000, TooLarge),
        (bytes(TEXT_LIMIT + 1), TooLarge),
        (b"a\n" * (20_000 * 66 + 2), TooLarge),
        (b"\t" * TEXT_LIMIT + b"a", TooLarge),
        (b"ab\b" * 1_000_000, TooLarge),
    ],
    ids=range(10),
)
def test_what_is_no_text_for_paper(text: bytes, fault: type[Fault]) -> None:
    with pytest.raises(fault):
        lay_out(text, A4)


def test_one_unknown_letter_does_not_keep_a_text_from_being_printed() -> None:
    (page,) = read(lay_out("".join((*(["all is well, "] * 20), "☃")).encode(), A4))
    assert "?" in "".join(page)


def test_whatever_comes_is_pages_or_a_fault() -> None:
    chance = Random(1179)
    words = [
        b"\f",
        b"\n",
        b"\r",
        b"\t",
        b"\b",
        b"\r\n",
        b"\x1a",
        b"\0",
        b"(",
        b")",
        b"\\",
        b"\xff",
        b" ",
        b"word",
        b"\xc3\xa9",
        b"x" * 200,
    ]
    for _ in range(200):
        octets = b"".join(chance.choices(words, k=chance.randrange(1, 120)))
        try:
            pdf = lay_out(octets, A4)
        except Fault:
            continue
        assert len(pypdfium2.PdfDocument(pdf)) >= 1
