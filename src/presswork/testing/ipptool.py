"""Debian's ``ipptool`` and its suites (package ``cups-ipp-utils``), with sample documents of our own.

Debian ships the suites without the documents they print, and ipptool stops at the first it cannot read: ``suites``
copies the folder and makes them all.
"""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import struct
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from presswork.testing.pdf import make_pdf

_SUITES = Path("/usr/share/cups/ipptool")
_LETTER = (612, 792)
_POSTSCRIPT = b"%!PS-Adobe-3.0\n%%Pages: 1\n%%Page: 1 1\nshowpage\n%%EOF\n"
_RESULT = re.compile(r"^    (.*?) +\[(PASS|FAIL|SKIP)\]$", re.MULTILINE)
_SAMPLE = re.compile(r"pwg-raster-samples-\S+/([a-z]+-\d+)/\S+-(\d+)dpi\.pwg")
_INCHES = {"4x6": (4.0, 6.0), "letter": (8.5, 11.0), "a4": (210 / 25.4, 297 / 25.4)}
_TYPES = {
    "black-1": (3, 1, 1),
    "sgray-8": (18, 1, 8),
    "srgb-8": (19, 3, 8),
    "cmyk-8": (6, 4, 8),
    "srgb-16": (19, 3, 16),
}
"""Colour space, colours a pixel, bits a colour (PWG 5102.4 §4.3.2)."""
_VERSIONS = {"ipp-1.1": "1.1", "ipp-2.0": "2.0", "ipp-2.1": "2.1", "ipp-2.2": "2.2", "ipp-everywhere": "2.0"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counted lines of a run, those of included suites among them."""

    passed: int
    failed: tuple[str, ...]
    skipped: int
    output: str

    def __str__(self) -> str:
        return f"{self.passed} passed, {len(self.failed)} failed, {self.skipped} skipped"


def available() -> bool:
    """Whether ipptool and its suites are installed."""
    return shutil.which("ipptool") is not None and (_SUITES / "ipp-everywhere.test").is_file()


def suites(directory: Path) -> Path:
    """A folder with the suites and every document they name."""
    folder = directory / "ipptool"
    shutil.copytree(_SUITES, folder)
    for name, document in _documents().items():
        (folder / name).write_bytes(document)
    for found in _SAMPLE.finditer((folder / "ipp-everywhere.test").read_text()):
        path = folder / found[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            size = next(inches for paper, inches in _INCHES.items() if paper in path.name)
            pages = 2 if path.name.startswith("document") else 1
            path.write_bytes(pwg_raster(size, int(found[2]), found[1], pages))
    return folder


async def run_suite(folder: Path, suite: str, uri: str, *, document: str = "document-letter.pdf") -> Outcome:
    """Run ``ipp-1.1``, ``ipp-2.0``, ``ipp-2.1``, ``ipp-2.2`` or ``ipp-everywhere`` against a printer, as any user may."""
    arguments = ["-V", _VERSIONS[suite], "-T", "30", "-tI", "-f", document, uri, f"{suite}.test"]
    process = await asyncio.create_subprocess_exec("ipptool", *arguments, cwd=folder, stdin=DEVNULL, stdout=PIPE)
    try:
        output = (await process.communicate())[0].decode("utf-8", "replace")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    results = _RESULT.findall(output)
    return Outcome(
        passed=sum(result == "PASS" for _, result in results),
        failed=tuple(name for name, result in results if result == "FAIL"),
        skipped=sum(result == "SKIP" for _, result in results),
        output=output,
    )


def pwg_raster(inches: tuple[float, float], dpi: int, kind: str, pages: int) -> bytes:
    """A PWG Raster document of blank pages with one band (PWG 5102.4)."""
    space, colors, bits = _TYPES[kind]
    width, height = round(inches[0] * dpi), round(inches[1] * dpi)
    line = (width * colors * bits + 7) // 8
    header = bytearray(1796)
    header[:9] = b"PwgRaster"
    for offset, value in {
        276: dpi,
        280: dpi,
        340: 1,
        352: round(inches[0] * 72),
        356: round(inches[1] * 72),
        372: width,
        376: height,
        384: bits,
        388: bits * colors,
        392: line,
        400: space,
        420: colors,
        452: pages,
    }.items():
        struct.pack_into(">I", header, offset, value)
    unit = max(1, colors * bits // 8)
    paper, ink = (b"\0", b"\xff") if space in (3, 6) else (b"\xff", b"\0")
    top = height // 4
    body = _band(top, line // unit, paper * unit) + _band(dpi, line // unit, ink * unit)
    body += _band(height - top - dpi, line // unit, paper * unit)
    return b"RaS2" + (bytes(header) + body) * pages


def _band(lines: int, units: int, pixel: bytes) -> bytes:
    """So many equal lines of one colour, run-length coded (PWG 5102.4 §4.4)."""
    row = b"".join(bytes((min(128, units - start) - 1,)) + pixel for start in range(0, units, 128))
    return b"".join(bytes((min(256, lines - start) - 1,)) + row for start in range(0, lines, 256))


def _documents() -> dict[str, bytes]:
    documents = {
        "color.jpg": _jpeg("RGB", (30, 90, 220)),
        "gray.jpg": _jpeg("L", 120),
        "document-a4.ps": _POSTSCRIPT,
        "document-letter.ps": _POSTSCRIPT,
    }
    for paper, size in {"a4": (595, 842), "letter": _LETTER}.items():
        documents[f"document-{paper}.pdf"] = make_pdf(2, paper, size=size)
        documents[f"onepage-{paper}.pdf"] = make_pdf(1, paper, size=size)
    return documents


def _jpeg(mode: str, color: int | tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (600, 400), color).save(file, "JPEG")
    return file.getvalue()
