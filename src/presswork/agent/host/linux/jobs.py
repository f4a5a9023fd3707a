"""cupsd's jobs in our queues: read from its answers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import UUID

from presswork.agent.host.host import SpoolerJob, SpoolerJobState
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.text import is_clean
from presswork.protocols.ipp.values import Tag

JOB_ATTRIBUTES = (
    "job-id",
    "job-uuid",
    "job-name",
    "job-printer-uri",
    "job-originating-user-name",
    "job-state",
    "job-state-reasons",
    "job-hold-until",
    "number-of-documents",
    "job-preserved",
)
"""What ``jobs_of`` reads."""


def jobs_of(reply: Message) -> Iterator[SpoolerJob]:
    """The jobs of an answer to Get-Jobs; what is no job as cupsd describes them is left out."""
    for group in reply.all(Tag.JOB):
        job = _job(group)
        if job is not None:
            yield job


def _job(group: Group) -> SpoolerJob | None:
    number, state = _integer(group.get("job-id")), _integer(group.get("job-state"))
    account, count = _text(group.get("job-originating-user-name")), _integer(group.get("number-of-documents"))
    try:
        uuid = UUID(_text(group.get("job-uuid")))
        known_state = SpoolerJobState(state)
    except ValueError:
        return None
    queue = urlsplit(_text(group.get("job-printer-uri"))).path.rpartition("/")[2]
    if number <= 0 or not queue or not is_clean(account):
        return None
    preserved = group.get("job-preserved")
    return SpoolerJob(
        queue=queue,
        job_id=number,
        job_uuid=uuid,
        account=account,
        state=known_state,
        number_of_documents=count,
        document_kept=preserved is not None and preserved.value is True,
        name=_text(group.get("job-name")),
        forgotten=_is_forgotten(group, known_state, count),
    )


def _is_forgotten(group: Group, state: SpoolerJobState, documents: int) -> bool:
    """cupsd was killed after it told the application that it has the document, and before it wrote down that the job goes.

    The next cupsd reads the job as it was made, waiting for its document, and does not know that this was why it waited.
    """
    reasons = group.get("job-state-reasons")
    incoming = reasons is not None and "job-incoming" in reasons.values
    held_by_nobody = state is SpoolerJobState.PENDING_HELD and _text(group.get("job-hold-until")) == "no-hold"
    return held_by_nobody and not incoming and documents > 0


def _integer(attribute: Attribute | None) -> int:
    value = attribute.value if attribute is not None else 0
    return value if isinstance(value, int) else 0


def _text(attribute: Attribute | None) -> str:
    return str(attribute.value) if attribute is not None else ""
