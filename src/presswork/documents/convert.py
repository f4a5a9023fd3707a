"""A document of a kind that printers do not take, made into one they do."""

from __future__ import annotations

from typing import Final

from presswork.core.errors import Invalid, TooLarge
from presswork.documents.inspect import TEXT
from presswork.documents.sandbox import Sandbox, ask
from presswork.documents.text import Paper

TEXT_LIMIT: Final = 32 * 1024 * 1024
"""Octets of a text that is made into pages."""


async def pages_of_text(text: bytes, paper: Paper, *, seconds: float = 60, sandbox: Sandbox | None = None) -> bytes:
    """The text as a PDF (``text.lay_out``), made in a throw-away process.

    Raises ``TooLarge``, ``Invalid`` where there is nothing in it, ``Unsupported`` where it is no text, or one of letters
    that are not Western European; ``Busy`` when it takes longer than ``seconds``.
    """
    if len(text) > TEXT_LIMIT:
        raise TooLarge("Plain text of this length is not printed. Have it sent in parts, or as PDF.")
    numbers = {"width": paper.width, "height": paper.height}
    _, frames = await ask(sandbox, "lay-out", text, TEXT, seconds=seconds, **numbers)
    if len(frames) != 1 or not frames[0].startswith(b"%PDF-"):
        raise Invalid("This text could not be made into pages. Have it sent as PDF.")
    return frames[0]
