"""Pictures of pages."""

from __future__ import annotations

import io

import PIL.Image
import pytest

from presswork.core.errors import Busy, Invalid, Unsupported
from presswork.documents.inspect import JPEG, PDF, PWG_RASTER, URF
from presswork.documents.render import render_pages
from presswork.testing.pdf import make_pdf
from presswork.testing.raster import Picture, pwg, urf


def opened(picture: bytes) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(picture), formats=["PNG"])


async def test_a_pdf_shows_its_text() -> None:
    first, second = await render_pages(make_pdf(2), PDF, dpi=72)
    image = opened(first).convert("L")
    assert image.size == (595, 842)
    darkest, brightest = image.getextrema()
    assert darkest < 100
    assert brightest == 255
    assert second != first


async def test_no_more_pages_than_asked_for() -> None:
    assert len(await render_pages(make_pdf(5), PDF, max_pages=2)) == 2


async def test_a_photograph_is_drawn() -> None:
    with io.BytesIO() as file:
        PIL.Image.new("RGB", (600, 300), "red").save(file, "JPEG")
        (picture,) = await render_pages(file.getvalue(), JPEG, dpi=50)
    image = opened(picture)
    assert image.size == (100, 50)
    assert image.getpixel((50, 25)) == (254, 0, 0)


@pytest.mark.parametrize(("write", "document_format"), [(pwg, PWG_RASTER), (urf, URF)])
async def test_a_raster_is_drawn(write: object, document_format: str) -> None:
    gray = Picture(200, 100, bytes(10_000) + b"\xff" * 10_000)
    colour = Picture(100, 100, b"\0\0\xff" * 10_000, colour=True)
    first, second = await render_pages(write([gray, colour]), document_format, dpi=50)  # type: ignore[operator]
    assert opened(first).size == (100, 50)
    assert (opened(first).getpixel((50, 10)), opened(first).getpixel((50, 40))) == (0, 255)
    assert opened(second).getpixel((20, 20)) == (0, 0, 255)


async def test_a_huge_page_is_drawn_smaller() -> None:
    (picture,) = await render_pages(make_pdf(size=(14_000, 14_000)), PDF, dpi=300)
    assert opened(picture).width < 4000


@pytest.mark.parametrize("document_format", [PDF, JPEG, PWG_RASTER, URF])
async def test_a_damaged_document_is_refused(document_format: str) -> None:
    with pytest.raises(Invalid):
        await render_pages(b"RaS2 nothing of this is true", document_format)


async def test_another_format_is_refused() -> None:
    with pytest.raises(Unsupported):
        await render_pages(b"hello", "text/plain")


async def test_it_does_not_take_longer_than_it_may() -> None:
    with pytest.raises(Busy):
        await render_pages(make_pdf(), PDF, seconds=0.01)
