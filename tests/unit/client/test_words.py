"""Jobs in plain words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest

from presswork.client.words import age_of, moment, short_id, size_of, state_of
from presswork.protocols.control.client import JobView
from presswork.protocols.control.words import JobReport, Outcome, StateKeyword

NOW = datetime(2030, 1, 2, 12, 0, tzinfo=UTC)
REPORT = JobReport(
    job_id=UUID("01970000-0000-7000-8000-0000deadbeef"),
    version=1,
    queue_id=UUID(int=1),
    account="ada",
    owner_proof="peer",
    user_id=UUID(int=2),
    name="Letter",
    document_format="application/pdf",
    size=5,
    state="pending-held",
    document_kept=True,
    created_at=NOW,
)


def _view(printer: object = "Lobby", **fields: object) -> JobView:
    return JobView(job=REPORT.model_copy(update=fields), queue="office", printer=str(printer))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "waits for you"),
        ({"user_id": None}, "waits until you sign in (presswork sign-in)"),
        ({"state_reasons": ("job-incoming",)}, "still arriving"),
        ({"state": "pending"}, "on its way to Lobby"),
        ({"state": "processing"}, "being printed on Lobby"),
        ({"state": "processing-stopped"}, "Lobby needs attention"),
        ({"state": "completed", "outcome": "printed"}, "printed on Lobby"),
        ({"state": "completed", "outcome": "unknown"}, "sent to Lobby; it does not say whether it printed"),
        ({"state": "completed", "outcome": "handed-over"}, "handed to the queue of Lobby"),
        ({"state": "aborted", "outcome": "not-printed"}, "not printed"),
        ({"state": "aborted"}, "did not arrive completely"),
        ({"state": "canceled"}, "deleted"),
    ],
)
def test_every_state_in_words(fields: dict[str, object], words: str) -> None:
    assert state_of(_view(**fields)) == words


@pytest.mark.parametrize("state", get_args(StateKeyword))
@pytest.mark.parametrize("outcome", [None, *get_args(Outcome)])
def test_no_state_is_without_words(state: str, outcome: str | None) -> None:
    words = state_of(_view(printer="", state=state, outcome=outcome))
    assert words
    assert "{" not in words


def test_a_job_that_another_computer_holds_says_where() -> None:
    view = JobView(job=REPORT.model_copy(update={"state": "completed"}), elsewhere="Box-1")
    assert state_of(view) == "handed over to Box-1; its page says more"


def test_a_printers_name_is_no_format() -> None:
    assert state_of(_view(printer="{0} {printer}", state="pending")) == "on its way to {0} {printer}"


def test_the_short_id_is_the_part_that_differs() -> None:
    assert short_id(_view()) == "deadbeef"


@pytest.mark.parametrize(
    ("octets", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (15 * 1024, "15 KiB"), (3 * 1024**3, "3.0 GiB")],
)
def test_sizes(octets: int, words: str) -> None:
    assert size_of(octets) == words


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=40), "40 days ago"),
    ],
)
def test_ages(ago: timedelta, words: str) -> None:
    assert age_of(NOW - ago, NOW) == words


def test_moments_of_today_are_hours_others_have_a_date() -> None:
    assert len(moment(NOW, NOW)) == len("12:00:00")
    assert len(moment(NOW - timedelta(days=3), NOW)) == len("2030-01-02 12:00:00")
