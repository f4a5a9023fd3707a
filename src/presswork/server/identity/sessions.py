"""Sign-in, sessions, and who a session token is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from presswork.core.errors import NotSignedIn
from presswork.server import audit
from presswork.server.identity import passwords
from presswork.server.identity.models import User, UserSession
from presswork.server.platform.database import Database, Session
from presswork.server.platform.rates import SignInLimits
from presswork.server.platform.secrets import new_token, token_hash
from presswork.server.tenants import Principal, Role

SESSION_LIFE = timedelta(hours=12)
"""A session ends then, whatever happens."""
SESSION_IDLE = timedelta(hours=2)
"""A session ends when nothing was asked for so long."""
_SEEN_EACH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the token goes into the person's cookie and is never seen again here."""

    token: str
    principal: Principal


async def sign_in(
    session: Session, limits: SignInLimits, *, tenant_id: UUID, email: str, password: str, address: str
) -> SignedIn:
    """A session for whoever knows the password.

    Raises ``NotSignedIn`` with one and the same sentence, after the same work, whether the person, the password or the
    permission is what is missing; ``TooMany`` when tried too often.
    """
    account = email.strip().lower()
    limits.take(account, address)  # what is refused here leaves no entry: else guessing would fill the audit
    row = (
        await session.execute(
            select(User.id, User.password_hash, User.disabled).where(User.tenant_id == tenant_id, User.email == account)
        )
    ).one_or_none()
    await session.commit()  # the check takes long: nothing is locked meanwhile
    right = await passwords.matches(password, row.password_hash if row else None)
    if row is None or not right or row.disabled:
        await _record_refusal(session, tenant_id, account, address, "disabled" if row and right else "wrong")
        raise NotSignedIn("The e-mail address or the password is not right. Try again, or ask your administrator.")
    limits.succeeded(account, address)
    user = await session.get_one(User, row.id)
    return await start_session(session, user, address)


async def start_session(session: Session, user: User, address: str) -> SignedIn:
    """A new session of a person who proved who they are."""
    token = new_token(session.randomness)
    now = session.now()
    row = UserSession(
        tenant_id=user.tenant_id,
        id=session.new_id(),
        user_id=user.id,
        token_hash=token_hash(token),
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LIFE,
    )
    session.add(row)
    user.last_signed_in_at = now
    principal = _principal(row, user, address)
    await audit.record(session, principal, "session.started")
    return SignedIn(token, principal)


async def sign_out(session: Session, principal: Principal) -> None:
    """End this session."""
    await session.execute(
        delete(UserSession).where(UserSession.tenant_id == principal.tenant_id, UserSession.id == principal.session_id)
    )
    await audit.record(session, principal, "session.ended")


async def principal_of(session: Session, token: str, *, address: str = "") -> Principal:
    """Who this token is. ``NotSignedIn`` where it is unknown, too old, idle too long, or its person is disabled."""
    row, user = await _find(session, token)
    return _principal(row, user, address)


async def authenticate(database: Database, token: str, *, address: str = "") -> Principal:
    """``principal_of``, and the session is marked as used, at most each five minutes."""
    async with database.reading() as session:
        row, user = await _find(session, token)
        now = session.now()
    if now - row.seen_at > _SEEN_EACH:
        async with database.writing() as session:
            await session.execute(
                update(UserSession)
                .where(UserSession.tenant_id == row.tenant_id, UserSession.id == row.id)
                .values(seen_at=now)
            )
    return _principal(row, user, address)


async def end_sessions(session: Session, user: User, *, keep: UUID | None = None) -> None:
    """End the person's sessions, but for ``keep``."""
    doomed = delete(UserSession).where(UserSession.tenant_id == user.tenant_id, UserSession.user_id == user.id)
    await session.execute(doomed if keep is None else doomed.where(UserSession.id != keep))


async def forget_sessions(session: Session) -> None:
    """Remove the rows of sessions that are over; of all tenants, run from time to time."""
    now = session.now()
    await session.execute(
        delete(UserSession).where(or_(UserSession.expires_at <= now, UserSession.seen_at <= now - SESSION_IDLE))
    )


async def _find(session: Session, token: str) -> tuple[UserSession, User]:
    now = session.now()
    found = (
        await session.execute(
            select(UserSession, User)
            .join(User, User.id == UserSession.user_id)
            .where(
                UserSession.token_hash == token_hash(token),
                UserSession.expires_at > now,
                UserSession.seen_at > now - SESSION_IDLE,
                User.disabled.is_(False),
            )
        )
    ).one_or_none()
    if found is None:
        raise NotSignedIn("You are not signed in, or your session is over. Sign in.")
    return found[0], found[1]


def _principal(row: UserSession, user: User, address: str) -> Principal:
    return Principal(
        tenant_id=user.tenant_id,
        user_id=user.id,
        role=Role(user.role),
        session_id=row.id,
        display_name=user.display_name,
        email=user.email,
        address=address,
    )


async def _record_refusal(session: Session, tenant_id: UUID, account: str, address: str, reason: str) -> None:
    nobody = audit.Actor(tenant_id, "nobody", None, account, address)
    await audit.record(session, nobody, "session.refused", reason=reason)
    await session.commit()  # the fault that follows must not undo the record of it
