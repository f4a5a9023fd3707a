"""Tables of the installation and its tenants: the only ones above a tenant."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base


class InstallationRow(Base):
    """This installation: one row. The keys of its CA and for its tickets are sealed with the key file."""

    __tablename__ = "installation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ca_certificate: Mapped[str] = mapped_column(Text)
    ca_key_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    ticket_certificate: Mapped[str | None] = mapped_column(Text, default=None)
    ticket_key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    """Ed25519, 32 octets; None until the first start of a release that has one."""


class Tenant(Base):
    """An organisation. ``desired_revision`` changes with everything all its computers are to have."""

    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    desired_revision: Mapped[str]
    created_at: Mapped[datetime]
