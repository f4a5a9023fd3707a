"""Who holds a job: hand-overs that are granted, and how the projection follows one.

The holder is moved by one of two reports: the first one of the granted receiver under the granted fence, with the secret that the
old holder told it at the commit; or the one in which the old holder says that it moved. Whichever comes first; from then on only
the new holder's reports and answers count. Until then the old holder may have the hand-over undone: nobody was told to print.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import delete, update

from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import JobReport
from presswork.server.computers import AgentPrincipal, tell_of_printer
from presswork.server.jobs.models import Job, OrderRow, TimelineRow
from presswork.server.jobs.orders import PRINTER_NEEDED, order_destruction
from presswork.server.jobs.schemas import TERMINATED
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.events import News

FOR_RELEASE = "job-held-for-release"


@dataclass(frozen=True, slots=True)
class Grant:
    """A hand-over that is allowed: to whom, and under which number the receiver holds the job then."""

    ticket_id: UUID
    receiver_id: UUID
    fence: int


async def held_for_release(session: Session, agent: AgentPrincipal, job_id: UUID) -> Job | None:
    """The job, if this computer holds it and it waits for a person to release it; None for every other. Locked."""
    job = await _held_by(session, agent, job_id)
    if job is None or job.user_id is None or job.state != "pending-held" or FOR_RELEASE not in job.state_reasons:
        return None
    return job


async def grant_hand_over(session: Session, job: Job, receiver_id: UUID, commitment: str) -> Grant:
    """Allow the hand-over of a job of ``held_for_release``; what was granted before is void.

    ``commitment``: SHA-256 of the secret that the holder tells the receiver when it commits, in hexadecimal.
    """
    job.granted_to = receiver_id
    job.granted_fence = max(job.fence, job.granted_fence or 0) + 1
    job.granted_ticket = session.new_id()
    job.granted_commitment = commitment
    await session.flush()
    return Grant(job.granted_ticket, receiver_id, job.granted_fence)


async def granted_hand_over(session: Session, agent: AgentPrincipal, job_id: UUID, ticket_id: UUID) -> Grant | None:
    """What was granted under that ticket, as long as nothing was granted after it and this computer holds the job."""
    job = await _held_by(session, agent, job_id)
    if job is None or job.granted_ticket != ticket_id or job.granted_to is None or job.granted_fence is None:
        return None
    return Grant(job.granted_ticket, job.granted_to, job.granted_fence)


async def take_back(session: Session, agent: AgentPrincipal, job_id: UUID, ticket_id: UUID, fence: int) -> int | None:
    """Undo a hand-over to a computer that does not answer: gives the number under which this computer holds the job from now on.

    The same one, however often it is asked. What the other computer has becomes nobody's: it was never told to print it, its
    reports count no more, and it is told to destroy it. None where this computer holds no job that was granted so.
    """
    job = await _held_by(session, agent, job_id)
    if job is None:
        return None
    if job.granted_ticket == ticket_id and job.granted_fence == fence and job.granted_to is not None:
        await order_destruction(session, job, job.granted_to, fence)
        job.fence = fence + 1
        _forget_grant(job)
        await session.flush()
    return job.fence if job.fence == fence + 1 else None


async def has_moved(session: Session, agent: AgentPrincipal, job_id: UUID, fence: int) -> bool:
    """Whether a job that came in at this computer is held by another one under that number or a higher one."""
    query = scoped(Job, agent).where(Job.id == job_id, Job.computer_id != agent.computer_id)
    job = await session.scalar(query.where(Job.origin_id == agent.computer_id))
    return job is not None and job.fence >= fence


def _forget_grant(job: Job) -> None:
    job.granted_to = job.granted_fence = job.granted_ticket = job.granted_commitment = None


async def _held_by(session: Session, agent: AgentPrincipal, job_id: UUID) -> Job | None:
    query = scoped(Job, agent).where(Job.id == job_id, Job.computer_id == agent.computer_id)
    return await session.scalar(query.with_for_update())


def is_of_granted_receiver(job: Job, agent: AgentPrincipal, report: JobReport) -> bool:
    """Whether that report shows that the hand-over was made: that its holder has committed."""
    return (
        job.granted_to == agent.computer_id
        and job.granted_commitment is not None
        and compare_digest(job.granted_commitment, sha256(bytes.fromhex(report.secret)).hexdigest())
        and job.granted_fence == report.fence
        and report.fence > job.fence
        and job.computer_id != agent.computer_id
    )


def says_moved(job: Job, report: JobReport) -> bool:
    """Whether the holder says, in a report of its own, that it is none any more."""
    over = report.state in TERMINATED and not report.document_kept
    return over and job.granted_to is not None and any(entry.event is JobEvent.MOVED for entry in report.timeline)


async def move(session: Session, job: Job) -> None:
    """The granted receiver is the holder: what it says counts from version 1 on, and it gets the orders that are open."""
    assert job.granted_to is not None  # noqa: S101 - both callers looked
    assert job.granted_fence is not None  # noqa: S101
    before, job.computer_id = job.computer_id, job.granted_to
    job.origin_id = job.origin_id or before
    job.fence, job.version = job.granted_fence, 0
    _forget_grant(job)
    await session.flush()
    orders = await session.execute(
        update(OrderRow)
        .where(
            OrderRow.tenant_id == job.tenant_id,
            OrderRow.job_id == job.id,
            OrderRow.computer_id == before,
            OrderRow.answered_at.is_(None),
        )
        .values(computer_id=job.computer_id)
        .returning(OrderRow.printer_id)
    )
    until = session.now() + PRINTER_NEEDED
    for printer_id in {one for (one,) in orders.all() if one is not None}:
        await tell_of_printer(session, job.tenant_id, job.computer_id, printer_id, until=until)
    session.announce(News(job.tenant_id, job.computer_id))


async def forget_story(session: Session, job: Job) -> None:
    """The new holder tells the whole story; where the old one wrote something else at the end, that did not happen."""
    await session.execute(
        delete(TimelineRow).where(TimelineRow.tenant_id == job.tenant_id, TimelineRow.job_id == job.id)
    )
