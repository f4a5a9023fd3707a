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
