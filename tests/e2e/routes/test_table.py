"""The table of situations is what it says it is."""

from __future__ import annotations

from e2e.routes.situations import SITUATIONS


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(SITUATIONS) >= 34
    assert len({one.name for one in SITUATIONS}) == len(SITUATIONS)
