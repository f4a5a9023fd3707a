"""What people are called on a redirector, and who a name there is.

The table of the redirector goes first; whom it does not name is called by its rule. A name that could be two people is
nobody's, either way: no job is ever handed over, or taken, as somebody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, select

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.server import audit
from presswork.server.computers import Computer, get_computer
from presswork.server.identity import User, find_user
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.text import one_line
from presswork.server.routes.redirector_models import RedirectorName, RedirectorNaming
from presswork.server.tenants import Principal, Role

NAMES_LIMIT = 10_000
"""Rows of one redirector's table."""
PAGE_LIMIT = 500
_LONGEST = 200


class Rule(StrEnum):
    """What people are called whom the table does not name."""

    TABLE = "table"
    """Nobody else has a name there."""
    ACCOUNT = "account"
    """What stands before the ``@`` of their e-mail address."""
    UPN = "upn"
    """The same, with the domain of the redirector behind it."""
    EMAIL = "email"
    """Their e-mail address."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The rule of a redirector; ``domain`` goes with ``Rule.UPN`` only."""

    rule: Rule = Rule.TABLE
    domain: str = ""

    def name_of(self, email: str) -> str | None:
        """What a person with this address is called."""
        local = email.partition("@")[0]
        match self.rule:
            case Rule.TABLE:
                return None
            case Rule.ACCOUNT:
                return local
            case Rule.UPN:
                return f"{local}@{self.domain}"
            case Rule.EMAIL:
                return email

    def address_of(self, folded: str) -> str | None:
        """The e-mail address that a folded name stands for, up to its ``@`` where the rule says no more; None: nobody's."""
        local, _, domain = folded.rpartition("@")
        match self.rule:
            case Rule.ACCOUNT:
                return None if "@" in folded else f"{folded}@"
            case Rule.UPN:
                return f"{local}@" if local and domain == self.domain.casefold() else None
            case Rule.EMAIL:
                return folded if local and domain else None
            case Rule.TABLE:
                return None


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A row of a redirector's table."""

    user_id: UUID
    person: str
    email: str
    name: str


async def mapped_user(session: Session, tenant_id: UUID, computer_id: UUID, user_id: UUID) -> str | None:
    """What this person is called on that redirector; None: they have no name there, so nothing can be handed over for them."""
    row = await session.scalar(_name(tenant_id, computer_id).where(RedirectorName.user_id == user_id))
    if row is not None:
        return row.name
    user = await session.scalar(select(User).where(User.tenant_id == tenant_id, User.id == user_id))
    name = None if user is None else (await naming_of(session, tenant_id, computer_id)).name_of(user.email)
    if name is None or await person_called(session, tenant_id, computer_id, name) != user_id:
        return None
    return name


async def person_called(session: Session, tenant_id: UUID, computer_id: UUID, name: str) -> UUID | None:
    """Who this name is on that redirector, capital and small letters alike; None: nobody, or nobody knows who of several."""
    folded = name.strip().casefold()
    row = await session.scalar(_name(tenant_id, computer_id).where(RedirectorName.folded == folded))
    if row is not None:
        return await _if_enabled(session, tenant_id, row.user_id)
    address = (await naming_of(session, tenant_id, computer_id)).address_of(folded)
    if not folded or address is None:
        return None
    found = select(User.id).where(User.tenant_id == tenant_id, User.disabled.is_(False)).limit(2)
    if address.endswith("@"):
        found = found.where(User.email.startswith(address, autoescape=True))
    else:
        found = found.where(User.email == address)
    people = (await session.scalars(found)).all()
    return people[0] if len(people) == 1 and not await _has_own_name(session, computer_id, people[0]) else None


async def naming_of(session: Session, tenant_id: UUID, computer_id: UUID) -> Naming:
    """The rule of a redirector."""
    row = await session.scalar(
        select(RedirectorNaming).where(
            RedirectorNaming.tenant_id == tenant_id, RedirectorNaming.computer_id == computer_id
        )
    )
    return Naming() if row is None else Naming(Rule(row.rule), row.domain)


async def get_naming(session: Session, principal: Principal, computer_id: UUID) -> Naming:
    """The rule of a redirector. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    return await naming_of(session, principal.tenant_id, computer.id)


async def set_naming(
    session: Session, principal: Principal, computer_id: UUID, *, rule: str, domain: str = ""
) -> Naming:
    """What people are called on a redirector whom its table does not name. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    if rule not in set(Rule):
        raise Invalid("Choose what people are called there.", field="rule")
    domain = one_line(domain, field="domain", limit=127, empty=Rule(rule) is not Rule.UPN)
    if "@" in domain:
        raise Invalid("Only what stands behind the @, such as corp.example.org.", field="domain")
    naming = Naming(Rule(rule), domain if rule == Rule.UPN else "")
    if naming != await naming_of(session, principal.tenant_id, computer.id):
        await session.execute(delete(RedirectorNaming).where(RedirectorNaming.computer_id == computer.id))
        session.add(
            RedirectorNaming(
                tenant_id=principal.tenant_id, computer_id=computer.id, rule=naming.rule.value, domain=naming.domain
            )
        )
        await session.flush()
        await _record(session, principal, "redirector.naming-set", computer, rule=rule, domain=naming.domain)
    return naming


async def list_names(
    session: Session, principal: Principal, computer_id: UUID, *, after: str = "", limit: int = 200
) -> Sequence[NamedPerson]:
    """The table of a redirector by name; ``after`` is the last name of the page before. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    rows = await session.execute(
        select(RedirectorName, User.display_name, User.email)
        .join(User, User.id == RedirectorName.user_id)
        .where(
            RedirectorName.tenant_id == principal.tenant_id,
            RedirectorName.computer_id == computer.id,
            RedirectorName.folded > after.casefold(),
        )
        .order_by(RedirectorName.folded)
        .limit(min(limit, PAGE_LIMIT))
    )
    return [NamedPerson(row.user_id, person, email, row.name) for row, person, email in rows]


async def add_name(session: Session, principal: Principal, computer_id: UUID, *, email: str, name: str) -> None:
    """The person with this address is called so there, whatever the rule says. Administrators.

    ``Conflict`` where another person is.
    """
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    user = await find_user(session, principal, email)
    name = one_line(name, field="name", limit=_LONGEST)
    folded = name.casefold()
    holder = await session.scalar(_name(principal.tenant_id, computer.id).where(RedirectorName.folded == folded))
    if holder is not None and holder.user_id != user.id:
        raise Conflict("Another person is called so there already. Remove them from the table first.", field="name")
    counted = select(func.count()).select_from(RedirectorName).where(RedirectorName.computer_id == computer.id)
    if (await session.scalar(counted) or 0) >= NAMES_LIMIT:
        raise Conflict(f"A table has at most {NAMES_LIMIT} names. Choose a rule for most people.", field="name")
    await session.execute(delete(RedirectorName).where(*_row(computer.id, user.id)))
    session.add(
        RedirectorName(
            tenant_id=principal.tenant_id, computer_id=computer.id, user_id=user.id, name=name, folded=folded
        )
    )
    await session.flush()
    await _record(session, principal, "redirector.name-added", computer, whom=user.email, name=name)


async def remove_name(session: Session, principal: Principal, computer_id: UUID, user_id: UUID) -> None:
    """The person is called there as the rule says. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    row = await session.scalar(scoped(RedirectorName, principal).where(*_row(computer.id, user_id)))
    if row is None:
        raise NotFound("The table does not name this person any more.")
    name = row.name
    await session.delete(row)
    await session.flush()
    await _record(session, principal, "redirector.name-removed", computer, name=name)


def _name(tenant_id: UUID, computer_id: UUID) -> Select[RedirectorName]:
    return select(RedirectorName).where(
        RedirectorName.tenant_id == tenant_id, RedirectorName.computer_id == computer_id
    )


def _row(computer_id: UUID, user_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return RedirectorName.computer_id == computer_id, RedirectorName.user_id == user_id


async def _has_own_name(session: Session, computer_id: UUID, user_id: UUID) -> bool:
    """Whether the table calls the person otherwise than the rule would."""
    return await session.scalar(select(RedirectorName.user_id).where(*_row(computer_id, user_id))) is not None


async def _if_enabled(session: Session, tenant_id: UUID, user_id: UUID) -> UUID | None:
    return await session.scalar(
        select(User.id).where(User.tenant_id == tenant_id, User.id == user_id, User.disabled.is_(False))
    )


async def _record(session: Session, principal: Principal, action: str, computer: Computer, **details: str) -> None:
    await audit.record(session, principal, action, target_id=computer.id, target_name=computer.name, **details)
