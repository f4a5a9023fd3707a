"""People: made and changed by administrators; each changes the own password."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select

from presswork.core.errors import Conflict, Forbidden, Invalid, NotFound
from presswork.server import audit
from presswork.server.identity import passwords
from presswork.server.identity.models import User
from presswork.server.identity.sessions import end_sessions
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.rates import SignInLimits
from presswork.server.platform.text import one_line
from presswork.server.tenants import Principal, Role, Tenant, desired_changed

PAGE_LIMIT = 200
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f-\x9f<>\"(),:;\\]{1,64}@[^\s@\x00-\x1f\x7f-\x9f<>\"(),:;\\]{1,189}")


def canonical_email(email: str) -> str:
    """The address as it is kept and compared; ``Invalid`` where it cannot be one."""
    canonical = email.strip().lower()
    if not _EMAIL.fullmatch(canonical):
        raise Invalid("This is not an e-mail address. Write it like name@example.org.", field="email")
    return canonical


async def create_user(
    session: Session, principal: Principal, *, email: str, display_name: str, role: Role, password: str
) -> User:
    """A new person who may sign in. Administrators; only an operator makes an operator."""
    principal.require(Role.ADMINISTRATOR)
    _may_give(principal, role)
    user = await add_user(
        session, principal.tenant_id, email=email, display_name=display_name, role=role, password=password
    )
    await audit.record(session, principal, "user.created", target_id=user.id, target_name=user.email, role=role.value)
    return user


async def add_user(
    session: Session, tenant_id: UUID, *, email: str, display_name: str, role: Role, password: str
) -> User:
    """A new row, its values checked; who may do it was decided before."""
    canonical = canonical_email(email)
    name = one_line(display_name, field="display_name", limit=100)
    passwords.check_rules(password, email=canonical)
    kept = await passwords.hash_password(password)
    taken = await session.scalar(select(User.id).where(User.tenant_id == tenant_id, User.email == canonical))
    if taken is not None:
        raise Conflict("There is a person with this e-mail address already. Choose another one.", field="email")
    user = User(
        tenant_id=tenant_id,
        id=session.new_id(),
        email=canonical,
        display_name=name,
        role=role,
        password_hash=kept,
        disabled=False,
        created_at=session.now(),
    )
    session.add(user)
    await session.flush()
    return user


async def list_users(
    session: Session, principal: Principal, *, after: str | None = None, limit: int = 100
) -> Sequence[User]:
    """People of the tenant by e-mail address; ``after`` is the last address of the page before. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    users = scoped(User, principal).order_by(User.email).limit(min(limit, PAGE_LIMIT))
    if after is not None:
        users = users.where(User.email > after)
    return (await session.scalars(users)).all()


async def get_user(session: Session, principal: Principal, user_id: UUID) -> User:
    """One person. Administrators see all of their tenant, everybody sees oneself."""
    if user_id != principal.user_id:
        principal.require(Role.ADMINISTRATOR)
    return await _get(session, principal, user_id)


async def find_user(session: Session, principal: Principal, email: str) -> User:
    """The person with that address. Administrators. ``Invalid`` beside the field ``email`` where there is none."""
    principal.require(Role.ADMINISTRATOR)
    user = await session.scalar(scoped(User, principal).where(User.email == canonical_email(email)))
    if user is None:
        raise Invalid("There is nobody with this e-mail address.", field="email")
    return user


async def change_user(
    session: Session,
    principal: Principal,
    user_id: UUID,
    *,
    display_name: str | None = None,
    role: Role | None = None,
    disabled: bool | None = None,
    password: str | None = None,
) -> User:
    """Change what is given; a new password or disabling ends the person's sessions. Administrators.

    ``Conflict`` where nobody would be left to administer the tenant; ``Forbidden`` where an operator is concerned and
    the principal is none.
    """
    principal.require(Role.ADMINISTRATOR)
    kept = None
    if password is not None:
        passwords.check_rules(password)
        kept = await passwords.hash_password(password)
    user = await _get(session, principal, user_id)
    _may_give(principal, Role(user.role))
    changed: dict[str, str] = {}
    if display_name is not None and display_name != user.display_name:
        user.display_name = one_line(display_name, field="display_name", limit=100)
        changed["display_name"] = user.display_name
    if role is not None and role != user.role:
        _may_give(principal, role)
        user.role = role
        changed["role"] = role.value
    if disabled is not None and disabled != user.disabled:
        user.disabled = disabled
        changed["disabled"] = "yes" if disabled else "no"
    if kept is not None:
        user.password_hash = kept
        changed["password"] = "set"  # noqa: S105 - says that it was, not what it is
    await session.flush()
    await _require_administrator(session, principal.tenant_id)
    if "display_name" in changed or "disabled" in changed:
        await desired_changed(session, principal.tenant_id)
    if kept is not None or disabled:
        await end_sessions(session, user, keep=principal.session_id if not disabled else None)
    if changed:
        await audit.record(session, principal, "user.changed", target_id=user.id, target_name=user.email, **changed)
    return user


async def change_own_password(
    session: Session, principal: Principal, limits: SignInLimits, *, current: str, new: str
) -> None:
    """A new password for oneself; all other sessions end.

    ``Forbidden`` where the current one is not right, ``TooMany`` when tried too often: who has a session of somebody is
    not to find out the password with it.
    """
    passwords.check_rules(new, email=principal.email)
    limits.take(principal.email, principal.address)
    kept = await session.scalar(
        select(User.password_hash).where(User.tenant_id == principal.tenant_id, User.id == principal.user_id)
    )
    await session.commit()  # the check takes long: nothing is locked meanwhile
    if not await passwords.matches(current, kept):
        raise Forbidden("The current password is not right. Try again.", field="current")
    limits.succeeded(principal.email, principal.address)
    new_kept = await passwords.hash_password(new)
    user = await _get(session, principal, principal.user_id)
    user.password_hash = new_kept
    await end_sessions(session, user, keep=principal.session_id)
    await audit.record(session, principal, "user.password-changed", target_id=user.id, target_name=user.email)


async def names_of(session: Session, tenant_id: UUID, user_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Display names by id, for other domains that show them; unknown ids are left out."""
    if not user_ids:
        return {}
    rows = await session.execute(
        select(User.id, User.display_name).where(User.tenant_id == tenant_id, User.id.in_(user_ids))
    )
    return dict(rows.all())


async def administrator_exists(session: Session, tenant_id: UUID) -> bool:
    """Whether somebody may administer the tenant."""
    return (await _administrators(session, tenant_id)) > 0


async def _require_administrator(session: Session, tenant_id: UUID) -> None:
    # Two who demote each other at once wait for one another here.
    await session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update())
    if not await administrator_exists(session, tenant_id):
        raise Conflict("Nobody would be left to administer this. Make somebody else an administrator first.")


async def _administrators(session: Session, tenant_id: UUID) -> int:
    count = await session.scalar(
        select(func.count())
        .select_from(User)
        .where(User.tenant_id == tenant_id, User.role != Role.USER, User.disabled.is_(False))
    )
    return count or 0


async def _get(session: Session, principal: Principal, user_id: UUID) -> User:
    user = await session.scalar(scoped(User, principal).where(User.id == user_id))
    if user is None:
        raise NotFound("There is no such person.")
    return user


def _may_give(principal: Principal, role: Role) -> None:
    if not principal.role.includes(role):
        raise Forbidden(f"Only somebody with the role {role.value} may do this.")
