"""Which computer watches a printer: one of its network does, the others do not, and the choice moves when that one is gone.

``choose`` decides, from facts only; ``assign_watchers`` brings it the facts and writes down what changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import aliased

from presswork.protocols.control.agent import WATCHES_PRINTERS
from presswork.server.computers import Computer, Watcher, computer_changed, networks_with_somebody, watchers_online
from presswork.server.platform.database import Session
from presswork.server.printers.models import Printer, PrinterSighting
from presswork.server.printers.sightings import IN_VAIN_FOR

_IN_ONE_UPDATE = 1000


@dataclass(frozen=True, slots=True)
class Watchable:
    """All that decides who watches a printer."""

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
        select(Printer.id)
        .where(
            Printer.tenant_id == tenant_id,
            Printer.watcher_id == computer_id,
            Printer.device_uri.not_like("redirector:%"),
        )
        .order_by(Printer.id)
    )
    return found.all()


async def assign_watchers(session: Session) -> None:
    """Choose anew for every printer that nobody watches, or whose watcher is gone or does not reach it."""
    for tenant_id in (await session.scalars(select(Printer.tenant_id).distinct())).all():
        await _assign(session, tenant_id)


async def _assign(session: Session, tenant_id: UUID) -> None:
    places = await networks_with_somebody(session, tenant_id)
    if not places:
        gone = update(Printer).where(Printer.tenant_id == tenant_id, Printer.watcher_id.is_not(None))
        await session.execute(gone.values(watcher_id=None))
        return
    open_ = await _open(session, tenant_id, places)
    if not open_:
        return
    concerned = {one for alike in open_ for one in (alike.watcher_id, *alike.reached, *alike.in_vain) if one}
    networks = {alike.network_id for alike in open_}
    found = await watchers_online(session, tenant_id, networks, concerned)
    online = [watcher for watcher in found if WATCHES_PRINTERS in watcher.capabilities]
    changed: set[UUID] = set()
    for alike, printer_ids in open_.items():
        watcher_id = choose(alike, online)
        if watcher_id == alike.watcher_id:
            continue
        changed |= {one for one in (watcher_id, alike.watcher_id) if one is not None}
        for start in range(0, len(printer_ids), _IN_ONE_UPDATE):
            ids = printer_ids[start : start + _IN_ONE_UPDATE]
            await session.execute(update(Printer).where(Printer.id.in_(ids)).values(watcher_id=watcher_id))
    for computer_id in sorted(changed):
        await computer_changed(session, tenant_id, computer_id)


async def _open(
    session: Session, tenant_id: UUID, places: Collection[UUID | None]
) -> Mapping[Watchable, Sequence[UUID]]:
    """Printers whose watcher is not there or does not reach them, by what decides; without those for which nobody is there."""
    theirs = aliased(PrinterSighting)
    reached_by_somebody = (
        select(PrinterSighting.printer_id)
        .join(Computer, Computer.id == PrinterSighting.computer_id)
        .where(PrinterSighting.printer_id == Printer.id, PrinterSighting.reached, Computer.online_until > session.now())
        .exists()
    )
    open_ = (
        select(Printer.id, Printer.network_id, Printer.watcher_id)
        .outerjoin(Computer, Computer.id == Printer.watcher_id)
        .outerjoin(theirs, and_(theirs.printer_id == Printer.id, theirs.computer_id == Printer.watcher_id))
        .where(
            Printer.tenant_id == tenant_id,
            Printer.device_uri.not_like("redirector:%"),  # a queue of a print server says nothing to anybody
            or_(
                Printer.watcher_id.is_not(None),
                Printer.network_id.is_(None),
                Printer.network_id.in_([one for one in places if one is not None]),
                reached_by_somebody,
            ),
            or_(
                Printer.watcher_id.is_(None),
                Computer.online_until.is_(None),
                Computer.online_until <= session.now(),
                Computer.revoked_at.is_not(None),
                theirs.reached.is_(False),
            ),
        )
    )
    rows = (await session.execute(open_.order_by(Printer.id))).all()
    if not rows:
        return {}
    lately = session.now() - IN_VAIN_FOR
    reached: dict[UUID, set[UUID]] = {}
    in_vain: dict[UUID, set[UUID]] = {}
    sightings = select(PrinterSighting.printer_id, PrinterSighting.computer_id, PrinterSighting.reached).where(
        PrinterSighting.tenant_id == tenant_id,
        PrinterSighting.printer_id.in_(open_.with_only_columns(Printer.id)),
        or_(PrinterSighting.reached, PrinterSighting.at > lately),
    )
    for printer_id, computer_id, was_reached in await session.execute(sightings):
        (reached if was_reached else in_vain).setdefault(printer_id, set()).add(computer_id)
    found: dict[tuple[UUID | None, UUID | None, frozenset[UUID], frozenset[UUID]], list[UUID]] = {}
    for printer_id, network_id, watcher_id in rows:
        who = frozenset(reached.get(printer_id, ())), frozenset(in_vain.get(printer_id, ()))
        found.setdefault((network_id, watcher_id, *who), []).append(printer_id)
    return {Watchable(*key): ids for key, ids in found.items()}
