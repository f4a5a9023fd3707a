"""Owners that a redirector was told by the server for names of legacy systems: what its reports of them are held against."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from presswork.protocols.control.route import declared_name
from presswork.server.computers import AgentPrincipal
from presswork.server.platform.database import Base, OfTenant, Session, insert_new

_AT_ONCE = 400
"""Names looked up in one question: SQLite counts the values."""


class DeclaredOwner(Base, OfTenant):
    """A name of a legacy system was this person on that computer, once: a job printed then is still theirs."""

    __tablename__ = "declared_owners"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


async def note_declared_owner(session: Session, agent: AgentPrincipal, name: str, user_id: UUID) -> None:
    """This computer was told that this name is this person: from now on it may report jobs of theirs under it."""
    # capital and small letters alike, as it was asked: who gives a name a hundred ways on the LAN makes one row
    row = {"tenant_id": agent.tenant_id, "computer_id": agent.computer_id, "name": name.casefold(), "user_id": user_id}
    await session.execute(insert_new(session, DeclaredOwner, [row]))


async def declared_people(
    session: Session, agent: AgentPrincipal, accounts: Collection[str]
) -> frozenset[tuple[str, UUID]]:
    """(account, person) pairs of these declared accounts that the computer was ever told."""
    of_names: dict[str, list[str]] = {}
    for account in accounts:
        of_names.setdefault(declared_name(account).casefold(), []).append(account)
    names, found = sorted(of_names), set[tuple[str, UUID]]()
    for start in range(0, len(names), _AT_ONCE):
        rows = await session.execute(
            select(DeclaredOwner.name, DeclaredOwner.user_id).where(
                DeclaredOwner.tenant_id == agent.tenant_id,
                DeclaredOwner.computer_id == agent.computer_id,
                DeclaredOwner.name.in_(names[start : start + _AT_ONCE]),
            )
        )
        found |= {(account, user_id) for name, user_id in rows for account in of_names[name]}
    return frozenset(found)
