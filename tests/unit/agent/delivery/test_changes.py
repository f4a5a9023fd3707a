from __future__ import annotations

from datetime import UTC, datetime

import pytest

from presswork.agent.delivery.changes import ended
from presswork.agent.delivery.way import End
from presswork.agent.spool.job import Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent, TimelineEntry

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_what_was_handed_over_is_completed_and_says_to_which_queue_and_as_whose_job() -> None:
    change = ended("Ledger", End.handed_over("ledger", "print-1", "ada.l", 17), NOW)
    assert (change.phase, change.outcome, change.state) == (Phase.ENDED, Outcome.HANDED_OVER, JobState.COMPLETED)
    assert change.state_reasons == ("queued-in-device",)
    assert change.event is JobEvent.HANDED_TO_QUEUE
    said = TimelineEntry(sequence=1, at=NOW, event=change.event, values=dict(change.values))
    assert said.sentence() == (
        "Handed to ledger on print-1 as a job of ada.l. Only that computer knows what becomes of it there."
    )
    assert dict(change.values)["host_job"] == "17"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_an_end(outcome: Outcome) -> None:
    change = ended("Ledger", End(outcome, JobEvent.UNKNOWN), NOW)
    assert change.phase is Phase.ENDED
    assert change.state in (JobState.COMPLETED, JobState.ABORTED)
