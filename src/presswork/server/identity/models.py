"""Tables of people and their sessions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from presswork.server.platform.database import Base, OfTenant
from presswork.server.tenants import Role


class User(Base, OfTenant):
    """A person. ``email`` is kept in its canonical form: trimmed, lower case."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant_id", "email"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    display_name: Mapped[str]
    role: Mapped[Role] = mapped_column(String(32))
    password_hash: Mapped[str] = mapped_column(repr=False)
    disabled: Mapped[bool]
    created_at: Mapped[datetime]
    last_signed_in_at: Mapped[datetime | None] = mapped_column(default=None)


class UserSession(Base, OfTenant):
    """A sign-in that lasts; the token itself is only in the browser."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "tenant_id", "user_id"), Index(None, "expires_at"))

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), repr=False)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class UserGroup(Base, OfTenant):
    """People, and further groups, under one name."""

    __tablename__ = "user_groups"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class GroupMember(Base, OfTenant):
    """A person in a group."""

    __tablename__ = "group_members"
    __table_args__ = (Index(None, "tenant_id", "user_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("user_groups.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


class GroupInGroup(Base, OfTenant):
    """A group whose people are in another group, too."""

    __tablename__ = "group_groups"
    __table_args__ = (Index(None, "tenant_id", "member_id"),)

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("user_groups.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("user_groups.id", ondelete="CASCADE"), primary_key=True)


class SetUpLink(Base, OfTenant):
    """The one-time link of a tenant without an administrator; the row goes when it is used."""

    __tablename__ = "set_up_links"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), repr=False)
    created_at: Mapped[datetime]
