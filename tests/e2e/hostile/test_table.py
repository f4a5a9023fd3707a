"""The table of the package is true: every test it names is there, and every test of the package is named."""

from __future__ import annotations

import re
from pathlib import Path

import e2e.hostile


def test_the_table_names_the_tests_there_are() -> None:
    assert e2e.hostile.__doc__ is not None
    named = set(re.findall(r"`(test_\w+)`", e2e.hostile.__doc__))
    there = {
        name
        for path in Path(__file__).parent.glob("test_*.py")
        if path != Path(__file__)
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    assert named == there
