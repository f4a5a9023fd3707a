"""The run-length coding of lines that PWG Raster (PWG 5102.4 §4.4) and URF share.

A line begins with an octet that says how often it is repeated. Then come runs until the line is full: 0-127, one
pixel, repeated once more than the number; 129-255, as many pixels as 257 less the number, as they are; 128, nothing:
the rest of the line stays blank.
"""

from __future__ import annotations

from collections.abc import Iterator

from presswork.core.errors import Invalid

_BLANK = 128


def read_lines(
    data: memoryview, start: int, *, height: int, line_size: int, unit: int, blank: int
) -> Iterator[tuple[int, bytes, int]]:
    """The lines of one page as (offset behind it, octets, how many lines they are), ``height`` in all.

    ``unit`` is the octets of a run's pixel, ``blank`` the octet of unprinted paper. Raises ``Invalid`` where the data
    ends early, a run passes the end of its line, or the last repeat passes the end of the page.
    """
    done = 0
    offset = start
    while done < height:
        repeat = _octet(data, offset) + 1
        if done + repeat > height:
            raise Invalid("This raster document is damaged: a page has more lines than it says.")
        line, offset = _line(data, offset + 1, line_size, unit, blank)
        done += repeat
        yield offset, line, repeat


def _line(data: memoryview, offset: int, line_size: int, unit: int, blank: int) -> tuple[bytes, int]:
    line = bytearray()
    while len(line) < line_size:
        code = _octet(data, offset)
        offset += 1
        if code == _BLANK:
            line += bytes((blank,)) * (line_size - len(line))
            break
        if code < _BLANK:
            pixel = bytes(data[offset : offset + unit])
            line += pixel * (code + 1)
            offset += unit
        else:
            length = (257 - code) * unit
            line += data[offset : offset + length]
            offset += length
    if len(line) != line_size or offset > len(data):
        raise Invalid("This raster document is damaged: a run passes the end of its line.")
    return bytes(line), offset


def _octet(data: memoryview, offset: int) -> int:
    if offset >= len(data):
        raise Invalid("This raster document ends in the middle of a page.")
    return data[offset]
