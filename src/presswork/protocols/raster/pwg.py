"""PWG Raster (PWG 5102.4): a sync word, then for each page a header of 1796 octets and its lines."""

from __future__ import annotations

from collections.abc import Iterator

from presswork.core.errors import Invalid, Unsupported
from presswork.protocols.raster.page import Colour, PageHeader, RasterPage

SYNC = b"RaS2"
"""PWG 5102.4 §4.2: the octets a document begins with; CUPS Raster in other byte orders is another format."""
HEADER_SIZE = 1796

# PWG 5102.4 §4.3, offsets into the page header; all integers are big-endian.
_DUPLEX = 272
_RESOLUTION = 276
_COPIES = 340
_WIDTH = 372
_HEIGHT = 376
_BITS_PER_PIXEL = 388
_BYTES_PER_LINE = 392
_COLOR_ORDER = 396
_COLOR_SPACE = 400

_CHUNKED = 0
_COLOURS = {3: Colour.BLACK, 18: Colour.GRAY, 19: Colour.RGB, 20: Colour.RGB}
"""``cupsColorSpace``: Black, sGray, sRGB, AdobeRGB (PWG 5102.4 §4.3.4.2)."""


def read_pwg(data: bytes) -> Iterator[RasterPage]:
    """The pages of a document, found by walking them. Raises ``Invalid``, ``Unsupported``, ``TooLarge``."""
    if not data.startswith(SYNC):
        raise Invalid("This document is not PWG Raster.")
    view = memoryview(data)
    offset = len(SYNC)
    while offset < len(view):
        page = RasterPage(_header(view[offset : offset + HEADER_SIZE]), view, offset + HEADER_SIZE)
        yield page
        offset = page.find_end()


def _header(head: memoryview) -> PageHeader:
    if len(head) < HEADER_SIZE:
        raise Invalid("This raster document ends in the middle of a page's header.")
    colour = _COLOURS.get(_integer(head, _COLOR_SPACE))
    if colour is None or _integer(head, _COLOR_ORDER) != _CHUNKED:
        raise Unsupported("This raster document uses a colour space that is not read here.")
    return PageHeader(
        width=_integer(head, _WIDTH),
        height=_integer(head, _HEIGHT),
        bits_per_pixel=_integer(head, _BITS_PER_PIXEL),
        line_size=_integer(head, _BYTES_PER_LINE),
        colour=colour,
        resolution=(_integer(head, _RESOLUTION), _integer(head, _RESOLUTION + 4)),
        copies=_integer(head, _COPIES),
        two_sided=_integer(head, _DUPLEX) != 0,
    )


def _integer(head: memoryview, offset: int) -> int:
    return int.from_bytes(head[offset : offset + 4], "big")
