"""A held job as it goes to another holder."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from presswork.protocols.control.held import HeldDocument, HeldJob
from presswork.protocols.control.timeline import JobEvent, TimelineEntry

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
JOB = HeldJob(
    job_id=UUID(int=1),
    version=3,
    queue_id=UUID(int=2),
    account="ada",
    owner_proof="peer",
    user_id=UUID(int=3),
    name="Letter",
    created_at=AT,
    pages=2,
    documents=(HeldDocument(document_format="application/pdf", size=9),),
    timeline=(TimelineEntry(sequence=1, at=AT, event=JobEvent.MOVING, values={"computer": "Box-1"}),),
)


def test_it_arrives_as_it_was_sent() -> None:
    assert HeldJob.model_validate_json(JOB.model_dump_json()) == JOB


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "box/ada"},
        {"account": ""},
        {"name": "two\nlines"},
        {"ticket": "not base64!"},
        {"ticket": "A" * (64 * 1024 + 4)},
        {"user_id": None},
        {"documents": []},
        {"timeline": []},
        {"version": 0},
        {"pages": -1},
    ],
    ids=str,
)
def test_what_is_no_held_job_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HeldJob.model_validate(JOB.model_dump(mode="json") | wrong)
