from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from presswork.agent.intake.acceptance import accepted, asks_to_wait, received
from presswork.agent.spool.job import Job, JobTicket, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec, QueueSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.testing.intake import DIRECT, HOLD, PRINTER

JOB = Job(
    id=uuid4(),
    number=1,
    queue_id=HOLD.queue_id,
    account="ada",
    owner_proof="peer",
    user_id=uuid4(),
    name="Letter",
    ticket=JobTicket(),
    phase=Phase.INCOMING,
    state=JobState.PENDING_HELD,
    state_reasons=("job-incoming",),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    version=1,
)
NOBODYS = replace(JOB, user_id=None)
WAITING = replace(JOB, ticket=JobTicket((Attribute.of("job-hold-until", Keyword("indefinite")),)))


@pytest.mark.parametrize(
    ("job", "queue", "printer", "event", "reasons"),
    [
        (JOB, HOLD, None, JobEvent.HELD, ("job-held-for-release",)),
        (JOB, DIRECT, PRINTER, JobEvent.RELEASED, ()),
        (JOB, DIRECT, None, JobEvent.HELD, ("job-held-for-release",)),
        (WAITING, DIRECT, PRINTER, JobEvent.HELD, ("job-hold-until-specified",)),
        (NOBODYS, HOLD, None, JobEvent.UNCLAIMED, ("account-info-needed",)),
        (NOBODYS, DIRECT, PRINTER, JobEvent.UNCLAIMED, ("account-info-needed",)),
    ],
    ids=["hold", "direct", "direct without its printer", "asked to wait", "nobody's", "nobody's, direct"],
)
def test_where_a_whole_job_goes(
    job: Job, queue: QueueSpec, printer: PrinterSpec | None, event: JobEvent, reasons: tuple[str, ...]
) -> None:
    change = accepted(job, queue, printer, "desk")
    assert (change.event, change.state_reasons) == (event, reasons)
    if event is JobEvent.RELEASED:
        assert (change.phase, change.state) == (Phase.RELEASED, JobState.PENDING)
        assert change.printer_id == PRINTER.printer_id
    else:
        assert (change.phase, change.state, change.printer_id) == (Phase.HELD, JobState.PENDING_HELD, None)


def test_the_timeline_has_the_names() -> None:
    assert dict(received(JOB, "desk").values) == {"account": "ada", "computer": "desk"}
    assert dict(accepted(NOBODYS, HOLD, None, "desk").values) == {"account": "ada", "computer": "desk"}
    assert dict(accepted(JOB, DIRECT, PRINTER, "desk").values) == {"printer": "Lobby"}


def test_no_hold_is_no_wish_to_wait() -> None:
    assert asks_to_wait(WAITING)
    assert not asks_to_wait(replace(JOB, ticket=JobTicket((Attribute.of("job-hold-until", Keyword("no-hold")),))))
    assert not asks_to_wait(JOB)
