"""What the throw-away process does: ``confine`` itself, then ``answer`` the one question about one document.

In: one line of JSON, then the document until the end of standard input. Out: frames, each four octets of length and
its octets: first a JSON object (``pages``, or ``fault`` and ``sentence``), then one frame a picture (PNG), or a PDF.

Before it reads the first octet it gives everything up: no further file, socket or process (limits of 0), bounded
memory and processor time, another user where it is root, no capability where it is not. The network was taken from it
before it was born (``nursery.py``).
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import resource
import sys
from collections.abc import Iterator

import PIL.Image
import PIL.JpegImagePlugin
import PIL.PngImagePlugin
import pypdfium2  # type: ignore[import-untyped]

from presswork.core.errors import Fault, Invalid, TooLarge, Unsupported
from presswork.documents.text import Paper, lay_out
from presswork.protocols.raster import Colour, RasterPage, read_pwg, read_urf

_DOCUMENT_LIMIT = 256 * 1024 * 1024
_MEMORY = 2 * 1024**3
_PROCESSOR_SECONDS = 60
_REQUEST_LIMIT = 4096
_NOBODY = 65534
_PIXEL_LIMIT = 12_000_000
"""Most pixels in one picture: a larger page is drawn smaller."""
_IMAGE_LIMIT = 100_000_000
"""Most pixels of a photograph that is opened at all."""
_FALLBACK_DPI = 300

# Linux: <linux/prctl.h>, <linux/capability.h>
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522


def prepare() -> None:
    """Load what a confined process could not; once, in the process that bears it."""
    PIL.Image.MAX_IMAGE_PIXELS = _IMAGE_LIMIT
    PIL.Image.preinit()
    "".encode("cp1252")


def answer() -> None:
    """Answer the one question on standard input."""
    try:
        frames = list(_answer())
    except Fault as fault:
        frames = [json.dumps({"fault": fault.code, "sentence": fault.sentence}).encode()]
    except (MemoryError, PIL.Image.DecompressionBombError):
        frames = [json.dumps({"fault": TooLarge.code, "sentence": "This document is too large to be shown."}).encode()]
    except (pypdfium2.PdfiumError, OSError, ValueError, SyntaxError):
        sentence = "This document is damaged, or locked with a password."
        frames = [json.dumps({"fault": Invalid.code, "sentence": sentence}).encode()]
    for frame in frames:
        sys.stdout.buffer.write(len(frame).to_bytes(4, "big") + frame)
    sys.stdout.buffer.flush()


def confine() -> None:
    """Give up everything but standard input and output; what is needed is already loaded."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, _PROCESSOR_SECONDS),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(limit, (value, value))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    library = ctypes.CDLL(None)
    library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    # who got a user namespace of its own has all of them there
    library.capset((ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)())
    library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _answer() -> Iterator[bytes]:
    request = json.loads(sys.stdin.buffer.readline(_REQUEST_LIMIT))
    document = sys.stdin.buffer.read(_DOCUMENT_LIMIT + 1)
    if len(document) > _DOCUMENT_LIMIT:
        raise TooLarge("This document is too large to be looked into.")
    if request["verb"] == "count":
        yield json.dumps({"pages": _count(document, request["format"])}).encode()
    elif request["verb"] == "lay-out":
        yield b"{}"
        yield lay_out(document, Paper(request["width"], request["height"]))
    else:
        yield b"{}"
        yield from _pictures(document, request["format"], request["dpi"], request["max_pages"])


def _count(document: bytes, document_format: str) -> int:
    if document_format == "application/pdf":
        return len(pypdfium2.PdfDocument(document))
    if document_format == "image/jpeg":
        return 1
    count = 0
    for page in _raster_pages(document, document_format):
        page.find_end()
        count += 1
    return count


def _pictures(document: bytes, document_format: str, dpi: int, max_pages: int) -> Iterator[bytes]:
    if document_format == "application/pdf":
        pdf = pypdfium2.PdfDocument(document)
        for index in range(min(len(pdf), max_pages)):
            yield _pdf_page(pdf[index], dpi)
    elif document_format == "image/jpeg":
        with PIL.Image.open(io.BytesIO(document), formats=["JPEG"]) as image:
            yield _png(image.convert("RGB"), _FALLBACK_DPI, dpi)
    else:
        for index, page in enumerate(_raster_pages(document, document_format)):
            if index == max_pages:
                return
            yield _png(_raster_image(page), page.header.resolution[0] or _FALLBACK_DPI, dpi)


def _pdf_page(page: pypdfium2.PdfPage, dpi: int) -> bytes:
    width, height = page.get_size()
    scale = dpi / 72
    pixels = width * height * scale * scale
    if pixels > _PIXEL_LIMIT:
        scale *= (_PIXEL_LIMIT / pixels) ** 0.5
    return _encode(page.render(scale=scale).to_pil())


def _raster_pages(document: bytes, document_format: str) -> Iterator[RasterPage]:
    readers = {"image/pwg-raster": read_pwg, "image/urf": read_urf}
    if document_format not in readers:
        raise Unsupported("Documents of this kind cannot be shown as pictures.")
    return readers[document_format](document)


def _raster_image(page: RasterPage) -> PIL.Image.Image:
    header = page.header
    size = (header.width, header.height)
    if header.colour is Colour.RGB:
        return PIL.Image.frombytes("RGB", size, page.pixels())
    if header.bits_per_pixel == 1:
        return PIL.Image.frombytes("1", size, page.pixels(), "raw", "1;I").convert("L")
    mode = "L;I" if header.colour is Colour.BLACK else "L"
    return PIL.Image.frombytes("L", size, page.pixels(), "raw", mode)


def _png(image: PIL.Image.Image, from_dpi: int, to_dpi: int) -> bytes:
    factor = min(1.0, to_dpi / from_dpi, (_PIXEL_LIMIT / (image.width * image.height)) ** 0.5)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return _encode(image.resize(size, PIL.Image.Resampling.BOX) if size != image.size else image)


def _encode(image: PIL.Image.Image) -> bytes:
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()
