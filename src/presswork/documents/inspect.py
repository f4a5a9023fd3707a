"""What kind of document it is, and how many pages it has."""

from __future__ import annotations

from presswork.core.errors import Fault
from presswork.documents.sandbox import Document, Sandbox, ask

PDF = "application/pdf"
JPEG = "image/jpeg"
PWG_RASTER = "image/pwg-raster"
URF = "image/urf"
FORMATS = (PDF, JPEG, PWG_RASTER, URF)
"""The ``document-format`` values Presswork looks into."""
POSTSCRIPT = "application/postscript"
"""Known by its first octets and passed on to printers that take it; nobody here looks into it."""

SNIFF_SIZE = 1024
"""How many first octets ``sniff`` looks at."""
_SIGNATURES = ((b"\xff\xd8\xff", JPEG), (b"RaS2", PWG_RASTER), (b"UNIRAST\0", URF), (b"%!", POSTSCRIPT))


def sniff(first_octets: bytes) -> str | None:
    """The format the first ``SNIFF_SIZE`` octets show, or None. A PDF may begin a little later (ISO 32000-1 Annex H.3.4.1)."""
    for signature, document_format in _SIGNATURES:
        if first_octets.startswith(signature):
            return document_format
    return PDF if b"%PDF-" in first_octets[:SNIFF_SIZE] else None


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
    return pages if isinstance(pages, int) and pages >= 0 else None
