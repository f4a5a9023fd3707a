"""What kind of document it is, and how many pages it has."""

from __future__ import annotations

import re

from presswork.core.errors import Fault
from presswork.documents.sandbox import Document, Sandbox, ask

PDF = "application/pdf"
JPEG = "image/jpeg"
PWG_RASTER = "image/pwg-raster"
URF = "image/urf"
FORMATS = (PDF, JPEG, PWG_RASTER, URF)
"""The ``document-format`` values Presswork looks into."""
POSTSCRIPT = "application/postscript"
PCL = "application/vnd.hp-pcl"
PCL_XL = "application/vnd.hp-pclxl"
PASSED_ON = (POSTSCRIPT, PCL, PCL_XL)
"""Known by their first octets and passed on to printers that take them; nobody here looks into them."""
TEXT = "text/plain"
"""What line printers print; ``text.py`` makes pages of it."""

SNIFF_SIZE = 4096
"""How many first octets ``sniff`` looks at."""
_PDF_WITHIN = 1024
_MOST_PAGES = 2**31 - 1
"""More cannot be said of a job."""
_SIGNATURES = (
    (b"\xff\xd8\xff", JPEG),
    (b"RaS2", PWG_RASTER),
    (b"UNIRAST\0", URF),
    (b"%!", POSTSCRIPT),
    (b"\x04%!", POSTSCRIPT),  # as drivers of Windows begin it
    (b") HP-PCL XL;", PCL_XL),
    (b"( HP-PCL XL;", PCL_XL),
    (b"' HP-PCL XL;", PCL_XL),
)
_PJL = re.compile(rb"(?:\x1b%-12345X|@PJL[^\n]*\n)+")
_LANGUAGE = re.compile(rb"@PJL\s+ENTER\s+LANGUAGE\s*=\s*(\w+)", re.IGNORECASE)
_LANGUAGES = {"PCL": PCL, "PCLXL": PCL_XL, "POSTSCRIPT": POSTSCRIPT, "PDF": PDF}
_PCL = re.compile(rb"\x1b(?:E|9|=|[&()*%][a-z]?[-+]?[0-9]+(?:\.[0-9]+)?[@A-Za-z])")
LONGEST_ESCAPE = 32
"""Octets of one: where a document comes in pieces, so many may stand in the piece before."""
_TEXT = re.compile(rb"[\t\n\v\f\r\b\x1a\x1b\x20-\x7e\x80-\xff]+")
_OTHER_TEXT = re.compile(rb"\s*(?:\^XA|CT~~CD|~(?:CC|CD|CT|DG|JA|SD)|N\r?\nq[0-9]|\{\\rtf)")
"""Looks like text, but a person would not know it again: labels (ZPL, EPL), rich text."""


def sniff(first_octets: bytes, *, language: str = "") -> str | None:
    """The format the first ``SNIFF_SIZE`` octets show, or None. Where PJL stands before the document, what stands behind it.

    A PDF may begin a little later (ISO 32000-1 Annex H.3.4.1). ``language``: as PJL named it; it decides only where the
    document itself does not.
    """
    wrapped = _PJL.match(first_octets)
    octets = first_octets[wrapped.end() :] if wrapped else first_octets
    for signature, document_format in _SIGNATURES:
        if octets.startswith(signature):
            return document_format
    if b"%PDF-" in octets[:_PDF_WITHIN]:
        return PDF
    if wrapped and (named := _LANGUAGE.search(wrapped[0])):
        language = named[1].decode("ascii", "replace")
    return _by_escapes(octets, language)


def _by_escapes(octets: bytes, language: str) -> str | None:
    """PCL has no head; it is text with escapes among it, and may have pictures between them."""
    if _PCL.match(octets.lstrip(b"\0\r\n\f ")):
        return PCL
    named = _LANGUAGES.get(language.upper())
    if named in PASSED_ON and octets:
        return named
    if not _TEXT.fullmatch(octets) or _OTHER_TEXT.match(octets):
        return None
    if b"\x1b" in octets:
        return PCL if has_pcl(octets) else None
    return TEXT


def has_pcl(octets: bytes) -> bool:
    """Whether an escape of PCL 5 stands in it, such as text for its printers has."""
    return _PCL.search(octets) is not None


async def count_pages(
    document: Document, document_format: str, *, seconds: float = 20, sandbox: Sandbox | None = None
) -> int | None:
    """How many pages the document has; None where nobody can say: locked, damaged, of another format, or too slow.

    The document is read in a throw-away process. ``seconds`` bounds the whole call. Who reads more than one gives a
    ``sandbox``, in which each takes milliseconds.
    """
    if document_format not in FORMATS:
        return None
    try:
        head, _ = await ask(sandbox, "count", document, document_format, seconds=seconds)
    except Fault:
        return None
    pages = head.get("pages")
    return pages if isinstance(pages, int) and 0 <= pages <= _MOST_PAGES else None
