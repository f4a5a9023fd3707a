"""The table of situations is what it says it is."""

from __future__ import annotations

from e2e.routes.page import PAGE, page
from e2e.routes.rows import SHOWN
from e2e.routes.situations import SITUATIONS


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(SITUATIONS) >= 34
    assert len({one.name for one in SITUATIONS}) == len(SITUATIONS)


def test_every_row_is_shown_or_says_why_not() -> None:
    shown = {one.name for one in SITUATIONS if not one.not_shown}
    assert shown == SHOWN.keys()
    assert len(shown) >= 30


def test_the_page_is_written_from_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
