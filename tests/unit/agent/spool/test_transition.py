from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from presswork.agent.spool.job import Change, JobTicket, Outcome, Phase
from presswork.agent.spool.transition import apply, check, check_account, check_line
from presswork.core.errors import Invalid, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.testing.spooling import made_up_job

JOB = made_up_job()
NOW = JOB.created_at
LATER = NOW + timedelta(hours=1)


def test_what_a_change_does_not_name_stays() -> None:
    assert apply(JOB, Change(), NOW) == replace(JOB, version=4)


def test_another_ticket() -> None:
    ticket = JobTicket((Attribute.of("copies", 2),))
    assert apply(JOB, Change(ticket=ticket), NOW) == replace(JOB, version=4, ticket=ticket)


def test_a_change_sets_what_it_names() -> None:
    printer_id = uuid4()
    changed = apply(
        JOB,
        Change(
            phase=Phase.SENDING,
            state=JobState.PROCESSING,
            state_reasons=("job-printing",),
            printer_id=printer_id,
            marked_at=LATER,
            device_job_id=7,
        ),
        NOW,
    )
    assert (changed.phase, changed.state, changed.state_reasons) == (
        Phase.SENDING,
        JobState.PROCESSING,
        ("job-printing",),
    )
    assert (changed.printer_id, changed.marked_at, changed.device_job_id) == (printer_id, LATER, 7)


def test_a_change_clears_what_it_says() -> None:
    sent = replace(JOB, printer_id=uuid4(), marked_at=NOW, device_job_id=7)
    changed = apply(sent, Change(clear=frozenset({"printer_id", "marked_at", "device_job_id"})), NOW)
    assert (changed.printer_id, changed.marked_at, changed.device_job_id) == (None, None, None)


@pytest.mark.parametrize(
    ("outcome", "kept"),
    [
        (None, False),
        (Outcome.PRINTED, False),
        (Outcome.HANDED_OVER, False),
        (Outcome.NOT_PRINTED, True),
        (Outcome.UNKNOWN, True),
    ],
)
def test_only_an_end_that_leaves_a_question_keeps_the_document(outcome: Outcome | None, kept: bool) -> None:
    ended = apply(JOB, Change(phase=Phase.ENDED, outcome=outcome), LATER)
    assert (ended.document_kept, ended.ended_at, ended.outcome) == (kept, LATER, outcome)


@pytest.mark.parametrize("event", [JobEvent.DELETED, JobEvent.EXPIRED, JobEvent.CLEARED])
def test_deleting_what_was_not_printed_keeps_the_outcome_and_not_the_document(event: JobEvent) -> None:
    ended = apply(JOB, Change(phase=Phase.ENDED, outcome=Outcome.NOT_PRINTED), LATER)
    deleted = apply(ended, Change(phase=Phase.ENDED, event=event), LATER + timedelta(hours=1))
    assert (deleted.document_kept, deleted.outcome, deleted.ended_at) == (False, Outcome.NOT_PRINTED, LATER)


def test_a_job_released_again_has_not_ended() -> None:
    ended = apply(JOB, Change(phase=Phase.ENDED, outcome=Outcome.UNKNOWN), LATER)
    again = apply(ended, Change(phase=Phase.RELEASED), LATER)
    assert (again.outcome, again.ended_at, again.document_kept) == (None, None, True)


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.RELEASED, Phase.SENDING])
def test_without_its_document_a_job_goes_nowhere(phase: Phase) -> None:
    with pytest.raises(NotPossible):
        apply(replace(JOB, phase=Phase.INCOMING, document_kept=False), Change(phase=phase), NOW)


def test_only_what_broke_off_can_be_submitted_again() -> None:
    incoming = replace(JOB, phase=Phase.INCOMING, document_kept=False)
    assert apply(incoming, Change(phase=Phase.ENDED, event=JobEvent.INCOMPLETE), NOW).submitted_uuid is None
    for event in (JobEvent.REFUSED, JobEvent.DELETED):
        assert apply(incoming, Change(phase=Phase.ENDED, event=event), NOW).submitted_uuid == JOB.submitted_uuid
    assert apply(JOB, Change(phase=Phase.ENDED), NOW).submitted_uuid == JOB.submitted_uuid


def test_a_job_whose_document_was_lost_can_be_submitted_again() -> None:
    """Else whoever still has the document would be told that it is here."""
    assert apply(JOB, Change(phase=Phase.ENDED, event=JobEvent.LOST), NOW).submitted_uuid is None


def test_a_change_for_another_phase_or_version_is_refused() -> None:
    check(JOB, {Phase.HELD}, 3)
    check(JOB, None, None)
    with pytest.raises(NotPossible):
        check(JOB, {Phase.RELEASED}, None)
    with pytest.raises(NotPossible):
        check(JOB, None, 2)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\x85", "\u2028", "x" * 256])
def test_what_is_not_one_line_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        check_line(text, "name")
    with pytest.raises(Invalid):
        apply(JOB, Change(state_reasons=(text,)), NOW)


@pytest.mark.parametrize("account", ["", "a/b", "a\\b", "a:b", "a\nb"])
def test_what_is_no_account_is_refused(account: str) -> None:
    with pytest.raises(Invalid):
        check_account(account)
