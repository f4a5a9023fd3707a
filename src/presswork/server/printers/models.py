"""The table of printers: what an administrator entered, and what agents learned."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from presswork.protocols.control.device import Supply, Tray
from presswork.server.platform.database import Base, OfTenant
from presswork.server.printers.device_uri import WEAK

URGENT, DOUBTFUL, FINE = 0, 1, 2
"""``Printer.rank``: what somebody should look at stands first."""


class Printer(Base, OfTenant):
    """A printer. Its identity is its id; name and address may change."""

    __tablename__ = "printers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        UniqueConstraint("tenant_id", "sign"),
        Index(None, "tenant_id", "network_id", "name"),
        Index(None, "tenant_id", "device_uri"),
        Index(None, "tenant_id", "device_uuid"),
        Index(None, "tenant_id", "serial_number"),
        Index(None, "tenant_id", "rank", "name"),
        Index(None, "tenant_id", "watcher_id"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    location: Mapped[str]
    device_uri: Mapped[str] = mapped_column(String(1023))
    sign: Mapped[str] = mapped_column(String(8))
    """A short id of letters that stands on the printer; it stays when the device behind the printer is another one."""
    created_at: Mapped[datetime]
    more_ways: Mapped[tuple[str, ...]] = mapped_column(default=())
    """Other addresses of the same device, the strongest first; none is stronger than ``device_uri``."""
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
    rank: Mapped[int] = mapped_column(default=FINE)
    """How much it needs somebody: ``URGENT``, ``DOUBTFUL`` or ``FINE``."""
    device_uuid: Mapped[str] = mapped_column(String(36), default="")
    serial_number: Mapped[str] = mapped_column(default="")
    mac: Mapped[str] = mapped_column(String(17), default="")
    firmware: Mapped[str] = mapped_column(default="")
    impressions: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """Sides it has printed in its life; None where it does not say."""
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    """Trays, supplies and what it answers to: what is shown and never searched."""
    seen_by: Mapped[UUID | None] = mapped_column(ForeignKey("computers.id", ondelete="SET NULL"), default=None)
    """The computer that looked last."""
    watcher_id: Mapped[UUID | None] = mapped_column(ForeignKey("computers.id", ondelete="SET NULL"), default=None)
    """The computer that looks at it from time to time; the others of its network do not."""

    @validates("device_uri")
    def _is_elsewhere(self, _: str, device_uri: str) -> str:
        """The other addresses were those of the device that stood there before."""
        if device_uri != self.device_uri:
            self.more_ways = ()
        return device_uri

    @property
    def weak(self) -> bool:
        """Whether documents travel to it in plain text."""
        return bool(self.weakness)

    @property
    def weakness(self) -> str:
        """Why the way to it is a weak one; empty where it is not."""
        return WEAK.get(self.device_uri.partition(":")[0], "")

    @property
    def certificate_changed(self) -> bool:
        """Whether it shows another certificate than the pinned one; nothing is sent to it until a person looks."""
        return self.certificate_seen_sha256 is not None and self.certificate_seen_sha256 != self.certificate_sha256

    @property
    def trays(self) -> tuple[Tray, ...]:
        """Its trays, as it says."""
        return tuple(map(Tray.model_validate, (self.details or {}).get("trays") or ()))

    @property
    def supplies(self) -> tuple[Supply, ...]:
        """Its supplies, as it says."""
        return tuple(map(Supply.model_validate, (self.details or {}).get("supplies") or ()))

    @property
    def answers_to(self) -> tuple[str, ...] | None:
        """Whether it says how it is by ``ipp`` or ``snmp``; None where nobody tried."""
        found = (self.details or {}).get("answers_to")
        return None if found is None else tuple(found)


class PrinterSighting(Base, OfTenant):
    """That a computer reached a printer, or tried in vain: so a computer is chosen that can watch it."""

    __tablename__ = "printer_sightings"
    __table_args__ = (Index(None, "tenant_id", "computer_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    printer_id: Mapped[UUID] = mapped_column(ForeignKey("printers.id", ondelete="CASCADE"), primary_key=True)
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    reached: Mapped[bool]
    at: Mapped[datetime]


class SnmpSettings(Base, OfTenant):
    """With what the tenant's printers are asked by SNMP; a tenant without a row has the defaults. Passwords are sealed."""

    __tablename__ = "snmp_settings"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    version: Mapped[str] = mapped_column(String(8))
    """``off``, ``1``, ``2c`` or ``3``."""
    port: Mapped[int]
    community_sealed: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    user: Mapped[str]
    auth: Mapped[str] = mapped_column(String(8))
    auth_password_sealed: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    priv: Mapped[str] = mapped_column(String(8))
    priv_password_sealed: Mapped[bytes] = mapped_column(LargeBinary, repr=False)
    context: Mapped[str]
