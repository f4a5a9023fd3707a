"""Whose an account of a computer is. A person says it by signing in: a code at the computer, a page, a button.

After RFC 8628 (device authorization): the agent starts it, the person opens the page anywhere, signs in, compares the
code, the computer and the account with what the computer shows, and confirms. Opening the page binds nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from presswork.core.clock import Randomness
from presswork.core.errors import NotFound, TooMany
from presswork.protocols.control.agent import AccountSignInStarted
from presswork.protocols.control.words import AccountBinding
from presswork.server import audit
from presswork.server.computers.models import AccountBindingRow, AccountSignInRow, Computer
from presswork.server.computers.principal import AgentPrincipal
from presswork.server.computers.service import computer_changed
from presswork.server.identity import User
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.letters import draw_letters, only_letters
from presswork.server.platform.rates import AccountSignInLimits
from presswork.server.tenants import Principal, Role

SIGN_IN_LIFE = timedelta(minutes=10)
_CODE_LETTERS = 8
_OPEN_AT_ONCE = 50
PAGE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class AccountSignInView:
    """What the person compares before confirming."""

    user_code: str
    computer_name: str
    account: str
    expires_at: datetime
    current_person: str | None
    """Who the account belongs to now; confirming takes it over."""


@dataclass(frozen=True, slots=True)
class AccountBindingView:
    """An account and its person."""

    id: UUID
    computer_id: UUID
    computer_name: str
    account: str
    user_id: UUID
    person: str
    created_at: datetime


async def start_account_sign_in(
    session: Session, agent: AgentPrincipal, limits: AccountSignInLimits, account: str, *, public_url: str
) -> AccountSignInStarted:
    """A new sign-in of this account; an earlier one is of no more use. ``TooMany`` where it is started too often."""
    limits.starts.take(f"{agent.computer_id}\n{account}")
    now = session.now()
    of_computer = (
        AccountSignInRow.tenant_id == agent.tenant_id,
        AccountSignInRow.computer_id == agent.computer_id,
    )
    await session.execute(
        delete(AccountSignInRow).where(
            *of_computer, (AccountSignInRow.account == account) | (AccountSignInRow.expires_at <= now)
        )
    )
    waiting = await session.scalar(select(func.count()).select_from(AccountSignInRow).where(*of_computer))
    if (waiting or 0) >= _OPEN_AT_ONCE:
        raise TooMany("Too many people sign in at this computer at once. Wait ten minutes.", retry_after="600")
    row = AccountSignInRow(
        tenant_id=agent.tenant_id,
        id=session.new_id(),
        computer_id=agent.computer_id,
        account=account,
        user_code=_new_user_code(session.randomness),
        created_at=now,
        expires_at=now + SIGN_IN_LIFE,
    )
    session.add(row)
    await session.flush()
    page = f"{public_url}/account-sign-in"
    return AccountSignInStarted(
        user_code=row.user_code,
        verification_uri=page,
        verification_uri_complete=f"{page}?code={row.user_code}",
        expires_at=row.expires_at,
    )


async def get_account_sign_in(
    session: Session, principal: Principal, limits: AccountSignInLimits, user_code: str
) -> AccountSignInView:
    """What a code stands for; changes nothing. ``NotFound`` where there is none in this tenant or it is too old."""
    row, computer = await _waiting(session, principal, limits, user_code)
    current = await session.scalar(
        select(User.display_name)
        .join(AccountBindingRow, AccountBindingRow.user_id == User.id)
        .where(*_current(row.tenant_id, row.computer_id, row.account))
    )
    return AccountSignInView(row.user_code, computer.name, row.account, row.expires_at, current)


async def confirm_account_sign_in(
    session: Session, principal: Principal, limits: AccountSignInLimits, user_code: str
) -> AccountBindingView:
    """This account is me. Takes it over from whom it belonged to before; the agent learns it at once."""
    row, computer = await _waiting(session, principal, limits, user_code)
    now = session.now()
    used = await session.scalar(
        delete(AccountSignInRow).where(AccountSignInRow.id == row.id).returning(AccountSignInRow.id)
    )
    if used is None:
        raise _no_sign_in()
    await session.execute(
        update(AccountBindingRow).where(*_current(row.tenant_id, row.computer_id, row.account)).values(ended_at=now)
    )
    binding = AccountBindingRow(
        tenant_id=row.tenant_id,
        id=session.new_id(),
        computer_id=row.computer_id,
        account=row.account,
        user_id=principal.user_id,
        created_at=now,
    )
    session.add(binding)
    await session.flush()
    await computer_changed(session, row.tenant_id, row.computer_id)
    await audit.record(
        session,
        principal,
        "account.bound",
        target_id=computer.id,
        target_name=computer.name,
        account=row.account,
    )
    return AccountBindingView(
        binding.id, computer.id, computer.name, row.account, principal.user_id, principal.display_name, now
    )


async def list_account_bindings(
    session: Session, principal: Principal, *, own: bool = False, user_id: UUID | None = None
) -> Sequence[AccountBindingView]:
    """Accounts and their people, newest first: one's own, or (administrators, unless ``own``) all of the tenant.

    ``user_id``: of this person only.
    """
    query = (
        select(AccountBindingRow, Computer.name, User.display_name)
        .join(Computer, Computer.id == AccountBindingRow.computer_id)
        .join(User, User.id == AccountBindingRow.user_id)
        .where(
            AccountBindingRow.tenant_id == principal.tenant_id,
            AccountBindingRow.ended_at.is_(None),
            Computer.revoked_at.is_(None),
        )
        .order_by(AccountBindingRow.id.desc())
        .limit(PAGE_LIMIT)
    )
    if own or not principal.role.includes(Role.ADMINISTRATOR):
        query = query.where(AccountBindingRow.user_id == principal.user_id)
    elif user_id is not None:
        query = query.where(AccountBindingRow.user_id == user_id)
    return [
        AccountBindingView(row.id, row.computer_id, computer, row.account, row.user_id, person, row.created_at)
        for row, computer, person in await session.execute(query)
    ]


async def remove_account_binding(session: Session, principal: Principal, binding_id: UUID) -> None:
    """The account is nobody's any more. One's own; administrators: any of the tenant."""
    query = scoped(AccountBindingRow, principal).where(
        AccountBindingRow.id == binding_id, AccountBindingRow.ended_at.is_(None)
    )
    if not principal.role.includes(Role.ADMINISTRATOR):
        query = query.where(AccountBindingRow.user_id == principal.user_id)
    row = await session.scalar(query)
    if row is None:
        raise NotFound("There is no such account.")
    row.ended_at = session.now()
    await computer_changed(session, row.tenant_id, row.computer_id)
    await audit.record(session, principal, "account.unbound", target_id=row.computer_id, account=row.account)


async def bindings_of_computer(session: Session, tenant_id: UUID, computer_id: UUID) -> tuple[AccountBinding, ...]:
    """The accounts of a computer whose people may still sign in, as its agent is to know them."""
    rows = await session.execute(
        select(AccountBindingRow.account, AccountBindingRow.user_id, User.display_name)
        .join(User, User.id == AccountBindingRow.user_id)
        .where(
            AccountBindingRow.tenant_id == tenant_id,
            AccountBindingRow.computer_id == computer_id,
            AccountBindingRow.ended_at.is_(None),
            User.disabled.is_(False),
        )
        .order_by(AccountBindingRow.account)
    )
    return tuple(AccountBinding(account=account, user_id=user, person=person) for account, user, person in rows)


async def accounts_of_person(session: Session, principal: Principal) -> Sequence[tuple[UUID, str]]:
    """(computer, account) pairs that are this person now."""
    rows = await session.execute(
        select(AccountBindingRow.computer_id, AccountBindingRow.account).where(
            AccountBindingRow.tenant_id == principal.tenant_id,
            AccountBindingRow.user_id == principal.user_id,
            AccountBindingRow.ended_at.is_(None),
        )
    )
    return [(computer_id, account) for computer_id, account in rows]


async def people_of_computer(session: Session, tenant_id: UUID, computer_id: UUID) -> frozenset[tuple[str, UUID]]:
    """(account, person) pairs that hold or ever held on this computer: whose jobs its agent may report."""
    rows = await session.execute(
        select(AccountBindingRow.account, AccountBindingRow.user_id).where(
            AccountBindingRow.tenant_id == tenant_id, AccountBindingRow.computer_id == computer_id
        )
    )
    return frozenset((account, user_id) for account, user_id in rows)


async def forget_sign_ins(session: Session) -> None:
    """Remove sign-ins nobody confirmed in time; of all tenants, run from time to time."""
    await session.execute(delete(AccountSignInRow).where(AccountSignInRow.expires_at <= session.now()))


async def _waiting(
    session: Session, principal: Principal, limits: AccountSignInLimits, user_code: str
) -> tuple[AccountSignInRow, Computer]:
    limits.tries.take(str(principal.user_id))
    found = (
        await session.execute(
            select(AccountSignInRow, Computer)
            .join(Computer, Computer.id == AccountSignInRow.computer_id)
            .where(
                AccountSignInRow.tenant_id == principal.tenant_id,
                AccountSignInRow.user_code == _canonical_code(user_code),
                AccountSignInRow.expires_at > session.now(),
                Computer.revoked_at.is_(None),
            )
        )
    ).one_or_none()
    if found is None:
        raise _no_sign_in()
    return found[0], found[1]


def _current(tenant_id: UUID, computer_id: UUID, account: str) -> tuple[ColumnElement[bool], ...]:
    return (
        AccountBindingRow.tenant_id == tenant_id,
        AccountBindingRow.computer_id == computer_id,
        AccountBindingRow.account == account,
        AccountBindingRow.ended_at.is_(None),
    )


def _no_sign_in() -> NotFound:
    return NotFound("This code is not known or too old. Start the sign-in at the computer again.")


def _canonical_code(text: str) -> str:
    letters = only_letters(text, _CODE_LETTERS + 1)
    return f"{letters[:4]}-{letters[4:]}"


def _new_user_code(randomness: Randomness) -> str:
    return _canonical_code(draw_letters(randomness, _CODE_LETTERS))
