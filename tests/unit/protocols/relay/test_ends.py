"""What is believed of whoever carries a job: only what a device's end can be."""

from __future__ import annotations

from typing import get_args

import pytest

from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import Outcome
from presswork.protocols.relay.ends import ENDS, STAGED, believed, event_of
from presswork.protocols.relay.messages import Declined, Ended


@pytest.mark.parametrize("event", list(JobEvent))
@pytest.mark.parametrize("outcome", get_args(Outcome))
@pytest.mark.parametrize("held", [False, True])
def test_an_end_that_none_can_have_is_nobodys_knowledge(outcome: Outcome, event: JobEvent, held: bool) -> None:
    said = Ended(outcome=outcome, event=event, text="Nothing came out", impressions=3)
    known = believed(said, held=held)
    fitting = event in STAGED if held and outcome == "handed-over" else event in ENDS[outcome]
    assert known == said if fitting else (known.outcome, known.text, known.impressions) == ("unknown", "", None)
    if event in (JobEvent.DELETED, JobEvent.EXPIRED, JobEvent.TAKEN_OVER, JobEvent.SENDING):
        assert known.event is JobEvent.OUT_OF_SIGHT


def test_a_refusal_says_only_its_own() -> None:
    assert event_of(Declined(refusal="not-now", event=JobEvent.QUEUE_REFUSED)) is JobEvent.QUEUE_REFUSED
    assert event_of(Declined(refusal="not-taken", event=JobEvent.USER_NOT_TAKEN)) is JobEvent.USER_NOT_TAKEN
    for said in (
        Declined(refusal="not-now", event=JobEvent.USER_NOT_TAKEN),
        Declined(refusal="not-taken", event=JobEvent.DELETED),
        Declined(refusal="busy", event=JobEvent.PRINTER_BUSY),
        Declined(refusal="not-now"),
    ):
        assert event_of(said) is None
