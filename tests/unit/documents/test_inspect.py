"""Kinds of documents, and their pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from presswork.documents.inspect import JPEG, PDF, POSTSCRIPT, PWG_RASTER, URF, count_pages, sniff
from presswork.testing.pdf import make_pdf
from presswork.testing.raster import Picture, pwg, urf


@pytest.mark.parametrize(
    ("first_octets", "document_format"),
    [
        (b"%PDF-1.7\n", PDF),
        (b"\x1b%-12345X@PJL\r\n%PDF-1.4", PDF),
        (b" " * 1020 + b"%PDF-", None),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", JPEG),
        (b"RaS2PwgRaster", PWG_RASTER),
        (b"2SaR", None),
        (b"UNIRAST\0\0\0\0\1", URF),
        (b"UNIRAST", None),
        (b"%!PS-Adobe-3.0", POSTSCRIPT),
        (b"", None),
    ],
)
def test_the_first_octets_tell(first_octets: bytes, document_format: str | None) -> None:
    found = sniff(first_octets)
    assert found == document_format


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
