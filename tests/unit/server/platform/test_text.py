"""Single lines."""

from __future__ import annotations

import pytest

from presswork.core.errors import Invalid
from presswork.server.platform.text import one_line


def test_a_line_is_trimmed() -> None:
    assert one_line("  Küche, 2. Stock ", field="location", limit=50) == "Küche, 2. Stock"


def test_nothing_is_a_line_only_where_it_may_be() -> None:
    assert one_line(" ", field="location", limit=5, empty=True) == ""
    with pytest.raises(Invalid) as refused:
        one_line(" ", field="name", limit=5)
    assert refused.value.details == {"field": "name"}


@pytest.mark.parametrize("bad", ["a\nb", "a\x00b", "a\x1bb", "a\x85b", "a\u2028b", "a\u202eb", "a\u2066b"])
def test_what_cannot_be_shown_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        one_line(bad, field="name", limit=50)


def test_too_long_is_refused() -> None:
    assert one_line("x" * 10, field="name", limit=10) == "x" * 10
    with pytest.raises(Invalid):
        one_line("x" * 11, field="name", limit=10)
