"""The projection: what the holders of documents report. They are the authority; here nothing is decided, only bounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import update

from presswork.protocols.control.words import JobReport
from presswork.server.computers import AgentPrincipal, people_of_computer
from presswork.server.jobs.declared import declared_people
from presswork.server.jobs.holders import forget_story, is_of_granted_receiver, move, says_moved
from presswork.server.jobs.models import Job, TimelineRow
from presswork.server.jobs.schemas import TERMINATED
from presswork.server.platform.database import Session, insert_new, scoped

NAME_LIFE = timedelta(days=30)
"""How long a document's name is kept after the job came; the counts stay."""
_ENTRIES = 1_000
_VALUES = 16
_VALUE_LENGTH = 255
_INT32 = 2**31 - 1
_INT64 = 2**63 - 1
_log = structlog.get_logger()


async def apply_reports(session: Session, agent: AgentPrincipal, reports: Sequence[JobReport]) -> None:
    """Take over what one agent reports of its own jobs.

    An older version than the one known changes nothing, an entry seen twice is one entry. A report of another
    computer's job is left out: that of a holder who is none any more, or of one who was never granted it; so is one under a
    higher fence than the job's. The first one of a granted receiver, after the commit, makes it the holder. An owner is believed
    only where the account is or was that person on this computer.
    """
    if not reports:
        return
    known = await _known(session, agent, {report.job_id for report in reports})
    people = await people_of_computer(session, agent.tenant_id, agent.computer_id)
    people |= await declared_people(session, agent, {one.account for one in reports if one.owner_proof == "declared"})
    entries: dict[tuple[UUID, int], dict[str, Any]] = {}
    for report in reports:
        job = known.get(report.job_id)
        if job is not None and is_of_granted_receiver(job, agent, report):
            await move(session, job)
            await forget_story(session, job)
        if _is_anothers(job, agent, report):
            _log.warning(
                "A computer reported a job that another one holds; the report is not taken.",
                computer=str(agent.computer_id),
                job=str(report.job_id),
                fence=report.fence,
            )
            continue
        if job is None:
            known[report.job_id] = job = _new(session, agent, report)
            session.add(job)
        elif says_moved(job, report):
            _collect(entries, agent.tenant_id, report)
            await move(session, job)
            continue
        elif report.version <= job.version:
            _collect(entries, agent.tenant_id, report)
            continue
        _take_over(job, report, people)
        _collect(entries, agent.tenant_id, report)
    await session.flush()
    if entries:
        await session.execute(insert_new(session, TimelineRow, list(entries.values())))


async def forget_names(session: Session) -> None:
    """Empty the names whose time is over; of all tenants, run from time to time."""
    await session.execute(update(Job).where(Job.name_kept_until <= session.now()).values(name="", name_kept_until=None))


async def _known(session: Session, agent: AgentPrincipal, job_ids: Iterable[UUID]) -> dict[UUID, Job]:
    # In one order, and locked: the old holder and the new one may report at the same moment.
    rows = scoped(Job, agent).where(Job.id.in_(job_ids)).order_by(Job.id).with_for_update()
    jobs = await session.scalars(rows)
    return {job.id: job for job in jobs}


def _is_anothers(job: Job | None, agent: AgentPrincipal, report: JobReport) -> bool:
    if job is None:
        return report.fence > 1  # taken over from somebody who never reported it: nobody can say whose it is
    # The holder itself may not know yet that its number grew, where it took the job back.
    return job.computer_id != agent.computer_id or report.fence > job.fence


def _new(session: Session, agent: AgentPrincipal, report: JobReport) -> Job:
    return Job(
        tenant_id=agent.tenant_id,
        id=report.job_id,
        computer_id=agent.computer_id,
        version=0,
        queue_id=report.queue_id,
        account=report.account,
        owner_proof=report.owner_proof,
        user_id=None,
        name="",
        name_kept_until=session.now() + NAME_LIFE,
        document_format="",
        size=0,
        pages=None,
        copies=1,
        sides="",
        state="pending-held",
        state_reasons=(),
        outcome=None,
        printer_id=None,
        document_kept=False,
        current=True,
        created_at=report.created_at,
        ended_at=None,
    )


def _take_over(job: Job, report: JobReport, people: frozenset[tuple[str, UUID]]) -> None:
    job.version = min(report.version, _INT64)
    if job.origin_id is None and report.user_id is not None and (job.account, report.user_id) in people:
        job.user_id = report.user_id
    if job.name_kept_until is not None:
        job.name = report.name
    job.document_format = report.document_format
    job.size = min(report.size, _INT64)
    job.pages = report.pages
    job.copies = min(report.copies, _INT32)
    job.sides = report.sides[:64]
    job.state = report.state
    job.state_reasons = report.state_reasons[:_VALUES]
    job.outcome = report.outcome
    job.printer_id = report.printer_id
    job.document_kept = report.document_kept
    job.current = report.document_kept or report.state not in TERMINATED
    job.ended_at = report.ended_at


def _collect(entries: dict[tuple[UUID, int], dict[str, Any]], tenant_id: UUID, report: JobReport) -> None:
    for entry in report.timeline:
        if entry.sequence <= _ENTRIES:
            entries[report.job_id, entry.sequence] = {
                "tenant_id": tenant_id,
                "job_id": report.job_id,
                "sequence": entry.sequence,
                "at": entry.at,
                "event": entry.event.value,
                "values": _bounded(entry.values),
            }


def _bounded(values: Mapping[str, str]) -> dict[str, str]:
    few = list(values.items())[:_VALUES]
    return {_shown(key): _shown(value) for key, value in few}


def _shown(text: str) -> str:
    return "".join(letter for letter in text[:_VALUE_LENGTH] if letter.isprintable())
