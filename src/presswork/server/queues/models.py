"""Tables of queues: what they do, who sees them, who asked for them, where they are the default."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant

Mode = Literal["hold", "ask", "direct"]


class Queue(Base, OfTenant):
    """A queue on computers: it holds jobs until release, asks whether to print now, or prints at once at one printer."""

    __tablename__ = "queues"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index(None, "tenant_id", "automatic", "for_networks", "for_groups"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(127))
    info: Mapped[str]
    location: Mapped[str]
    mode: Mapped[Mode] = mapped_column(String(16))
    printer_id: Mapped[UUID | None] = mapped_column(ForeignKey("printers.id"), index=True)
    """Where it prints, or what it offers at release; None: any printer (*anywhere*)."""
    created_at: Mapped[datetime]
    automatic: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether it comes by itself to whoever may see it; else they add it."""
    for_groups: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether there are rows of it in ``queue_groups``: then only those see it."""
    for_networks: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether there are rows of it in ``queue_networks``."""
    copies_default: Mapped[int | None] = mapped_column(default=None)
    sides_default: Mapped[str | None] = mapped_column(String(32), default=None)
    color_default: Mapped[str | None] = mapped_column(String(16), default=None)
    """``print-color-mode``."""
    media_default: Mapped[str | None] = mapped_column(String(63), default=None)


class QueueGroup(Base, OfTenant):
    """A group that sees a queue."""

    __tablename__ = "queue_groups"
    __table_args__ = (Index(None, "tenant_id", "group_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    queue_id: Mapped[UUID] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("user_groups.id"), primary_key=True)


class QueueNetwork(Base, OfTenant):
    """A network on which a queue is seen."""

    __tablename__ = "queue_networks"
    __table_args__ = (Index(None, "tenant_id", "network_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    queue_id: Mapped[UUID] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("networks.id"), primary_key=True)


class QueueWish(Base, OfTenant):
    """A person added a queue that does not come by itself."""

    __tablename__ = "queue_wishes"
    __table_args__ = (Index(None, "tenant_id", "user_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    queue_id: Mapped[UUID] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


class NetworkDefault(Base, OfTenant):
    """The queue that is the default destination of the computers on a network."""

    __tablename__ = "network_defaults"
    __table_args__ = (Index(None, "tenant_id", "queue_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    network_id: Mapped[UUID] = mapped_column(ForeignKey("networks.id", ondelete="CASCADE"), primary_key=True)
    queue_id: Mapped[UUID] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"))
