"""What happened to a job, in sentences."""

from __future__ import annotations

from datetime import UTC, datetime
from string import Formatter

import pytest
from pydantic import ValidationError

from presswork.protocols.control.timeline import SENTENCES, JobEvent, TimelineEntry

AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_every_event_has_a_sentence() -> None:
    assert set(SENTENCES) == set(JobEvent)


@pytest.mark.parametrize("event", JobEvent)
def test_a_sentence_is_whole_and_takes_plain_values(event: JobEvent) -> None:
    sentence = SENTENCES[event]
    assert sentence[0].isupper() or sentence.startswith("{")
    assert sentence.endswith((".", "{message}")), "a fault's message is a sentence itself"
    fields = [name for _, name, spec, conversion in Formatter().parse(sentence) if name]
    assert all(name.isidentifier() for name in fields)
    filled = TimelineEntry(sequence=1, at=AT, event=event, values={name: f"<{name}>" for name in fields}).sentence()
    assert all(f"<{name}>" in filled for name in fields)
    assert "{" not in filled


def test_a_missing_value_is_shown_as_missing() -> None:
    assert TimelineEntry(sequence=1, at=AT, event=JobEvent.PRINTED).sentence() == "Printed on …."


def test_values_are_data_and_not_templates() -> None:
    values = {"printer": "{message.__class__} {0}", "message": "secret"}
    entry = TimelineEntry(sequence=1, at=AT, event=JobEvent.PRINTED, values=values)
    assert entry.sentence() == "Printed on {message.__class__} {0}."


def test_entries_count_from_one() -> None:
    with pytest.raises(ValidationError):
        TimelineEntry(sequence=0, at=AT, event=JobEvent.HELD)


def said(event: JobEvent, **values: str) -> str:
    return TimelineEntry(sequence=1, at=AT, event=event, values={"printer": "Flur"} | values).sentence()


def test_the_route_is_said_with_what_stood_in_the_way_of_others() -> None:
    assert said(JobEvent.ROUTE, route="relay", computer="PC-7", without_1="direct no-answer") == (
        "Goes to Flur through PC-7, because Flur does not answer directly."
    )
    assert said(
        JobEvent.ROUTE, route="cloud", computer="PC-7", without_1="direct remembered", without_2="relay broke-off PC 9"
    ) == (
        "Goes to Flur through the server and PC-7, because Flur did not answer directly a while ago. "
        "Not straight through PC 9: the connection broke before the printer had anything."
    )
    assert said(JobEvent.ROUTE, route="direct", without_1="relay nobody-there") == (
        "Goes straight to Flur. Not through another computer: nobody answers there now."
    )
    assert said(JobEvent.SENDING, route="relay", computer="PC-7") == "Sending to Flur through PC-7."
    assert said(JobEvent.SENDING, route="relay", computer="PC-7", way="ipp") == (
        "Sending to Flur through PC-7. From there it travels by IPP, not encrypted."
    )
    assert said(JobEvent.SENDING, route="direct", way="socket") == (
        "Sending to Flur. It travels by RAW, not encrypted."
    )


def test_without_a_route_each_one_is_said() -> None:
    assert said(
        JobEvent.UNREACHABLE,
        without_1="direct no-answer",
        without_2="relay no-network",
        without_3="redirector not-set-up",
        without_4="cloud policy",
    ) == (
        "Flur does not answer. Nothing was sent; trying again by itself. "
        "Not through another computer: no computer is known on the printer's network. "
        "Not through a print server: nobody set that up. "
        "Not through the server: your organisation does not want that."
    )


def test_values_of_others_are_short_lines() -> None:
    entry = TimelineEntry(
        sequence=1,
        at=AT,
        event=JobEvent.PRINTED,
        values={f"v{n}": f"a\r\n\x1b[2J\u2028b{'c' * 2000}" for n in range(99)},
    )
    assert len(entry.values) == 64
    assert entry.values["v0"] == f"a [2J b{'c' * 1014}"
    assert TimelineEntry.model_validate_json(entry.model_dump_json()) == entry
