"""Tables of places: the tree of sites, the networks in them, and the marks by which a network is known."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.networks.marks import MarkKind
from presswork.server.platform.database import Base, OfTenant


class Site(Base, OfTenant):
    """A place of the organisation: a building, a town, a country; within another one, or at the top."""

    __tablename__ = "sites"
    __table_args__ = (Index(None, "tenant_id", "parent_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str]


class Network(Base, OfTenant):
    """Where computers and printers can reach each other."""

    __tablename__ = "networks"
    __table_args__ = (UniqueConstraint("tenant_id", "name"), Index(None, "tenant_id", "site_id"))

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    site_id: Mapped[UUID | None] = mapped_column(ForeignKey("sites.id"))
    created_at: Mapped[datetime]


class NetworkMark(Base, OfTenant):
    """By any one of its marks a network is known; a mark belongs to one network of the tenant."""

    __tablename__ = "network_marks"
    __table_args__ = (UniqueConstraint("tenant_id", "kind", "value"), Index(None, "tenant_id", "network_id"))

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("networks.id", ondelete="CASCADE"))
    kind: Mapped[MarkKind] = mapped_column(String(16))
    value: Mapped[str]
    """In the one form ``marks.canonical`` gives it."""
