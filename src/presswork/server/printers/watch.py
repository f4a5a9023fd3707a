"""Which computer watches a printer: one of its network does, the others do not, and the choice moves when that one is gone.

``choose`` decides, from facts only; ``assign_watchers`` brings it the facts and writes down what changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from presswork.protocols.control.agent import WATCHES_PRINTERS
from presswork.server.computers import Computer, Watcher, computer_changed, watchers_online
from presswork.server.platform.database import Session
from presswork.server.printers.models import Printer, PrinterSighting

AT_ONCE = 2000
"""Printers looked at in one round; the others come with the next."""
_IN_VAIN_FOR = timedelta(hours=1)
"""After that a computer that did not reach the printer may try again."""


@dataclass(frozen=True, slots=True)
class Watchable:
    """A printer whose watcher is to be chosen."""

    printer_id: UUID
    network_id: UUID | None
    watcher_id: UUID | None
    reached: frozenset[UUID] = frozenset()
    """Computers that reached it when they last tried."""
    in_vain: frozenset[UUID] = frozenset()
    """Computers that tried lately and did not reach it."""


def choose(printer: Watchable, online: Iterable[Watcher]) -> UUID | None:
    """The computer that is to watch it; None where nobody can.

    First those that reached it, then those on its network that have not tried, then those that tried in vain. Whoever
    watches now goes on as long as nobody is better placed; among equals the order is the same for all printers of a
    network, so that one computer does the work of all.
    """
    places = {watcher.computer_id: place for watcher in online if (place := _place(printer, watcher)) is not None}
    if not places:
        return None
    best = min(places.values())
    if printer.watcher_id is not None and places.get(printer.watcher_id) == best:
        return printer.watcher_id
    equals = (computer_id for computer_id, place in places.items() if place == best)
    return max(equals, key=lambda computer_id: _weight(printer.network_id, computer_id))


def _place(printer: Watchable, watcher: Watcher) -> int | None:
    if watcher.computer_id in printer.reached:
        return 0
    if printer.network_id is not None and printer.network_id not in watcher.networks:
        return None
    return 2 if watcher.computer_id in printer.in_vain else 1


def _weight(network_id: UUID | None, computer_id: UUID) -> bytes:
    """Rendezvous hashing: when one of many computers goes, only what it did moves."""
    return hashlib.sha256((network_id.bytes if network_id else b"") + computer_id.bytes).digest()


async def watched_by(session: Session, tenant_id: UUID, computer_id: UUID) -> Sequence[UUID]:
    """The printers this computer watches."""
    found = await session.scalars(
        select(Printer.id).where(Printer.tenant_id == tenant_id, Printer.watcher_id == computer_id).order_by(Printer.id)
    )
    return found.all()


async def assign_watchers(session: Session) -> None:
    """Choose anew for every printer that nobody watches, or whose watcher is gone or does not reach it."""
    tenants = (await session.scalars(select(Printer.tenant_id).distinct())).all()
    for tenant_id in tenants:
        await _assign(session, tenant_id)


async def _assign(session: Session, tenant_id: UUID) -> None:
    open_ = await _open(session, tenant_id)
    if not open_:
        return
    sightings = await _sightings(session, tenant_id, open_)
    known = {one for reached, in_vain in sightings.values() for one in reached | in_vain}
    known |= {printer.watcher_id for printer in open_ if printer.watcher_id is not None}
    networks = {printer.network_id for printer in open_}
    online = [
        watcher
        for watcher in await watchers_online(session, tenant_id, networks, known)
        if WATCHES_PRINTERS in watcher.capabilities
    ]
    changed: set[UUID] = set()
    for printer in open_:
        reached, in_vain = sightings.get(printer.id, (frozenset(), frozenset()))
        watcher_id = choose(Watchable(printer.id, printer.network_id, printer.watcher_id, reached, in_vain), online)
        if watcher_id != printer.watcher_id:
            changed |= {one for one in (watcher_id, printer.watcher_id) if one is not None}
            printer.watcher_id = watcher_id
    await session.flush()
    for computer_id in sorted(changed):
        await computer_changed(session, tenant_id, computer_id)


async def _open(session: Session, tenant_id: UUID) -> Sequence[Printer]:
    """Printers whose watcher is not there first, then those that their watcher does not reach."""
    query = (
        select(Printer)
        .outerjoin(Computer, Computer.id == Printer.watcher_id)
        .outerjoin(
            PrinterSighting,
            and_(PrinterSighting.printer_id == Printer.id, PrinterSighting.computer_id == Printer.watcher_id),
        )
        .where(
            Printer.tenant_id == tenant_id,
            or_(
                Printer.watcher_id.is_(None),
                Computer.online_until.is_(None),
                Computer.online_until <= session.now(),
                Computer.revoked_at.is_not(None),
                PrinterSighting.reached.is_(False),
            ),
        )
        .order_by(func.coalesce(PrinterSighting.reached, True).desc(), Printer.id)
        .limit(AT_ONCE)
    )
    return (await session.scalars(query)).all()


async def _sightings(
    session: Session, tenant_id: UUID, printers: Sequence[Printer]
) -> Mapping[UUID, tuple[frozenset[UUID], frozenset[UUID]]]:
    """For each printer who reached it, and who tried lately in vain."""
    if not printers:
        return {}
    rows = await session.execute(
        select(
            PrinterSighting.printer_id, PrinterSighting.computer_id, PrinterSighting.reached, PrinterSighting.at
        ).where(
            PrinterSighting.tenant_id == tenant_id,
            PrinterSighting.printer_id.in_([printer.id for printer in printers]),
        )
    )
    lately = session.now() - _IN_VAIN_FOR
    found: dict[UUID, tuple[set[UUID], set[UUID]]] = {}
    for printer_id, computer_id, reached, at in rows:
        who = found.setdefault(printer_id, (set(), set()))
        if reached:
            who[0].add(computer_id)
        elif at > lately:
            who[1].add(computer_id)
    return {printer_id: (frozenset(reached), frozenset(vain)) for printer_id, (reached, vain) in found.items()}
