"""Jobs read for people: their own, or (administrators) all of the tenant. A page costs the same number of questions
whatever its length and however many jobs there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, tuple_

from presswork.core.errors import NotFound
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.server.computers import accounts_of_person, computers_by_id
from presswork.server.identity import names_of
from presswork.server.jobs.models import DESTROY, Job, OrderRow, TimelineRow
from presswork.server.jobs.schemas import RELEASE_LIFE, JobDetail, JobPage, JobView, OrderView, PersonCount
from presswork.server.platform.database import Session, scoped
from presswork.server.printers import printer_names
from presswork.server.queues import queues_of_jobs
from presswork.server.tenants import Principal, Role

PAGE_LIMIT = 200


async def list_own_jobs(
    session: Session,
    principal: Principal,
    *,
    which: Literal["current", "all"] = "all",
    before: UUID | None = None,
    limit: int = 50,
) -> JobPage:
    """The person's own jobs, newest first; ``current``: those with something still to do or to wait for."""
    limit = min(limit, PAGE_LIMIT)
    jobs = scoped(Job, principal).order_by(Job.id.desc()).limit(limit + 1)
    if before is not None:
        jobs = jobs.where(Job.id < before)
    if which == "current":
        jobs = jobs.where(Job.current.is_(True))
    # Two indexed questions and a merge, where one with OR would read and sort a person's whole history.
    found = {job.id: job for job in await session.scalars(jobs.where(Job.user_id == principal.user_id))}
    accounts = await accounts_of_person(session, principal)
    if accounts:
        unclaimed = jobs.where(Job.user_id.is_(None), tuple_(Job.computer_id, Job.account).in_(accounts))
        found |= {job.id: job for job in await session.scalars(unclaimed)}
    newest = sorted(found.values(), key=lambda job: job.id, reverse=True)
    return await _page(session, principal, newest, limit)


async def list_jobs_of_tenant(
    session: Session,
    principal: Principal,
    *,
    user_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> JobPage:
    """Who printed what, newest first; of one person with ``user_id``. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    limit = min(limit, PAGE_LIMIT)
    jobs = scoped(Job, principal).order_by(Job.id.desc()).limit(limit + 1)
    if user_id is not None:
        jobs = jobs.where(Job.user_id == user_id)
    if before is not None:
        jobs = jobs.where(Job.id < before)
    return await _page(session, principal, (await session.scalars(jobs)).all(), limit)


async def count_by_person(session: Session, principal: Principal, *, since: datetime) -> Sequence[PersonCount]:
    """How much each person printed of what came ``since`` then, most first. Only what is known to be printed. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    pages = func.coalesce(func.sum(Job.pages * Job.copies), 0)
    rows = (
        await session.execute(
            select(Job.user_id, func.count(), pages)
            .where(Job.tenant_id == principal.tenant_id, Job.created_at >= since, Job.outcome == "printed")
            .group_by(Job.user_id)
            .order_by(pages.desc())
            .limit(PAGE_LIMIT)
        )
    ).all()
    people = await names_of(session, principal.tenant_id, {row[0] for row in rows if row[0] is not None})
    return [
        PersonCount(user_id, people.get(user_id, "") if user_id else "", jobs, total or 0)
        for user_id, jobs, total in rows
    ]


async def get_job(session: Session, principal: Principal, job_id: UUID) -> JobDetail:
    """One own job with its timeline."""
    job = await own_job(session, principal, job_id)
    (view,) = await _views(session, principal, [job])
    rows = await session.scalars(
        scoped(TimelineRow, principal).where(TimelineRow.job_id == job_id).order_by(TimelineRow.sequence)
    )
    timeline = tuple(
        TimelineEntry(sequence=row.sequence, at=row.at, event=JobEvent(row.event), values=row.values) for row in rows
    )
    return JobDetail(view, timeline)


async def own_job(session: Session, principal: Principal, job_id: UUID, *, locked: bool = False) -> Job:
    """The row of an own job; ``NotFound`` for everything else, so that nobody learns what others have.

    ``locked``: nobody else changes it or orders something of it until the transaction ends.
    """
    query = scoped(Job, principal).where(Job.id == job_id)
    job = await session.scalar(query.with_for_update() if locked else query)
    if job is not None and job.user_id == principal.user_id:
        return job
    if job is not None and job.user_id is None:
        accounts = await accounts_of_person(session, principal)
        if (job.computer_id, job.account) in accounts:
            return job
    raise NotFound("There is no such document, or it is not yours.")


async def _page(session: Session, principal: Principal, newest: Sequence[Job], limit: int) -> JobPage:
    views = await _views(session, principal, newest[:limit])
    return JobPage(tuple(views), views[-1].id if len(newest) > limit else None)


async def _views(session: Session, principal: Principal, jobs: Sequence[Job]) -> list[JobView]:
    tenant_id = principal.tenant_id
    orders = await _newest_orders(session, principal, jobs)
    queues = await queues_of_jobs(session, tenant_id, {job.queue_id for job in jobs})
    printers = {job.printer_id for job in jobs} | {order.printer_id for order in orders.values()}
    printers |= {queue.printer_id for queue in queues.values()}
    printers_shown = await printer_names(session, tenant_id, {key for key in printers if key is not None})
    people = await names_of(session, tenant_id, {job.user_id for job in jobs if job.user_id is not None})
    at = {job.computer_id for job in jobs} | {job.origin_id for job in jobs if job.origin_id is not None}
    computers = await computers_by_id(session, tenant_id, at)
    now = session.now()
    views: list[JobView] = []
    for job in jobs:
        computer = computers.get(job.computer_id)
        origin = computers.get(job.origin_id or job.computer_id)
        order = orders.get(job.id)
        queue = queues.get(job.queue_id)
        offered = None if queue is None else queue.printer_id
        views.append(
            JobView(
                id=job.id,
                name=job.name,
                user_id=job.user_id,
                person=people.get(job.user_id, "") if job.user_id else "",
                account=job.account,
                declared=job.owner_proof == "declared",
                computer_id=job.computer_id,
                computer_name=computer.name if computer else "",
                computer_online=computer is not None and computer.online(now),
                queue_name="" if queue is None else queue.name,
                printer_id=job.printer_id,
                printer_name=printers_shown.get(job.printer_id, "") if job.printer_id else "",
                document_format=job.document_format,
                size=job.size,
                pages=job.pages,
                copies=job.copies,
                sides=job.sides,
                state=job.state,
                state_reasons=job.state_reasons,
                outcome=job.outcome,
                document_kept=job.document_kept,
                created_at=job.created_at,
                ended_at=job.ended_at,
                order=_order_view(order, printers_shown.get(order.printer_id, "") if order.printer_id else "", now)
                if order is not None
                else None,
                offered_printer_id=offered,
                offered_printer_name=printers_shown.get(offered, "") if offered else "",
                submitted_on="" if origin is None else origin.name,
                handed_over=job.origin_id not in (None, job.computer_id),
                asks=queue is not None and queue.mode == "ask",
            )
        )
    return views


async def _newest_orders(session: Session, principal: Principal, jobs: Sequence[Job]) -> dict[UUID, OrderRow]:
    """The newest order of each job that has one."""
    if not jobs:
        return {}
    rows = await session.scalars(
        scoped(OrderRow, principal)
        .where(OrderRow.job_id.in_([job.id for job in jobs]), OrderRow.kind != DESTROY)
        .order_by(OrderRow.id)
    )
    return {row.job_id: row for row in rows}


def _order_view(row: OrderRow, printer_name: str, now: datetime) -> OrderView | None:
    """What there is to say of the newest order: nothing, once it was done."""
    if row.done:
        return None
    waiting = row.answered_at is None
    in_time = row.kind == "delete" or now < row.issued_at + RELEASE_LIFE
    refused = (
        ""
        if waiting and in_time
        else row.sentence or "The computer that holds the document did not answer in time. Release it again."
    )
    return OrderView(
        id=row.id,
        kind="delete" if row.kind == "delete" else "release",
        printer_id=row.printer_id,
        printer_name=printer_name,
        issued_at=row.issued_at,
        open=waiting and in_time,
        refused=refused,
    )
