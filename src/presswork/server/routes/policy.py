"""Which routes jobs may take, and in which order they are tried: one policy for all jobs of a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from presswork.core.errors import Invalid
from presswork.protocols.control.route import ALL_ROUTES, RouteKind
from presswork.server import audit
from presswork.server.platform.database import Session
from presswork.server.routes.models import RoutePolicy
from presswork.server.tenants import Principal, Role, desired_changed


async def get_routes(session: Session, principal: Principal) -> tuple[RouteKind, ...]:
    """The routes that jobs of the tenant may take, in their order. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    return await routes_of(session, principal.tenant_id)


async def set_routes(session: Session, principal: Principal, routes: Sequence[str]) -> None:
    """Jobs may take these routes, in this order, from each computer's next exchange on. Administrators.

    ``Invalid`` for none at all, for one that there is not, and for one that is named twice.
    """
    principal.require(Role.ADMINISTRATOR)
    wanted = tuple(route for route in ALL_ROUTES if route in routes)
    if not routes:
        raise Invalid("Without any route nothing could be printed. Allow at least one.", field="routes")
    if len(wanted) != len(routes):
        raise Invalid(f"The routes are {', '.join(ALL_ROUTES)}; each is named once.", field="routes")
    if tuple(routes) == await routes_of(session, principal.tenant_id):
        return
    await session.merge(RoutePolicy(tenant_id=principal.tenant_id, routes=tuple(routes)))
    await session.flush()
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, "routes.changed", routes=", ".join(routes))


async def routes_of(session: Session, tenant_id: UUID) -> tuple[RouteKind, ...]:
    """The same for the server itself."""
    kept = await session.scalar(select(RoutePolicy.routes).where(RoutePolicy.tenant_id == tenant_id))
    if kept is None:
        return ALL_ROUTES
    return tuple(kind for word in kept for kind in ALL_ROUTES if kind == word)
