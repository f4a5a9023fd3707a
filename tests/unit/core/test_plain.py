"""Text of others, shown."""

from __future__ import annotations

import pytest

from presswork.core.plain import plain


@pytest.mark.parametrize("text", ["", "Ärger mit 文書.pdf", "a  b", r"back\slash"])
def test_what_can_be_shown_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "character", ["\x1b", "\x00", "\n", "\r", "\t", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066", "\ud800"]
)
def test_what_steers_is_written_out(character: str) -> None:
    shown = plain(f"a{character}[2Jb")
    assert shown.isprintable()
    assert shown.startswith("a\\")
    assert shown.endswith("[2Jb")


def test_what_is_kept() -> None:
    assert plain("a\nb\x1b", keep="\n") == "a\nb\\x1b"
