"""Tables of the projection: jobs as their holders reported them, their timelines, and the orders to the holders."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant

DESTROY = "destroy-copy"
"""The kind of an order that is no person's: about a copy on a computer that does not hold the job."""


class Job(Base, OfTenant):
    """A job. Its id comes from the holder, so the key is the id within the tenant; a queue or printer may be gone."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "tenant_id", "user_id", "id"),
        Index(None, "tenant_id", "user_id", "current", "id"),
        Index(None, "tenant_id", "computer_id", "account", "id"),
        Index("ix_jobs_name_kept_until", "name_kept_until"),
    )

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id"))
    """The holder: only it reports the job, and takes its orders."""
    version: Mapped[int] = mapped_column(BigInteger)
    queue_id: Mapped[UUID]
    account: Mapped[str]
    owner_proof: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    name_kept_until: Mapped[datetime | None]
    """When the document's name is forgotten; None: it is."""
    document_format: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    pages: Mapped[int | None]
    copies: Mapped[int]
    sides: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(32))
    state_reasons: Mapped[tuple[str, ...]]
    outcome: Mapped[str | None] = mapped_column(String(16))
    printer_id: Mapped[UUID | None]
    document_kept: Mapped[bool]
    current: Mapped[bool]
    """Whether there is still something to do or to wait for."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=1, server_default="1")
    """Grows with each hand-over; a report under a smaller one is of the past."""
    origin_id: Mapped[UUID | None] = mapped_column(default=None)
    """The computer where it came in, whose ``account`` it is of; None: the holder."""
    granted_to: Mapped[UUID | None] = mapped_column(default=None)
    """Who may take it over …"""
    granted_fence: Mapped[int | None] = mapped_column(default=None)
    """… under which number …"""
    granted_ticket: Mapped[UUID | None] = mapped_column(default=None)
    """… by which ticket …"""
    granted_commitment: Mapped[str | None] = mapped_column(String(64), default=None)
    """… and of which secret this is the SHA-256: the receiver learns it when the holder commits."""


class TimelineRow(Base, OfTenant):
    """An entry of a job's timeline, as the holder wrote it."""

    __tablename__ = "timeline_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "job_id"], ["jobs.tenant_id", "jobs.id"], name="fk_timeline_entries_job", ondelete="CASCADE"
        ),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(32))
    values: Mapped[dict[str, str]]


class OrderRow(Base, OfTenant):
    """A command to the holder of a job; open until it is answered."""

    __tablename__ = "orders"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "job_id"], ["jobs.tenant_id", "jobs.id"], name="fk_orders_job", ondelete="CASCADE"
        ),
        Index(None, "tenant_id", "computer_id", "answered_at"),
        Index(None, "tenant_id", "job_id"),
    )

    tenant_id: Mapped[UUID]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID]
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id"))
    kind: Mapped[str] = mapped_column(String(16))
    printer_id: Mapped[UUID | None]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    issued_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(default=None)
    done: Mapped[bool] = mapped_column(default=False)
    code: Mapped[str] = mapped_column(default="")
    sentence: Mapped[str] = mapped_column(default="")
    fence: Mapped[int | None] = mapped_column(default=None)
    """Of a copy that nobody holds any more, because its hand-over was undone: under which number it went."""
