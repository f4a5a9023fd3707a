"""A job as its holder may speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from presswork.core.errors import Gone, NotFound
from presswork.server.computers import AgentPrincipal
from presswork.server.jobs.models import Job
from presswork.server.jobs.schemas import TERMINATED
from presswork.server.platform.database import Session, scoped


@dataclass(frozen=True, slots=True)
class HeldJob:
    """What decides where it may go."""

    job_id: UUID
    queue_id: UUID
    user_id: UUID | None
    """Its owner; None: unclaimed."""
    fence: int
    """The number under which this computer holds it."""


async def job_of_holder(session: Session, agent: AgentPrincipal, job_id: UUID) -> HeldJob:
    """The job, as the agent's own computer holds it.

    ``NotFound`` where no report of it has come from this computer, whoever else holds it; ``Gone`` where its document is.
    """
    job = await session.scalar(scoped(Job, agent).where(Job.id == job_id, Job.computer_id == agent.computer_id))
    if job is None:
        raise NotFound("The server knows no such job of this computer. Report it and ask again.")
    if not job.document_kept and job.state in TERMINATED:
        raise Gone("The document of this job is destroyed.")
    return HeldJob(job.id, job.queue_id, job.user_id, job.fence)
