"""A document of a kind that printers do not take, made into one they do."""

from __future__ import annotations

from presswork.core.errors import Invalid
from presswork.documents.inspect import TEXT
from presswork.documents.sandbox import Document, Sandbox, ask
from presswork.documents.text import Paper


async def pages_of_text(text: Document, paper: Paper, *, seconds: float = 60, sandbox: Sandbox | None = None) -> bytes:
    """The text as a PDF (``text.lay_out``), made in a throw-away process.

    Raises ``TooLarge``, ``Invalid`` where there is nothing in it, ``Unsupported`` where it is no text, or one of letters
    that are not Western European; ``Busy`` when it takes longer than ``seconds``.
    """
    numbers = {"width": paper.width, "height": paper.height}
    _, frames = await ask(sandbox, "lay-out", text, TEXT, seconds=seconds, **numbers)
    if len(frames) != 1 or not frames[0].startswith(b"%PDF-"):
        raise Invalid("This text could not be made into pages. Have it sent as PDF.")
    return frames[0]
