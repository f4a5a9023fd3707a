"""The first person: by a one-time link that exists only while there is no administrator."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select

from presswork.core.errors import Conflict, NotFound
from presswork.server import audit
from presswork.server.identity.models import SetUpLink
from presswork.server.identity.sessions import SignedIn, start_session
from presswork.server.identity.users import add_user, administrator_exists
from presswork.server.platform.database import Session
from presswork.server.platform.secrets import new_token, token_hash
from presswork.server.platform.text import one_line
from presswork.server.tenants import Role, rename_tenant


async def new_set_up_token(session: Session, tenant_id: UUID) -> str:
    """The token of a new link; an earlier link is of no more use. ``Conflict`` once there is an administrator."""
    if await administrator_exists(session, tenant_id):
        raise Conflict("This server is set up already. Sign in, or ask an administrator.")
    token = new_token(session.randomness)
    await session.execute(delete(SetUpLink).where(SetUpLink.tenant_id == tenant_id))
    session.add(SetUpLink(tenant_id=tenant_id, token_hash=token_hash(token), created_at=session.now()))
    await session.flush()
    return token


def set_up_link_over() -> NotFound:
    """What somebody is told who comes with a link that opens nothing, whatever the reason."""
    return NotFound(
        "This link is over, or was not copied whole. If nobody can sign in yet, get a new one on the server: "
        "presswork server set-up-link"
    )


async def set_up_open(session: Session, tenant_id: UUID, token: str) -> bool:
    """Whether this token still opens the set-up."""
    found = await session.scalar(
        select(SetUpLink.tenant_id).where(SetUpLink.tenant_id == tenant_id, SetUpLink.token_hash == token_hash(token))
    )
    return found is not None and not await administrator_exists(session, tenant_id)


async def set_up(
    session: Session,
    *,
    tenant_id: UUID,
    token: str,
    email: str,
    display_name: str,
    password: str,
    address: str,
    organisation: str | None = None,
) -> SignedIn:
    """Make the first person, an operator, and sign them in; the tenant takes the name ``organisation``.

    ``NotFound`` where the token does not open the set-up.

    The link is used up in the same transaction: of two at once, one wins.
    """
    if not await set_up_open(session, tenant_id, token):
        raise set_up_link_over()
    if organisation is not None:
        await rename_tenant(session, tenant_id, one_line(organisation, field="organisation", limit=100))
    user = await add_user(
        session, tenant_id, email=email, display_name=display_name, role=Role.OPERATOR, password=password
    )
    used = await session.execute(
        delete(SetUpLink)
        .where(SetUpLink.tenant_id == tenant_id, SetUpLink.token_hash == token_hash(token))
        .returning(SetUpLink.tenant_id)
    )
    if used.first() is None:
        raise set_up_link_over()
    signed_in = await start_session(session, user, address)
    await audit.record(session, signed_in.principal, "installation.set-up", target_id=user.id, target_name=user.email)
    return signed_in
