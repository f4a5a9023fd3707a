"""The table of the audit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant


class AuditEntry(Base, OfTenant):
    """One thing somebody did. Names stand as they were then; nothing here is ever changed."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "tenant_id", "id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    """``user``, ``computer``, or ``nobody`` where nobody was known (a refused sign-in)."""
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    address: Mapped[str]
    action: Mapped[str]
    """Stable code, ``noun.verb``, such as ``printer.added``."""
    target_id: Mapped[UUID | None]
    target_name: Mapped[str]
    details: Mapped[dict[str, str]]
