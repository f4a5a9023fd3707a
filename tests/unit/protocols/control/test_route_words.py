"""Routes in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from presswork.protocols.control.route import ALL_ROUTES, RouteReason
from presswork.protocols.control.route_words import (
    MOST,
    REASONS,
    Without,
    explained,
    not_taken,
    notes,
    values_of,
    would,
)
from presswork.protocols.control.timeline import JobEvent, TimelineEntry


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


def test_who_waits_reads_everything_that_keeps_the_job_who_prints_only_what_went_wrong() -> None:
    without = [
        Without("direct", "no-answer"),
        Without("relay", "policy"),
        Without("redirector", "not-set-up"),
        Without("cloud", "not-needed"),
    ]
    waits = TimelineEntry(
        sequence=1,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        event=JobEvent.UNREACHABLE,
        values={"printer": "Flur", **values_of("", "", without)},
    )
    assert waits.sentence() == (
        "Flur does not answer. Nothing was sent; trying again by itself. "
        "Not through another computer: your organisation does not want that. "
        "Not through a print server: nobody set that up."
    )
    assert all(line in waits.sentence() for line in explained(waits.values) if "directly" not in line)
    assert list(notes(values_of("cloud", "PC-7", without))) == []
    assert list(notes(values_of("", "", [Without("direct", "policy")]))) == [
        "Not directly: your organisation does not want that."
    ]


def test_a_reason_that_several_routes_have_is_said_once() -> None:
    without = [
        Without("relay", "policy"),
        Without("redirector", "policy"),
        Without("cloud", "policy"),
        Without("relay", "busy", "PC-7"),
        Without("relay", "busy", "PC-8"),
    ]
    assert list(notes(values_of("", "", without))) == [
        "Not through another computer, through a print server or through the server: your organisation does not want that.",
        "Not through PC-7: it carries as much as it can.",
        "Not through PC-8: it carries as much as it can.",
    ]


def test_what_nobody_knows_is_passed_over() -> None:
    """A newer agent may know routes and reasons that this server does not."""
    values = {"without_1": "by-pigeon tired", "without_2": "relay", "without_3": "relay no-answer {computer}"}
    assert list(not_taken(values)) == [Without("relay", "no-answer", "{computer}")]
    assert list(explained(values)) == ["Not through {computer}: the printer does not answer there."]


@pytest.mark.parametrize("kind", ALL_ROUTES)
def test_every_route_can_be_named(kind: str) -> None:
    assert would(kind, "PC-7")[0].isupper()
    assert would(kind, "").endswith(".")
