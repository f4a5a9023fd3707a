"""Kinds of documents, and their pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from presswork.documents.inspect import JPEG, PCL, PCL_XL, PDF, POSTSCRIPT, PWG_RASTER, TEXT, URF, count_pages, sniff
from presswork.testing.pdf import make_pdf
from presswork.testing.raster import Picture, pwg, urf

UEL = b"\x1b%-12345X"


@pytest.mark.parametrize(
    ("first_octets", "document_format"),
    [
        (b"%PDF-1.7\n", PDF),
        (b"\x1b%-12345X@PJL\r\n%PDF-1.4", PDF),
        (b"\0" * 1020 + b"%PDF-", None),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", JPEG),
        (b"RaS2PwgRaster", PWG_RASTER),
        (b"2SaR\0", None),
        (b"UNIRAST\0\0\0\0\1", URF),
        (b"UNIRAST\1", None),
        (b"%!PS-Adobe-3.0", POSTSCRIPT),
        (b"\x04%!PS-Adobe-3.0", POSTSCRIPT),
        (UEL + b"@PJL ENTER LANGUAGE=POSTSCRIPT\r\n%!PS", POSTSCRIPT),
        (UEL + b"@PJL SET COPIES=2\r\n@PJL ENTER LANGUAGE = POSTSCRIPT\r\n/x 1 def", POSTSCRIPT),
        (b"\x1bE\x1b&l26A\x1b*r1A\0\0", PCL),
        (b"\0\r\n\x1b&l0O", PCL),
        (b"\x1b(8U\x1b(s0p10h12v0s0b3T", PCL),
        (UEL + b"@PJL\r\n@PJL ENTER LANGUAGE=PCL\r\nplain lines", PCL),
        (b"Invoice \x1b(s3B12\x1b(s0B\r\n", PCL),
        (b") HP-PCL XL;2;0;Comment\n\xd1", PCL_XL),
        (UEL + b"@PJL ENTER LANGUAGE=PCLXL\n) HP-PCL XL;3;0", PCL_XL),
        (b"Invoice 12\r\n\fGr\xf6\xdfe \xc3\xb6", TEXT),
        (b"total\r_____\n\x1a", TEXT),
        (b"^XA^FO50,50^FDlabel^FS^XZ", None),
        (b"\nN\nq609\nA10,10", None),
        (b"{\\rtf1\\ansi", None),
        (b"\x1b@\x1bG\x0f", None),
        (b"text \x1b@ of a matrix printer", None),
        (UEL + b"@PJL EOJ\r\n" + UEL, None),
        (b"\xc9\x95\xa5\x96\x89\x83\x85\0", None),
        (b"", None),
    ],
)
def test_the_first_octets_tell(first_octets: bytes, document_format: str | None) -> None:
    found = sniff(first_octets)
    assert found == document_format


@pytest.mark.parametrize(
    ("language", "document_format"), [("PCL", PCL), ("pclxl", PCL_XL), ("PDF", TEXT), ("ZZZ", TEXT)]
)
def test_pjl_names_a_language_where_the_document_does_not_show_it(language: str, document_format: str) -> None:
    assert sniff(b"plain lines", language=language) == document_format
    assert sniff(b"%PDF-1.4", language=language) == PDF
    assert sniff(b"", language=language) is None


@pytest.mark.parametrize("pages", [1, 3, 250])
async def test_pages_of_a_pdf(pages: int) -> None:
    assert await count_pages(make_pdf(pages), PDF) == pages


async def test_pages_of_a_raster() -> None:
    pages = [Picture(20, 30, bytes(600))] * 4
    assert await count_pages(pwg(pages), PWG_RASTER) == 4
    assert await count_pages(urf(pages), URF) == 4


async def test_a_document_in_pieces() -> None:
    document = make_pdf(2)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(document), 100):
            yield document[start : start + 100]

    assert await count_pages(pieces(), PDF) == 2


async def test_a_photograph_is_one_page() -> None:
    assert await count_pages(b"\xff\xd8\xff\xe0", JPEG) == 1


@pytest.mark.parametrize("document", [b"", b"%PDF-1.4\n", make_pdf(3)[:400], b"\0" * 100_000])
async def test_nobody_can_say_for_a_damaged_document(document: bytes) -> None:
    assert await count_pages(document, PDF) is None


async def test_nobody_can_say_for_another_format() -> None:
    assert await count_pages(b"hello", "text/plain") is None
