"""Queues: added, changed and removed by administrators."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.protocols.control.words import NO_DEFAULTS, QueueDefaults
from presswork.server import audit
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.text import one_line
from presswork.server.printers import get_printer
from presswork.server.queues.models import Mode, Queue
from presswork.server.tenants import Principal, Role, desired_changed

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
    automatic: bool = True,
    defaults: QueueDefaults = NO_DEFAULTS,
) -> Queue:
    """A new queue, for everybody everywhere. Administrators. ``Conflict`` where the name is taken.

    ``automatic``: it comes by itself, else to those who add it.
    """
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
        automatic=automatic,
    )
    _set_defaults(queue, defaults)
    await _require_free(session, principal, queue.name)
    session.add(queue)
    await session.flush()
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, "queue.added", target_id=queue.id, target_name=queue.name, mode=queue.mode)
    return queue


async def list_queues(
    session: Session, principal: Principal, *, after: str | None = None, limit: int = PAGE_LIMIT
) -> Sequence[Queue]:
    """Queues of the tenant by name; ``after`` is the last name of the page before. Everybody signed in."""
    queues = scoped(Queue, principal).order_by(Queue.name).limit(min(limit, PAGE_LIMIT))
    if after is not None:
        queues = queues.where(Queue.name > after)
    return (await session.scalars(queues)).all()


async def find_queue(session: Session, principal: Principal, name: str) -> Queue:
    """The queue of that name. Everybody signed in. ``Invalid`` beside the field ``queue`` where there is none."""
    queue = await session.scalar(scoped(Queue, principal).where(Queue.name == name.strip()))
    if queue is None:
        raise Invalid("There is no queue with this name. Choose one from the list.", field="queue")
    return queue


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
    automatic: bool | None = None,
    defaults: QueueDefaults | None = None,
) -> Queue:
    """Change what is given; ``printer_id`` goes with ``mode``. The name stays: it stands in people's dialogs. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    queue = await get_queue(session, principal, queue_id)
    before = _described(queue)
    if mode is not None:
        queue.printer_id = await _printer_for(session, principal, mode, printer_id)
        queue.mode = _mode(mode)
    if info is not None:
        queue.info = one_line(info, field="info", limit=127, empty=True)
    if location is not None:
        queue.location = one_line(location, field="location", limit=127, empty=True)
    if automatic is not None:
        queue.automatic = automatic
    if defaults is not None:
        _set_defaults(queue, defaults)
    if _described(queue) != before:
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


async def queue_names(session: Session, tenant_id: UUID, queue_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Names by id, for other domains that show them; unknown ids are left out."""
    if not queue_ids:
        return {}
    rows = await session.execute(
        select(Queue.id, Queue.name).where(Queue.tenant_id == tenant_id, Queue.id.in_(queue_ids))
    )
    return dict(rows.all())


async def queues_of_jobs(session: Session, tenant_id: UUID, queue_ids: Collection[UUID]) -> Mapping[UUID, Queue]:
    """Queues by id, for other domains that show them; unknown ids are left out."""
    if not queue_ids:
        return {}
    rows = await session.scalars(select(Queue).where(Queue.tenant_id == tenant_id, Queue.id.in_(queue_ids)))
    return {queue.id: queue for queue in rows}


async def _printer_for(session: Session, principal: Principal, mode: Mode, printer_id: UUID | None) -> UUID | None:
    if printer_id is None:
        if mode == "hold":
            return None
        raise Invalid("Only a queue that waits for release can do without a printer. Choose one.", field="printer_id")
    return (await get_printer(session, principal, printer_id)).id


def _set_defaults(queue: Queue, defaults: QueueDefaults) -> None:
    queue.copies_default, queue.sides_default = defaults.copies, defaults.sides
    queue.color_default, queue.media_default = defaults.print_color_mode, defaults.media


def _described(queue: Queue) -> tuple[object, ...]:
    return (
        queue.mode,
        queue.printer_id,
        queue.info,
        queue.location,
        queue.automatic,
        queue.copies_default,
        queue.sides_default,
        queue.color_default,
        queue.media_default,
    )


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
    match mode:
        case "hold" | "ask" | "direct":
            return mode
    raise Invalid("A queue holds jobs, asks, or prints at once.", field="mode")
