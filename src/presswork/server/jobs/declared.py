"""Owners that a redirector was told by the server for names of legacy systems: what its reports of them are held against."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column

from presswork.protocols.control.route import declared_name
from presswork.server.computers import AgentPrincipal, get_computer
from presswork.server.jobs.models import Job
from presswork.server.platform.database import Base, OfTenant, Session, insert_new
from presswork.server.tenants import Principal, Role

NAMES_SHOWN = 100
_AT_ONCE = 400
"""Names looked up in one question: SQLite counts the values."""


class DeclaredOwner(Base, OfTenant):
    """A name of a legacy system was this person on that computer, once: a job printed then is still theirs."""

    __tablename__ = "declared_owners"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.id"))
    computer_id: Mapped[UUID] = mapped_column(ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


@dataclass(frozen=True, slots=True)
class NameOfNobody:
    """Jobs wait at a redirector under a name for which nobody is known yet."""

    account: str
    """The name, and the way it came."""
    jobs: int


async def names_of_nobody(session: Session, principal: Principal, computer_id: UUID) -> Sequence[NameOfNobody]:
    """The names that jobs at this redirector wait under, most jobs first; at most ``NAMES_SHOWN``. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    waiting = func.count()
    rows = await session.execute(
        select(Job.account, waiting)
        .where(
            Job.tenant_id == principal.tenant_id,
            Job.user_id.is_(None),
            Job.current.is_(True),
            Job.computer_id == computer.id,
            Job.owner_proof == "declared",
        )
        .group_by(Job.account)
        .order_by(waiting.desc(), Job.account)
        .limit(NAMES_SHOWN)
    )
    return [NameOfNobody(account, jobs) for account, jobs in rows]


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
