"""Which printer a person may mean, among however many: used lately, near, or named like that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select

from presswork.core.errors import Invalid
from presswork.server.networks import networks_beside
from presswork.server.platform.database import Scoped, Session, scoped
from presswork.server.platform.text import plain_pattern
from presswork.server.printers.models import Printer

FIND_LIMIT = 50
_LONGEST = 127


async def find_printers(
    session: Session,
    whose: Scoped,
    text: str,
    *,
    near: Collection[UUID] = (),
    limit: int = 20,
) -> Sequence[Printer]:
    """Printers with ``text`` in their name, place or sign, at most ``limit``: those of the networks ``near`` first. Everybody."""
    wanted = text.strip()[:_LONGEST]
    limit = min(limit, FIND_LIMIT)
    if not wanted:
        return await printers_near(session, whose, near, limit=limit)
    if (known := _as_id(wanted)) is not None:
        return await printers_by_id(session, whose, [known])
    part = f"%{plain_pattern(wanted.lower())}%"
    fits = or_(
        func.lower(Printer.name).like(part, escape="\\"),
        func.lower(Printer.location).like(part, escape="\\"),
        Printer.sign == wanted.upper(),
    )
    query = scoped(Printer, whose).where(fits)
    exact = case((func.lower(Printer.name) == wanted.lower(), 0), else_=1)
    return (await session.scalars(query.order_by(exact, *_nearest(near), Printer.name).limit(limit))).all()


async def named_printer(session: Session, whose: Scoped, named: str) -> Printer:
    """The printer of that name, sign or id. Everybody. ``Invalid`` beside the field ``printer`` where there is none."""
    wanted = named.strip()
    fits = [Printer.name == wanted, func.lower(Printer.name) == wanted.lower(), Printer.sign == wanted.upper()]
    with suppress(ValueError):
        fits.append(Printer.id == UUID(wanted))
    exact_first = case((Printer.name == wanted, 0), else_=1)
    printer = await session.scalar(scoped(Printer, whose).where(or_(*fits)).order_by(exact_first).limit(1))
    if printer is not None:
        return printer
    raise Invalid("There is no printer with this name. Choose one from the list.", field="printer")


async def printers_near(
    session: Session, whose: Scoped, networks: Collection[UUID], *, limit: int = 20
) -> Sequence[Printer]:
    """Printers of these networks by name, then those of other networks of the same sites, then any. Everybody."""
    found: dict[UUID, Printer] = {}
    circles: list[Collection[UUID] | None] = [networks]
    if networks:
        circles.append(await networks_beside(session, whose.tenant_id, networks))
    for circle in (*circles, None):
        left = limit - len(found)
        if left <= 0 or (circle is not None and not circle):
            continue
        query = scoped(Printer, whose).order_by(Printer.name).limit(left)
        query = query.where(Printer.network_id.in_(circle)) if circle else query.where(Printer.id.not_in(found))
        found |= {printer.id: printer for printer in await session.scalars(query)}
    return list(found.values())


async def printers_by_id(session: Session, whose: Scoped, printer_ids: Sequence[UUID]) -> Sequence[Printer]:
    """These printers in the order of their ids; unknown ones are left out. Everybody."""
    if not printer_ids:
        return []
    rows = await session.scalars(scoped(Printer, whose).where(Printer.id.in_(printer_ids)))
    found = {printer.id: printer for printer in rows}
    return [found[printer_id] for printer_id in dict.fromkeys(printer_ids) if printer_id in found]


async def count_printers(session: Session, whose: Scoped, *, up_to: int) -> int:
    """How many printers there are; ``up_to`` stands for that many or more. Everybody."""
    some = select(Printer.id).where(Printer.tenant_id == whose.tenant_id).limit(up_to).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


async def count_by_network(session: Session, tenant_id: UUID) -> Mapping[UUID | None, int]:
    """How many printers are on each network (None: on none that is known); those behind a queue of a computer do not count."""
    rows = await session.execute(
        select(Printer.network_id, func.count())
        .where(Printer.tenant_id == tenant_id, Printer.device_uri.not_like("redirector:%"))
        .group_by(Printer.network_id)
    )
    return dict(rows.all())


def _nearest(near: Collection[UUID]) -> tuple[ColumnElement[int], ...]:
    return (case((Printer.network_id.in_(near), 0), else_=1),) if near else ()


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
