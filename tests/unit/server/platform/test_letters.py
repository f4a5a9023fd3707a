"""Short codes for people."""

from __future__ import annotations

from presswork.core.clock import system_randomness
from presswork.server.platform.letters import LETTERS, draw_letters, only_letters


def test_each_letter_is_as_likely_as_any_other() -> None:
    drawn = [bytes([0, 240, 255, 1]), bytes([239, 2, 3, 4])]
    assert draw_letters(lambda count: drawn.pop(0), 4) == "BCZD"
    assert set(draw_letters(system_randomness, 2000)) == set(LETTERS)


def test_what_a_person_types_is_read_as_it_was_drawn() -> None:
    assert only_letters(" bc-dF1a ", 8) == "BCDF"
    assert only_letters("BCDFG", 3) == "BCD"
    assert only_letters("", 3) == ""
