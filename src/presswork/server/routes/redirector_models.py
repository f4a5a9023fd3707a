"""Tables of redirectors: what people are called there, and what legacy systems may print."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant


class RedirectorNaming(Base, OfTenant):
    """By which rule people are called on a redirector whom its table does not name."""

    __tablename__ = "redirector_namings"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(16))
    domain: Mapped[str] = mapped_column(default="")
    """What stands behind the ``@`` of a user principal name."""


class RedirectorName(Base, OfTenant):
    """What one person is called on a redirector."""

    __tablename__ = "redirector_names"
    __table_args__ = (
        UniqueConstraint("computer_id", "folded"),
        Index(None, "tenant_id", "user_id"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str]
    folded: Mapped[str]
    """The name without difference between capital and small letters."""


class InwardQueue(Base, OfTenant):
    """Legacy systems print to this queue over a redirector."""

    __tablename__ = "inward_queues"
    __table_args__ = (
        UniqueConstraint("computer_id", "socket_port"),
        Index(None, "tenant_id", "queue_id"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    queue_id: Mapped[UUID] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    ipp: Mapped[bool]
    lpd: Mapped[bool]
    socket_port: Mapped[int | None]
    allowed: Mapped[tuple[str, ...]]
    """The networks it may come from."""
    owner: Mapped[str]
    """The name that jobs get which name nobody; empty: those are refused."""
