"""Queues, and what a computer is to have of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import QueueSpec
from presswork.server import audit
from presswork.server.computers import AgentPrincipal, Computer, bindings_of_computer
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.text import one_line
from presswork.server.printers import get_printer, printer_specs
from presswork.server.queues.models import Mode, Queue
from presswork.server.tenants import Principal, Role, desired_changed, desired_revision

PAGE_LIMIT = 500
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,126}")


async def add_queue(
    session: Session,
    principal: Principal,
    *,
    name: str,
    mode: Mode,
    printer_id: UUID | None = None,
    info: str = "",
    location: str = "",
) -> Queue:
    """A new queue on every computer. Administrators. ``Conflict`` where the name is taken."""
    principal.require(Role.ADMINISTRATOR)
    queue = Queue(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        name=_queue_name(name),
        info=one_line(info, field="info", limit=127, empty=True),
        location=one_line(location, field="location", limit=127, empty=True),
        mode=_mode(mode),
        printer_id=await _printer_for(session, principal, mode, printer_id),
        created_at=session.now(),
    )
    await _require_free(session, principal, queue.name)
    session.add(queue)
    await session.flush()
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, "queue.added", target_id=queue.id, target_name=queue.name, mode=queue.mode)
    return queue


async def list_queues(session: Session, principal: Principal) -> Sequence[Queue]:
    """Queues of the tenant by name. Everybody signed in."""
    return (await session.scalars(scoped(Queue, principal).order_by(Queue.name).limit(PAGE_LIMIT))).all()


async def get_queue(session: Session, principal: Principal, queue_id: UUID) -> Queue:
    """One queue. Everybody signed in."""
    queue = await session.scalar(scoped(Queue, principal).where(Queue.id == queue_id))
    if queue is None:
        raise NotFound("There is no such queue.")
    return queue


async def change_queue(
    session: Session,
    principal: Principal,
    queue_id: UUID,
    *,
    mode: Mode | None = None,
    printer_id: UUID | None = None,
    info: str | None = None,
    location: str | None = None,
) -> Queue:
    """Change what is given; ``printer_id`` goes with ``mode``. The name stays: it stands in people's dialogs. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    queue = await get_queue(session, principal, queue_id)
    before = (queue.mode, queue.printer_id, queue.info, queue.location)
    if mode is not None:
        queue.printer_id = await _printer_for(session, principal, mode, printer_id)
        queue.mode = _mode(mode)
    if info is not None:
        queue.info = one_line(info, field="info", limit=127, empty=True)
    if location is not None:
        queue.location = one_line(location, field="location", limit=127, empty=True)
    if (queue.mode, queue.printer_id, queue.info, queue.location) != before:
        await session.flush()
        await desired_changed(session, principal.tenant_id)
        await audit.record(
            session, principal, "queue.changed", target_id=queue.id, target_name=queue.name, mode=queue.mode
        )
    return queue


async def remove_queue(session: Session, principal: Principal, queue_id: UUID) -> None:
    """Remove a queue from every computer; its jobs stay with their holders. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    queue = await get_queue(session, principal, queue_id)
    await session.execute(delete(Queue).where(Queue.tenant_id == principal.tenant_id, Queue.id == queue_id))
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, "queue.removed", target_id=queue_id, target_name=queue.name)


async def desired_state(
    session: Session, agent: AgentPrincipal, computer: Computer, *, held: str
) -> DesiredState | None:
    """All that the agent's computer is to have; None where ``held`` is that already.

    One indexed read decides: the revision joins the tenant's and the computer's, and the rest is read only for news.
    """
    revision = f"{await desired_revision(session, agent.tenant_id)}-{computer.desired_revision}"
    if revision == held:
        return None
    rows = await session.execute(
        select(Queue.id, Queue.name, Queue.info, Queue.location, Queue.mode, Queue.printer_id)
        .where(Queue.tenant_id == agent.tenant_id)
        .order_by(Queue.id)
    )
    queues = tuple(
        QueueSpec(queue_id=key, name=name, info=info, location=location, mode=mode, printer_id=printer_id)
        for key, name, info, location, mode, printer_id in rows
    )
    return DesiredState(
        revision=revision,
        computer_name=computer.name,
        queues=queues,
        printers=await printer_specs(session, agent.tenant_id),
        accounts=await bindings_of_computer(session, agent.tenant_id, agent.computer_id),
    )


async def queue_names(session: Session, tenant_id: UUID, queue_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Names by id, for other domains that show them; unknown ids are left out."""
    if not queue_ids:
        return {}
    rows = await session.execute(
        select(Queue.id, Queue.name).where(Queue.tenant_id == tenant_id, Queue.id.in_(queue_ids))
    )
    return dict(rows.all())


async def _printer_for(session: Session, principal: Principal, mode: Mode, printer_id: UUID | None) -> UUID | None:
    if mode == "hold":
        return None
    if printer_id is None:
        raise Invalid("A direct queue needs a printer. Choose one.", field="printer_id")
    return (await get_printer(session, principal, printer_id)).id


async def _require_free(session: Session, principal: Principal, name: str) -> None:
    if await session.scalar(scoped(Queue, principal).where(Queue.name == name)) is not None:
        raise Conflict("There is a queue with this name already. Choose another one.", field="name")


def _queue_name(name: str) -> str:
    if not _NAME.fullmatch(name.strip()):
        raise Invalid(
            "A queue's name is made of letters, digits, hyphen and underscore, and begins with a letter or digit.",
            field="name",
        )
    return name.strip()


def _mode(mode: str) -> Mode:
    if mode == "hold":
        return "hold"
    if mode == "direct":
        return "direct"
    raise Invalid("A queue either holds jobs or prints directly.", field="mode")
