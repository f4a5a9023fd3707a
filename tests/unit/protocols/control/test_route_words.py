"""Routes in words."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from presswork.protocols.control.route import ALL_ROUTES, RouteReason
from presswork.protocols.control.route_words import MOST, REASONS, Without, explained, not_taken, values_of, would


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(get_args(RouteReason))


def test_the_page_about_routes_has_the_same_words() -> None:
    text = (Path(__file__).parents[4] / "docs" / "explanation" / "routes.md").read_text("utf-8")
    for reason, words in REASONS.items():
        assert f"| `{reason}` | {words} |" in text


def test_what_was_not_taken_comes_back_from_the_values() -> None:
    without = [Without("direct", "no-answer"), Without("relay", "refused", "the big one"), Without("cloud", "policy")]
    values = values_of("relay", "PC-7", [*without, Without("redirector", "not-needed")])
    assert (values["route"], values["computer"]) == ("relay", "PC-7")
    assert list(not_taken(values)) == without
    assert list(explained(values)) == [
        "Not directly: the printer does not answer there.",
        "Not through the big one: the job was not taken there.",
        "Not through the server: your organisation does not want that.",
    ]
    assert "route" not in values_of("", "", without)
    assert len(values_of("", "", without * 10)) == MOST


def test_what_nobody_knows_is_passed_over() -> None:
    """A newer agent may know routes and reasons that this server does not."""
    values = {"without_1": "by-pigeon tired", "without_2": "relay", "without_3": "relay no-answer {computer}"}
    assert list(not_taken(values)) == [Without("relay", "no-answer", "{computer}")]
    assert list(explained(values)) == ["Not through {computer}: the printer does not answer there."]


@pytest.mark.parametrize("kind", ALL_ROUTES)
def test_every_route_can_be_named(kind: str) -> None:
    assert would(kind, "PC-7")[0].isupper()
    assert would(kind, "").endswith(".")
