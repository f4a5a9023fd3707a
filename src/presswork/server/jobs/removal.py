"""A computer that holds jobs is removed: nothing is heard of them any more, and no order for them is ever answered."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, insert, literal, select, update

from presswork.protocols.control.timeline import JobEvent
from presswork.server.computers import Computer, revoke_computer
from presswork.server.jobs.models import Job, OrderRow, TimelineRow
from presswork.server.jobs.schemas import TERMINATED
from presswork.server.platform.database import Session
from presswork.server.tenants import Principal

_AT_A_PRINTER = ("processing", "processing-stopped")


async def remove_computer(session: Session, principal: Principal, computer_id: UUID) -> Computer:
    """Remove a computer (``revoke_computer``), and end every job it holds. Administrators.

    What it was sending is *unknown*. A job that it has handed over by then, unheard of yet, comes back with its new holder's report.
    """
    computer = await revoke_computer(session, principal, computer_id)
    await session.flush()
    await _write_down(session, computer)
    held, now = _held_by(computer), session.now()
    ended = {"state": "aborted", "state_reasons": (), "ended_at": now}
    outcome = case((Job.state.in_(_AT_A_PRINTER), "unknown"), else_=Job.outcome)
    await session.execute(update(Job).where(held, Job.state.not_in(TERMINATED)).values(outcome=outcome, **ended))
    await session.execute(update(Job).where(held).values(document_kept=False, current=False))
    of_it = (OrderRow.tenant_id == computer.tenant_id, OrderRow.computer_id == computer.id)
    answer = {"answered_at": now, "code": "gone", "sentence": "The computer that holds the document was removed."}
    await session.execute(update(OrderRow).where(*of_it, OrderRow.answered_at.is_(None)).values(**answer))
    return computer


async def _write_down(session: Session, computer: Computer) -> None:
    entry = TimelineRow.tenant_id == Job.tenant_id, TimelineRow.job_id == Job.id
    last = select(func.coalesce(func.max(TimelineRow.sequence), 0)).where(*entry).scalar_subquery()
    rows = select(
        Job.tenant_id,
        Job.id,
        last + 1,
        literal(session.now(), TimelineRow.at.type),
        literal(JobEvent.HOLDER_REMOVED.value),
        literal({"computer": computer.name}, TimelineRow.values.type),
    ).where(_held_by(computer))
    await session.execute(
        insert(TimelineRow).from_select(["tenant_id", "job_id", "sequence", "at", "event", "values"], rows)
    )


def _held_by(computer: Computer) -> ColumnElement[bool]:
    return and_(Job.tenant_id == computer.tenant_id, Job.computer_id == computer.id, Job.current.is_(True))
