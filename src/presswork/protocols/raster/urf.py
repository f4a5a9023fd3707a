"""URF, the raster of AirPrint: a magic word and a count of pages, then for each page 32 octets of header and its lines.

Apple publishes no specification; this follows what CUPS writes (``CUPS_RASTER_WRITE_APPLE``), which tests compare with.
"""

from __future__ import annotations

from collections.abc import Iterator

from presswork.core.errors import Invalid, Unsupported
from presswork.protocols.raster.page import Colour, PageHeader, RasterPage

SYNC = b"UNIRAST\0"
_FILE_HEADER_SIZE = 12
_HEADER_SIZE = 32
_ONE_SIDED = (0, 1)
_COLOURS = {0: Colour.GRAY, 1: Colour.RGB, 3: Colour.RGB, 4: Colour.GRAY, 5: Colour.RGB}
"""sGray, sRGB, AdobeRGB, device gray, device RGB."""


def read_urf(data: bytes) -> Iterator[RasterPage]:
    """The pages of a document, found by walking them. Raises ``Invalid``, ``Unsupported``, ``TooLarge``."""
    if not data.startswith(SYNC) or len(data) < _FILE_HEADER_SIZE:
        raise Invalid("This document is not URF.")
    view = memoryview(data)
    offset = _FILE_HEADER_SIZE
    while offset < len(view):
        page = RasterPage(_header(view[offset : offset + _HEADER_SIZE]), view, offset + _HEADER_SIZE)
        yield page
        offset = page.find_end()


def _header(head: memoryview) -> PageHeader:
    if len(head) < _HEADER_SIZE:
        raise Invalid("This raster document ends in the middle of a page's header.")
    bits, space, duplex, copies = head[0], head[1], head[2], head[7]
    colour = _COLOURS.get(space)
    if colour is None:
        raise Unsupported("This raster document uses a colour space that is not read here.")
    width = int.from_bytes(head[12:16], "big")
    resolution = int.from_bytes(head[20:24], "big")
    return PageHeader(
        width=width,
        height=int.from_bytes(head[16:20], "big"),
        bits_per_pixel=bits,
        line_size=(width * bits + 7) // 8,
        colour=colour,
        resolution=(resolution, resolution),
        copies=copies,
        two_sided=duplex not in _ONE_SIDED,
    )
