"""Text becomes a PDF in the throw-away process."""

from __future__ import annotations

import pytest

from presswork.core.errors import Unsupported
from presswork.documents.convert import pages_of_text
from presswork.documents.inspect import PDF, count_pages, sniff
from presswork.documents.text import Paper

A4 = Paper(21000, 29700)


async def test_it_is_laid_out_in_the_throw_away_process() -> None:
    pdf = await pages_of_text(b"one\ftwo caf\xe9", A4)
    assert sniff(pdf) == PDF
    assert await count_pages(pdf, PDF) == 2
    with pytest.raises(Unsupported, match="Have it sent as PDF"):
        await pages_of_text("Привет".encode(), A4)
