"""Pictures of a document's pages."""

from __future__ import annotations

from presswork.core.errors import Invalid, Unsupported
from presswork.documents.inspect import FORMATS
from presswork.documents.sandbox import Document, Sandbox, ask

_PNG = b"\x89PNG\r\n\x1a\n"


async def render_pages(
    document: Document,
    document_format: str,
    *,
    dpi: int = 50,
    max_pages: int = 20,
    seconds: float = 60,
    sandbox: Sandbox | None = None,
) -> list[bytes]:
    """The first ``max_pages`` pages as PNG files, ``dpi`` dots an inch; a very large page gets fewer.

    The document is read in a throw-away process. Raises ``Unsupported`` for a format we do not draw, ``Invalid`` for
    a damaged or locked document, ``TooLarge``, or ``Busy`` when it takes longer than ``seconds``. Who draws more than
    one gives a ``sandbox``, in which the process starts sooner.
    """
    if document_format not in FORMATS:
        raise Unsupported("Documents of this kind cannot be shown as pictures.")
    _, pictures = await ask(sandbox, "render", document, document_format, seconds=seconds, dpi=dpi, max_pages=max_pages)
    if not all(picture.startswith(_PNG) for picture in pictures) or len(pictures) > max_pages:
        raise Invalid("This document could not be drawn.")
    return pictures
