from __future__ import annotations

import pypdfium2
import pytest

from presswork.testing.pdf import make_pdf


@pytest.mark.parametrize("pages", [1, 2, 7])
def test_another_reader_finds_the_text_on_each_page(pages: int) -> None:
    document = pypdfium2.PdfDocument(make_pdf(pages, "A (small) test"))
    try:
        texts = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    assert texts == [f"A (small) test - page {number} of {pages}" for number in range(1, pages + 1)]
