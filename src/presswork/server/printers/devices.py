"""The device behind a printer: which printer stands where, where it moved to, and which ones nobody wants back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server import audit
from presswork.server.computers import AgentPrincipal, printer_changed
from presswork.server.platform.database import Base, OfTenant, Session, scoped
from presswork.server.printers.models import Printer
from presswork.server.tenants import Principal

_TELLING = 5
"""Letters of a serial number that no other device has by chance: shorter ones are what makers write when there is none."""


class RemovedPrinter(Base, OfTenant):
    """A printer that somebody removed: a search does not bring it back."""

    __tablename__ = "removed_printers"
    __table_args__ = (
        Index(None, "tenant_id", "device_uri"),
        Index(None, "tenant_id", "device_uuid"),
        Index(None, "tenant_id", "serial_number"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """The printer's."""
    device_uri: Mapped[str] = mapped_column(String(1023))
    device_uuid: Mapped[str] = mapped_column(String(36))
    serial_number: Mapped[str]
    removed_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Device:
    """By what a device is known: its addresses, and what it says of itself; empty for nothing."""

    ways: Sequence[str]
    uuid: str = ""
    serial_number: str = ""


async def printer_behind(session: Session, agent: AgentPrincipal, device: Device) -> UUID | None:
    """The printer that is this device: by its UUID, else its serial number, else one of its addresses."""
    for fits in _signs(Printer, device):
        found: UUID | None = await session.scalar(
            select(Printer.id).where(Printer.tenant_id == agent.tenant_id, fits).limit(1)
        )
        if found is not None:
            return found
    return None


async def was_removed(session: Session, agent: AgentPrincipal, device: Device) -> bool:
    """Whether somebody removed a printer that was this device."""
    removed = scoped(RemovedPrinter, agent).where(or_(*_signs(RemovedPrinter, device))).limit(1)
    return await session.scalar(removed) is not None


async def is_reached_by(session: Session, agent: AgentPrincipal, printer_id: UUID, ways: Sequence[str]) -> bool:
    """Whether the printer's address is among these."""
    reached = select(Printer.id).where(
        Printer.tenant_id == agent.tenant_id, Printer.id == printer_id, Printer.device_uri.in_(ways)
    )
    return await session.scalar(reached) is not None


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
            tenant_id=principal.tenant_id,
            id=printer.id,
            device_uri=printer.device_uri,
            device_uuid=printer.device_uuid,
            serial_number=printer.serial_number,
            removed_at=session.now(),
        )
    )


def _signs(table: type[Printer] | type[RemovedPrinter], device: Device) -> list[ColumnElement[bool]]:
    signs: list[ColumnElement[bool]] = []
    if device.uuid:
        signs.append(table.device_uuid == device.uuid.lower())
    if len(device.serial_number) >= _TELLING:
        signs.append(table.serial_number == device.serial_number)
    return [*signs, table.device_uri.in_(device.ways)]
