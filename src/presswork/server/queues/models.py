"""The table of queues."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant

Mode = Literal["hold", "direct"]


class Queue(Base, OfTenant):
    """A queue on every computer of the tenant: it holds jobs until release, or prints directly to one printer."""

    __tablename__ = "queues"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(127))
    info: Mapped[str]
    location: Mapped[str]
    mode: Mapped[Mode] = mapped_column(String(16))
    printer_id: Mapped[UUID | None] = mapped_column(ForeignKey("printers.id"), index=True)
    created_at: Mapped[datetime]
