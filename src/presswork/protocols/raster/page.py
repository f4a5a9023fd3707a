"""A page of a raster document: its header, and its pixels when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from presswork.core.errors import TooLarge, Unsupported
from presswork.protocols.raster.lines import read_lines

PAGE_LIMIT = 256 * 1024 * 1024
"""Most octets of pixels in one page: A4 in colour at 900 dpi."""
_SIDE_LIMIT = 100_000


class Colour(Enum):
    """How a pixel is to be understood."""

    GRAY = "gray"
    """0 is black, the highest value white (``sgray``)."""
    BLACK = "black"
    """0 is white, the highest value black."""
    RGB = "rgb"
    """Three octets, red, green, blue (``srgb``, ``adobe-rgb``)."""


@dataclass(frozen=True, slots=True)
class PageHeader:
    """What a page says of itself."""

    width: int
    """Pixels."""
    height: int
    """Lines."""
    bits_per_pixel: int
    line_size: int
    """Octets of one line."""
    colour: Colour
    resolution: tuple[int, int]
    """Dots an inch, across and along the feed; 0 where it is not said."""
    copies: int
    """0 where it is not said."""
    two_sided: bool

    def check(self) -> None:
        """Refuse what no honest page is: ``Unsupported`` for a colour we do not read, ``TooLarge`` above the limits."""
        depths = {Colour.GRAY: (8,), Colour.BLACK: (1, 8), Colour.RGB: (24,)}
        if self.bits_per_pixel not in depths[self.colour]:
            raise Unsupported(f"Raster pages of {self.bits_per_pixel} bits a pixel are not read here.")
        if not (0 < self.width <= _SIDE_LIMIT and 0 < self.height <= _SIDE_LIMIT):
            raise TooLarge("A raster page has no size, or is larger than any paper.")
        if self.line_size != (self.width * self.bits_per_pixel + 7) // 8:
            raise Unsupported("A raster page says that its lines are longer or shorter than its width.")
        if self.line_size * self.height > PAGE_LIMIT:
            raise TooLarge("A raster page is larger than can be read here.")


class RasterPage:
    """One page in the octets of its document. Its end is found by walking its lines."""

    def __init__(self, header: PageHeader, data: memoryview, start: int) -> None:
        header.check()
        self.header = header
        self._data = data
        self._start = start
        self._end: int | None = None

    def find_end(self) -> int:
        """The offset behind the page. Raises ``Invalid`` when it is damaged."""
        if self._end is None:
            self._end = max(end for end, _, _ in self._lines())
        return self._end

    def pixels(self) -> bytes:
        """All lines, one after the other. Raises ``Invalid`` when the page is damaged."""
        pixels = bytearray()
        end = self._start
        for end, line, repeat in self._lines():  # noqa: B007  (the last one is where the page ends)
            pixels += line * repeat
        self._end = end
        return bytes(pixels)

    def _lines(self) -> Iterator[tuple[int, bytes, int]]:
        header = self.header
        return read_lines(
            self._data,
            self._start,
            height=header.height,
            line_size=header.line_size,
            unit=max(1, header.bits_per_pixel // 8),
            blank=0x00 if header.colour is Colour.BLACK else 0xFF,
        )
