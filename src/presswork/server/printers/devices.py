"""The device behind a printer: which printer stands where, where it moved to, and which ones nobody wants back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server import audit
from presswork.server.computers import AgentPrincipal, printer_changed
from presswork.server.platform.database import Base, OfTenant, Session, scoped
from presswork.server.printers.models import Printer
from presswork.server.tenants import Principal


class RemovedPrinter(Base, OfTenant):
    """A printer that somebody removed: a search does not bring it back."""

    __tablename__ = "removed_printers"
    __table_args__ = (Index(None, "tenant_id", "device_uri"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """The printer's."""
    device_uri: Mapped[str] = mapped_column(String(1023))
    removed_at: Mapped[datetime]


async def printer_reached_by(session: Session, agent: AgentPrincipal, ways: Sequence[str]) -> UUID | None:
    """The printer that has one of these addresses."""
    found: UUID | None = await session.scalar(
        select(Printer.id).where(Printer.tenant_id == agent.tenant_id, Printer.device_uri.in_(ways)).limit(1)
    )
    return found


async def was_removed(session: Session, agent: AgentPrincipal, ways: Sequence[str]) -> bool:
    """Whether somebody removed a printer that had one of these addresses, and nobody added one there since."""
    removed = scoped(RemovedPrinter, agent).where(RemovedPrinter.device_uri.in_(ways)).limit(1)
    return await session.scalar(removed) is not None


async def follow_device(session: Session, agent: AgentPrincipal, printer_id: UUID, device_uri: str, seen: str) -> bool:
    """The device answers elsewhere now. Followed by itself only where it proved to be the same one: encrypted, and with the
    pinned certificate (``seen``), which every agent checks again before it sends anything.
    """
    printer = await session.scalar(scoped(Printer, agent).where(Printer.id == printer_id))
    if printer is None or not device_uri.startswith("ipps:") or seen != printer.certificate_sha256:
        return False
    before, printer.device_uri = printer.device_uri, device_uri
    await session.flush()
    await printer_changed(session, agent.tenant_id, printer_id)
    await audit.record(
        session,
        agent.actor,
        "printer.moved",
        target_id=printer.id,
        target_name=printer.name,
        before=before,
        after=device_uri,
    )
    return True


def note_removal(session: Session, principal: Principal, printer: Printer) -> None:
    """It is not to come back by itself."""
    session.add(
        RemovedPrinter(
            tenant_id=principal.tenant_id, id=printer.id, device_uri=printer.device_uri, removed_at=session.now()
        )
    )
