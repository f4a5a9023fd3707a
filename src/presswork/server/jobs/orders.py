"""Orders: what a person asks of the holder of a job. Asking twice is asking once; only the holder decides what happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, update

from presswork.core.errors import Conflict, Gone
from presswork.protocols.control.words import Order, OrderAnswer
from presswork.server import audit
from presswork.server.audit import Actor, actor_of
from presswork.server.computers import AgentPrincipal, tell_of_printer
from presswork.server.jobs.models import DESTROY, Job, OrderRow
from presswork.server.jobs.schemas import RELEASE_LIFE, TERMINATED, releasable
from presswork.server.jobs.views import own_job
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.events import News
from presswork.server.printers import Printer, get_printer, printer_specs
from presswork.server.tenants import Principal

ORDERS_KEPT = timedelta(days=30)
PRINTER_NEEDED = timedelta(days=7)
"""How long a computer is told of changes of a printer that something of it was released to."""
_AT_ONCE = 500
_RELEASE, _AGAIN, _DELETE = "release", "release-again", "delete"
"""Kinds of orders in the table."""

_LASTING = (_DELETE, DESTROY)
"""What is meant however late its computer comes."""


async def release_job(
    session: Session, principal: Principal, job_id: UUID, printer_id: UUID, *, again: bool = False
) -> UUID:
    """Print an own job on this printer: gives the order's id, the same one while the same order is open.

    ``again``: the person knows that it was sent before, and that it may have come out. ``NotFound`` for a job or printer
    that is not there or not theirs, ``Gone`` where the document is destroyed, ``Conflict`` where the job is not complete, on
    its way already, ordered elsewhere, or was sent without ``again``.
    """
    job = await own_job(session, principal, job_id, locked=True)
    printer = await get_printer(session, principal, printer_id)
    return await order_release(session, job, printer, actor_of(principal), principal.user_id, again=again)


async def order_release(session: Session, job: Job, printer: Printer, by: Actor, user_id: UUID, *, again: bool) -> UUID:
    """The same of a job that is that person's, and locked."""
    standing = await _open_order(session, job)
    if standing is not None:
        if standing.kind != _DELETE and standing.printer_id == printer.id:
            return standing.id
        raise Conflict("Something else was asked for this document a moment ago. Wait until it is done.")
    if not releasable(job.state, job.state_reasons, document_kept=job.document_kept):
        raise _not_releasable(job)
    if job.outcome is not None and not again:
        raise Conflict("This document was sent to a printer in the meantime. Look there before you print it again.")
    order = await _issue(session, user_id, job, _AGAIN if again else _RELEASE, printer.id)
    await audit.record(session, by, "job.released", target_id=job.id, printer=printer.name)
    return order.id


async def delete_job(session: Session, principal: Principal, job_id: UUID) -> UUID:
    """Destroy an own job's document, or stop it: gives the order's id. ``Gone`` where there is nothing to destroy.

    A release that its holder has not taken yet is withdrawn.
    """
    job = await own_job(session, principal, job_id, locked=True)
    return await order_deletion(session, job, actor_of(principal), principal.user_id)


async def order_deletion(session: Session, job: Job, by: Actor, user_id: UUID) -> UUID:
    """The same of a job that is that person's, and locked."""
    standing = await _open_order(session, job)
    if standing is not None and standing.kind == _DELETE:
        return standing.id
    if not job.document_kept and job.state in TERMINATED:
        raise Gone("The document is destroyed already.")
    if standing is not None:
        standing.answered_at = session.now()
        standing.code, standing.sentence = "gone", "You deleted it before it was printed."
    order = await _issue(session, user_id, job, _DELETE, None)
    await audit.record(session, by, "job.deleted", target_id=job.id)
    return order.id


async def open_orders(session: Session, agent: AgentPrincipal) -> tuple[Order, ...]:
    """What this computer's agent has still to answer, oldest first."""
    found = await session.scalars(
        scoped(OrderRow, agent)
        .where(OrderRow.computer_id == agent.computer_id, _open(session))
        .order_by(OrderRow.id)
        .limit(_AT_ONCE)
    )
    rows = found.all()
    wanted = {row.printer_id for row in rows if row.printer_id}
    specs = await printer_specs(session, agent.tenant_id, wanted, computer_id=agent.computer_id)
    printers = {spec.printer_id: spec for spec in specs}
    return tuple(
        Order(
            order_id=row.id,
            kind="delete" if row.kind in _LASTING else "release",
            job_id=row.job_id,
            printer_id=row.printer_id,
            printer=None if row.printer_id is None else printers.get(row.printer_id),
            user_id=row.user_id,
            issued_at=row.issued_at,
            again=row.kind == _AGAIN,
            fence=row.fence,
        )
        for row in rows
    )


async def order_destruction(session: Session, job: Job, computer_id: UUID, fence: int) -> None:
    """What this computer has of the job, or will have, under that number or a smaller one is to be destroyed."""
    assert job.user_id is not None  # noqa: S101 - nobody's job is handed over
    session.add(
        OrderRow(
            tenant_id=job.tenant_id,
            id=session.new_id(),
            job_id=job.id,
            computer_id=computer_id,
            kind=DESTROY,
            printer_id=None,
            fence=fence,
            user_id=job.user_id,
            issued_at=session.now(),
        )
    )
    await session.flush()
    session.announce(News(job.tenant_id, computer_id))


async def answer_orders(session: Session, agent: AgentPrincipal, answers: Sequence[OrderAnswer]) -> None:
    """What became of orders, each answered once; those of other computers are left out. A late answer still counts."""
    now = session.now()
    for answer in answers:
        await session.execute(
            update(OrderRow)
            .where(
                OrderRow.tenant_id == agent.tenant_id,
                OrderRow.computer_id == agent.computer_id,
                OrderRow.id == answer.order_id,
                OrderRow.answered_at.is_(None),
            )
            .values(answered_at=now, done=answer.done, code=answer.code, sentence=answer.sentence)
        )


async def forget_orders(session: Session) -> None:
    """Remove orders of long ago; of all tenants, run from time to time."""
    await session.execute(delete(OrderRow).where(OrderRow.issued_at <= session.now() - ORDERS_KEPT))


async def _open_order(session: Session, job: Job) -> OrderRow | None:
    return await session.scalar(
        scoped(OrderRow, job)
        .where(OrderRow.job_id == job.id, OrderRow.kind != DESTROY, _open(session))
        .order_by(OrderRow.id.desc())
        .limit(1)
    )


async def _issue(session: Session, user_id: UUID, job: Job, kind: str, printer_id: UUID | None) -> OrderRow:
    order = OrderRow(
        tenant_id=job.tenant_id,
        id=session.new_id(),
        job_id=job.id,
        computer_id=job.computer_id,
        kind=kind,
        printer_id=printer_id,
        user_id=user_id,
        issued_at=session.now(),
    )
    session.add(order)
    await session.flush()
    if printer_id is not None:
        until = session.now() + PRINTER_NEEDED
        await tell_of_printer(session, job.tenant_id, job.computer_id, printer_id, until=until)
    session.announce(News(job.tenant_id, job.computer_id))
    return order


def _open(session: Session) -> ColumnElement[bool]:
    still_meant = or_(OrderRow.kind.in_(_LASTING), OrderRow.issued_at > session.now() - RELEASE_LIFE)
    return and_(OrderRow.answered_at.is_(None), still_meant)


def _not_releasable(job: Job) -> Conflict | Gone:
    if not job.document_kept and job.state in TERMINATED:
        return Gone("The document is destroyed. Print it again.")
    if job.document_kept and job.state not in TERMINATED and job.state != "pending-held":
        return Conflict("This document is on its way to a printer already.")
    return Conflict("This document has not arrived completely yet. Wait a moment and try again.")
