"""Plain words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from presswork.server.fronts.web import words
from presswork.server.jobs import JobView, OrderView

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def job(**changes: object) -> JobView:
    values: dict[str, object] = {
        "id": UUID(int=1),
        "name": "Report.pdf",
        "user_id": UUID(int=2),
        "person": "Bob",
        "account": "bob",
        "declared": False,
        "computer_id": UUID(int=3),
        "computer_name": "laptop",
        "computer_online": True,
        "queue_name": "Office",
        "printer_id": None,
        "printer_name": "",
        "document_format": "application/pdf",
        "size": 1,
        "pages": 1,
        "copies": 1,
        "sides": "one-sided",
        "state": "pending-held",
        "state_reasons": (),
        "outcome": None,
        "document_kept": True,
        "created_at": NOW,
        "ended_at": None,
        "order": None,
    }
    return JobView(**(values | changes))  # type: ignore[arg-type]


def order(kind: str, *, is_open: bool = True) -> OrderView:
    return OrderView(UUID(int=4), kind, None, "", NOW, is_open, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Waits for release"),
        ({"state": "pending", "state_reasons": ("job-incoming",)}, "Arriving"),
        ({"state": "pending"}, "On its way"),
        ({"state": "processing"}, "Printing"),
        ({"state": "processing-stopped"}, "The printer needs a hand"),
        ({"state": "completed", "outcome": "printed"}, "Printed"),
        ({"state": "completed", "outcome": "unknown"}, "Sent; look at the printer"),
        ({"state": "completed", "outcome": "handed-over"}, "Handed to a queue"),
        ({"state": "aborted", "outcome": "not-printed"}, "Not printed"),
        ({"state": "aborted"}, "Not kept"),
        ({"state": "canceled"}, "Deleted"),
        ({"state": "never heard of"}, "Not known"),
        ({"order": order("release")}, "On its way"),
        ({"order": order("delete")}, "Being deleted"),
        ({"order": order("release", is_open=False)}, "Waits for release"),
        (
            {"order": order("release"), "computer_online": False},
            "Its computer is offline; it goes on when that is back",
        ),
        ({"state": "completed", "outcome": "unknown", "order": order("release")}, "On its way"),
    ],
)
def test_how_a_job_stands(changes: dict[str, object], said: str) -> None:
    assert words.job_standing(job(**changes)).words == said


@pytest.mark.parametrize(
    ("reachable", "state", "said"),
    [
        (None, "unknown", "Not looked at yet"),
        (False, "idle", "Does not answer"),
        (True, "idle", "Ready"),
        (True, "processing", "Printing"),
        (True, "stopped", "Needs a hand"),
        (True, "unknown", "Answers"),
    ],
)
def test_how_a_printer_stands(reachable: bool | None, state: str, said: str) -> None:
    printer = SimpleNamespace(reachable=reachable, state=state, device_uri="ipp://192.0.2.1/ipp/print")
    assert words.printer_standing(printer).words == said  # type: ignore[arg-type]


def test_a_queue_of_a_print_server_says_nothing_of_itself() -> None:
    printer = SimpleNamespace(reachable=None, state="unknown", device_uri="redirector://x/ledger")
    assert words.printer_standing(printer).words == "Queue of a print server"  # type: ignore[arg-type]


def test_formats_are_called_as_people_call_them() -> None:
    assert words.formats(("application/octet-stream", "application/pdf", "image/URF", "application/x-odd")) == (
        "PDF, URF (AirPrint), application/x-odd"
    )
    assert words.formats(("application/octet-stream",)) == ""


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("device_uri", "ipp://192.0.2.1/ipp", "address: ipp://192.0.2.1/ipp"),
        ("mode", "hold", "documents: wait for release"),
        ("reason", "wrong", "reason: wrong address or password"),
        ("some_thing", "x" * 60, f"some thing: {'x' * 47}…"),
    ],
)
def test_details_of_the_audit(name: str, value: str, said: str) -> None:
    assert words.detail(name, value) == said


def test_state_reasons_are_said_once_and_without_their_severity() -> None:
    keywords = ("none", "media-empty-error", "media-empty-report", "toner-low-warning", "vendor-thing-odd")
    assert words.reasons(keywords) == "out of paper, toner is low, vendor thing odd"
    assert words.reasons(("none",)) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pages": 1}, "1 page"),
        ({"pages": 1200, "copies": 2, "sides": "two-sided-long-edge"}, "1,200 pages, 2 copies, both sides"),
        ({"pages": None, "size": 999}, "999 bytes"),
        ({"pages": None, "size": 1_000}, "1.0 kB"),
        ({"pages": None, "size": 999_499}, "999 kB"),
        ({"pages": None, "size": 999_500}, "1.0 MB"),
        ({"pages": None, "size": 37_400_000}, "37 MB"),
        ({"pages": None, "size": 5_000_000_000_000}, "5000 GB"),
        ({"pages": 0, "size": 1}, "1 byte"),
    ],
)
def test_how_much(changes: dict[str, object], said: str) -> None:
    assert words.amount(job(**changes)) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=44), "just now"),
        (timedelta(seconds=45), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=60), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=8), "15 Nov 2026"),
    ],
)
def test_how_long_ago(before: timedelta, said: str) -> None:
    assert words.ago(NOW - before, NOW) == said


def test_times_are_utc_for_those_without_a_browser_that_knows_better() -> None:
    assert words.full(NOW) == "23 Nov 2026, 12:00 UTC"
    assert words.iso(NOW) == "2026-11-23T12:00:00Z"


def test_names_are_cut_and_abbreviated() -> None:
    assert words.short("abc", 3) == "abc"
    assert words.short("ab cd", 4) == "ab…"
    assert words.initials("Ada King Lovelace") == "AL"
    assert words.initials("ada") == "A"
    assert words.initials("?? !!") == "–"
    assert words.fingerprint("ab" * 4) == "ABAB ABAB"
