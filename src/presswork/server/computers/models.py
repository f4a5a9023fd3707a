"""Tables of computers: what they are, how they came, and whose their accounts are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.networks import MarkKind
from presswork.server.platform.database import Base, OfTenant


class Computer(Base, OfTenant):
    """A computer with an agent. Its presence expires by itself (``online_until``)."""

    __tablename__ = "computers"
    __table_args__ = (Index(None, "tenant_id", "id"), Index(None, "tenant_id", "revoked_at"))

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    platform: Mapped[str]
    version: Mapped[str]
    capabilities: Mapped[tuple[str, ...]]
    desired_revision: Mapped[str]
    """Changes with everything only this computer is to have."""
    created_at: Mapped[datetime]
    certificate_expires_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None] = mapped_column(default=None)
    online_until: Mapped[datetime | None] = mapped_column(default=None)
    place_revision: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Of which hints, and of which marks of networks, ``computer_networks`` was made."""
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    relay_port: Mapped[int | None] = mapped_column(default=None)
    """Where its agent listens, as it told last; None: it does not."""
    redirector_port: Mapped[int | None] = mapped_column(default=None)
    discovery_port: Mapped[int | None] = mapped_column(default=None)
    discovery_key: Mapped[str] = mapped_column(String(44), default="")
    """Its Ed25519 public key for beacons, base64; empty: it sends none."""
    host_queues: Mapped[tuple[str, ...]] = mapped_column(default=())
    """The queues of its operating system."""
    addresses: Mapped[tuple[str, ...]] = mapped_column(default=())
    """Where other agents may reach it, as it told last."""
    prefixes: Mapped[tuple[str, ...]] = mapped_column(default=())
    """The subnets it has those in …"""
    approved: Mapped[tuple[str, ...]] = mapped_column(default=())
    """… and those of them that belong to networks that are known."""
    site_node: Mapped[bool] = mapped_column(default=False)
    """Whether it is to take over the held jobs of the computers of its networks."""
    redirector: Mapped[bool] = mapped_column(default=False)
    """Whether it is to hand jobs to queues of its operating system, and to let legacy systems print."""
    carrier: Mapped[bool] = mapped_column(default=False)
    """Whether it may carry jobs of others where only those may that an administrator chose; site nodes may too."""
    entry_until: Mapped[datetime | None] = mapped_column(default=None)
    """Until when the entry of the roster is good that was made for it last …"""
    entry_of: Mapped[str] = mapped_column(String(64), default="")
    """… and of which key and duties that was."""

    def online(self, now: datetime) -> bool:
        """Whether it was heard of recently enough."""
        return self.revoked_at is None and self.online_until is not None and now < self.online_until


class ComputerCertificateRow(Base, OfTenant):
    """A certificate that was issued to a computer."""

    __tablename__ = "computer_certificates"
    __table_args__ = (Index(None, "tenant_id", "computer_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    serial: Mapped[str] = mapped_column(String(40), primary_key=True)
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"))
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]


class EnrolmentCode(Base, OfTenant):
    """A one-use code with which a computer joins."""

    __tablename__ = "enrolment_codes"
    __table_args__ = (UniqueConstraint("secret_hash"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), repr=False)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class AccountBindingRow(Base, OfTenant):
    """An account of a computer is a person, until ``ended_at``. One person an account at a time."""

    __tablename__ = "account_bindings"
    __table_args__ = (
        Index(
            "ix_account_bindings_current",
            "tenant_id",
            "computer_id",
            "account",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "tenant_id", "user_id"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"))
    account: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class AccountSignInRow(Base, OfTenant):
    """A person at an account wants to be known; waits for somebody signed in to confirm it."""

    __tablename__ = "account_sign_ins"
    __table_args__ = (UniqueConstraint("user_code"), UniqueConstraint("computer_id", "account"))

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"))
    account: Mapped[str]
    user_code: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ComputerNetwork(Base, OfTenant):
    """A network that a computer is on now, or was on when it was last heard of."""

    __tablename__ = "computer_networks"
    __table_args__ = (Index(None, "tenant_id", "network_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    network_id: Mapped[UUID] = mapped_column(ForeignKey("networks.id", ondelete="CASCADE"), primary_key=True)


class ComputerHint(Base, OfTenant):
    """What one interface of a computer told of where it is, by the mark it would best be known by."""

    __tablename__ = "computer_hints"
    __table_args__ = (Index(None, "tenant_id", "filed", "kind", "value"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MarkKind] = mapped_column(String(16))
    value: Mapped[str]
    prefixes: Mapped[tuple[str, ...]]
    dns_suffixes: Mapped[tuple[str, ...]]
    filed: Mapped[bool]
    """Whether it is of a network that is known."""
    seen_at: Mapped[datetime]


class ComputerPrinter(Base, OfTenant):
    """A printer that a computer was told of, so that it is told when that changes; ``until``: because of an order."""

    __tablename__ = "computer_printers"
    __table_args__ = (Index(None, "tenant_id", "printer_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    printer_id: Mapped[UUID] = mapped_column(primary_key=True)
    until: Mapped[datetime | None] = mapped_column(default=None)
