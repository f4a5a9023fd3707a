"""The table of printers: what an administrator entered, and what agents learned."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant


class Printer(Base, OfTenant):
    """A printer. Its identity is its id; name and address may change."""

    __tablename__ = "printers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        UniqueConstraint("tenant_id", "sign"),
        Index(None, "tenant_id", "network_id", "name"),
        Index(None, "tenant_id", "device_uri"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    location: Mapped[str]
    device_uri: Mapped[str] = mapped_column(String(1023))
    sign: Mapped[str] = mapped_column(String(8))
    """A short id of letters that stands on the printer; it stays when the device behind the printer is another one."""
    created_at: Mapped[datetime]
    network_id: Mapped[UUID | None] = mapped_column(ForeignKey("networks.id", ondelete="SET NULL"), default=None)
    """Where it is reached, and so whose agents look at it."""
    certificate_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    """The pinned certificate: the first one that was seen, until a person accepts another."""
    certificate_seen_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    """The certificate it showed last."""
    seen_at: Mapped[datetime | None] = mapped_column(default=None)
    """When an agent last looked."""
    reachable: Mapped[bool | None] = mapped_column(default=None)
    state: Mapped[str] = mapped_column(String(32), default="unknown")
    state_reasons: Mapped[tuple[str, ...]] = mapped_column(default=())
    make_and_model: Mapped[str] = mapped_column(default="")
    document_formats: Mapped[tuple[str, ...]] = mapped_column(default=())

    @property
    def weak(self) -> bool:
        """Whether documents travel to it in plain text."""
        return not self.device_uri.startswith("ipps:")

    @property
    def certificate_changed(self) -> bool:
        """Whether it shows another certificate than the pinned one; nothing is sent to it until a person looks."""
        return self.certificate_seen_sha256 is not None and self.certificate_seen_sha256 != self.certificate_sha256
