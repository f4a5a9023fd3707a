"""Jobs in a spool, for tests: of the spool itself, of intake and delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, JobTicket, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent

QUEUE = UUID(int=0x51)
"""The queue of jobs that say no other."""
LIMIT = 1 << 30
HOLD = Change(
    phase=Phase.HELD, state=JobState.PENDING_HELD, state_reasons=("job-hold-until-specified",), event=JobEvent.HELD
)


def made_up_job() -> Job:
    """A held job that no spool keeps."""
    return Job(
        id=uuid4(),
        number=1,
        queue_id=QUEUE,
        account="ada",
        owner_proof="peer",
        user_id=None,
        name="Letter",
        ticket=JobTicket(),
        phase=Phase.HELD,
        state=JobState.PENDING_HELD,
        state_reasons=("job-hold-until-specified",),
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        version=3,
        submitted_uuid=uuid4(),
        document_kept=True,
    )


async def pieces(data: bytes, size: int = 64 * 1024) -> AsyncIterator[bytes]:
    """``data`` as it arrives from a connection."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def incoming_job(
    spool: Spool,
    account: str = "ada",
    *,
    name: str = "Letter",
    queue_id: UUID = QUEUE,
    user_id: UUID | None = None,
    ticket: JobTicket = JobTicket(),  # noqa: B008 - immutable
    submitted_uuid: UUID | None = None,
) -> Job:
    """A job without its document."""
    draft = spool.draft(
        queue_id,
        account,
        owner_proof="peer",
        user_id=user_id,
        name=name,
        ticket=ticket,
        submitted_uuid=submitted_uuid,
    )
    return await spool.create(draft)


async def held_job(
    spool: Spool, document: bytes = b"%PDF-1.4 a letter", account: str = "ada", *, queue_id: UUID = QUEUE
) -> Job:
    """A job with its document, waiting for its owner."""
    job = await incoming_job(spool, account, queue_id=queue_id)
    return await spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT, then=(HOLD,))


async def document_of(spool: Spool, job_id: UUID) -> bytes:
    """The whole document of a job."""
    return b"".join([piece async for piece in spool.read(job_id)])


async def changed(spool: Spool, job: Job, changes: Iterable[Change]) -> Job:
    """The job after these changes, one after the other."""
    for change in changes:
        job = await spool.change(job.id, change)
    return job
