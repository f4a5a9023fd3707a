"""Raster documents written by libcups, the reference writer: what a reader of ours is compared with.

``available()`` says whether libcups is on this machine (Debian: ``libcups2``).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

_WRITE_PWG = 3
_WRITE_APPLE = 4
_HEADER_SIZE = 1796
_SGRAY = 18
_SRGB = 19


@dataclass(frozen=True, slots=True)
class Picture:
    """A page: one octet a pixel in gray, three in colour."""

    width: int
    height: int
    pixels: bytes
    colour: bool = False
    two_sided: bool = False
    resolution: int = 100


def pwg(pages: Sequence[Picture]) -> bytes:
    """A PWG Raster document (PWG 5102.4)."""
    return _write(_WRITE_PWG, pages)


def urf(pages: Sequence[Picture]) -> bytes:
    """A URF document."""
    return _write(_WRITE_APPLE, pages)


def available() -> bool:
    """Whether libcups can be loaded here."""
    return ctypes.util.find_library("cups") is not None


def _write(mode: int, pages: Sequence[Picture]) -> bytes:
    library = _library()
    with tempfile.TemporaryFile() as file:
        raster = library.cupsRasterOpen(file.fileno(), mode)
        for page in pages:
            header = ctypes.create_string_buffer(_header(page, len(pages)), _HEADER_SIZE)
            if not library.cupsRasterWriteHeader2(raster, header):
                msg = "libcups refused the page header"
                raise ValueError(msg)
            written = library.cupsRasterWritePixels(raster, page.pixels, len(page.pixels))
            if written != len(page.pixels):
                msg = "libcups refused the pixels"
                raise ValueError(msg)
        library.cupsRasterClose(raster)
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        return file.read()


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(ctypes.util.find_library("cups"))
    library.cupsRasterOpen.restype = ctypes.c_void_p
    library.cupsRasterOpen.argtypes = [ctypes.c_int, ctypes.c_int]
    library.cupsRasterWriteHeader2.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library.cupsRasterWritePixels.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint]
    library.cupsRasterClose.argtypes = [ctypes.c_void_p]
    return library


def _header(page: Picture, total: int) -> bytes:
    """``cups_page_header2_t`` in this machine's byte order."""
    octets = 3 if page.colour else 1
    header = bytearray(_HEADER_SIZE)
    header[:9] = b"PwgRaster"
    points = (page.width * 72 // page.resolution, page.height * 72 // page.resolution)
    for offset, value in {
        272: int(page.two_sided),
        276: page.resolution,
        280: page.resolution,
        340: 1,
        352: points[0],
        356: points[1],
        372: page.width,
        376: page.height,
        384: 8,
        388: 8 * octets,
        392: page.width * octets,
        400: _SRGB if page.colour else _SGRAY,
        420: octets,
        452: total,
    }.items():
        struct.pack_into("=I", header, offset, value)
    return bytes(header)
