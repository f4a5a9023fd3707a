"""Routes explained to the person whose job it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from presswork.agent.route.explain import as_it_went, as_it_would_go
from presswork.protocols.control.route import RouteNotTaken
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.route import Attempt, Plan

AT = datetime(2026, 1, 1, tzinfo=UTC)


Entry = tuple[JobEvent, dict[str, str]]


def story(*entries: Entry) -> list[TimelineEntry]:
    return [
        TimelineEntry(sequence=number, at=AT, event=event, values={"printer": "Flur"} | values)
        for number, (event, values) in enumerate(entries, 1)
    ]


RELEASED: Entry = (JobEvent.RELEASED, {})
SENDING: Entry = (JobEvent.SENDING, {})


def test_a_plain_job_went_straight() -> None:
    told = as_it_went("Letter", story(RELEASED, SENDING, (JobEvent.PRINTED, {})))
    assert told is not None
    assert (told.sentence, told.routes, told.tried) == ("Goes straight to Flur.", (), True)


def test_what_the_timeline_says_is_said_with_all_routes() -> None:
    route = {"route": "relay", "computer": "PC-7", "without_1": "direct no-answer", "without_2": "cloud policy"}
    told = as_it_went("Letter", story(RELEASED, (JobEvent.UNREACHABLE, {}), (JobEvent.ROUTE, route), SENDING))
    assert told is not None
    assert told.sentence == "Goes to Flur through PC-7, because Flur does not answer directly."
    assert told.routes == (
        "Not directly: the printer does not answer there.",
        "Not through the server: your organisation does not want that.",
    )


@pytest.mark.parametrize("refused", [JobEvent.USER_NOT_TAKEN, JobEvent.FORMAT_NOT_TAKEN, JobEvent.QUEUE_REFUSED])
def test_who_was_refused_hears_that(refused: JobEvent) -> None:
    told = as_it_went("Letter", story(RELEASED, (refused, {"queue": "ledger", "computer": "NAS", "user": "ada"})))
    assert told is not None
    assert "takes no" in told.sentence or "does not take" in told.sentence


def test_what_was_before_the_last_release_is_over() -> None:
    assert as_it_went("Letter", story(RELEASED, SENDING, (JobEvent.NOT_PRINTED, {}), RELEASED)) is None
    assert as_it_went("Letter", story((JobEvent.HELD, {}))) is None


def test_what_would_be_tried_comes_in_its_order() -> None:
    not_taken = (
        RouteNotTaken(kind="redirector", reason="not-set-up"),
        RouteNotTaken(kind="relay", reason="not-needed"),
    )
    told = as_it_would_go("Letter", "Flur", Plan((Attempt("direct", 1.0),), ask=False, not_taken=not_taken))
    assert (told.sentence, told.routes, told.tried) == (
        "These routes to Flur would be tried, in this order:",
        ("Directly.", "Not through a print server: nobody set that up."),
        False,
    )
    assert as_it_would_go("Letter", "Flur", Plan((), ask=False, not_taken=())).sentence == (
        "There is no route to Flur now."
    )
