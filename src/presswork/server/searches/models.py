"""Tables of the search for printers: searches, and the devices they found."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant

Standing = Literal["new", "added", "left-out"]
"""Of a found device: to be decided, a printer of ours, or one that nobody wants to see again."""


class Search(Base, OfTenant):
    """Somebody looks for printers, through a computer that is there."""

    __tablename__ = "searches"
    __table_args__ = (Index(None, "tenant_id", "computer_id", "ended_at"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"))
    ranges: Mapped[tuple[str, ...]]
    announced: Mapped[bool]
    started_at: Mapped[datetime]
    heard_at: Mapped[datetime]
    """When its computer last told something of it."""
    asked: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    """Devices that answered, known ones among them."""
    stopped: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    sentence: Mapped[str] = mapped_column(default="")
    """Why it could not be done, where it could not."""


class FoundDevice(Base, OfTenant):
    """A device that a search found: one row a device, however often and by however many ways it is found."""

    __tablename__ = "found_devices"
    __table_args__ = (
        Index(None, "tenant_id", "standing", "id"),
        Index(None, "tenant_id", "uuid"),
        Index(None, "tenant_id", "serial_number"),
        Index(None, "tenant_id", "mac"),
        Index(None, "tenant_id", "host"),
        Index(None, "tenant_id", "printer_id"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    computer_id: Mapped[UUID | None] = mapped_column(ForeignKey("computers.id", ondelete="SET NULL"))
    """Through which it was found last."""
    host: Mapped[str]
    ways: Mapped[tuple[str, ...]]
    """The strongest first."""
    certificate_sha256: Mapped[str | None] = mapped_column(String(64))
    uuid: Mapped[str]
    serial_number: Mapped[str]
    mac: Mapped[str]
    name: Mapped[str]
    location: Mapped[str]
    make_and_model: Mapped[str]
    first_seen_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    standing: Mapped[Standing] = mapped_column(String(16), default="new")
    printer_id: Mapped[UUID | None] = mapped_column(ForeignKey("printers.id", ondelete="SET NULL"), default=None)
    """The printer it stands behind; none any more where that was removed, and then it stays out of sight."""
    moved_to: Mapped[str] = mapped_column(String(1023), default="")
    """Where its printer could be reached from now on, until a person says so; empty for nothing to decide."""
