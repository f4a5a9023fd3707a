"""Which computers reached a printer when they last tried, and which did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select

from presswork.server.platform.database import Session
from presswork.server.printers.models import PrinterSighting

IN_VAIN_FOR = timedelta(hours=1)
"""After that a computer that did not reach the printer may try again."""
_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Sightings:
    """What computers found when they last tried."""

    reached: frozenset[UUID]
    in_vain: frozenset[UUID]
    """Lately."""


async def sightings_of(session: Session, tenant_id: UUID, printer_id: UUID) -> Sightings:
    """Who reached the printer, and who tried in vain lately; the newest of very many."""
    rows = await session.execute(
        select(PrinterSighting.computer_id, PrinterSighting.reached)
        .where(
            PrinterSighting.tenant_id == tenant_id,
            PrinterSighting.printer_id == printer_id,
            or_(PrinterSighting.reached, PrinterSighting.at > session.now() - IN_VAIN_FOR),
        )
        .order_by(PrinterSighting.at.desc())
        .limit(_LIMIT)
    )
    found = dict(rows.all())
    reached = frozenset(computer_id for computer_id, was in found.items() if was)
    return Sightings(reached, frozenset(found) - reached)
