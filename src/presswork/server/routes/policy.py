"""Which routes jobs may take, in which order they are tried, and who may carry: one policy for all jobs of a tenant."""

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
    policy = await _policy(session, principal.tenant_id)
    policy.routes = tuple(routes)
    await session.flush()
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, "routes.changed", routes=", ".join(routes))


async def get_carriers(session: Session, principal: Principal) -> bool:
    """Whether only computers that an administrator chose carry jobs of others. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    return await only_chosen_carry(session, principal.tenant_id)


async def set_carriers(session: Session, principal: Principal, *, chosen: bool) -> None:
    """``chosen``: only site nodes and carriers (``computers.set_duties``) get tickets for jobs of others from now on, by
    relay and through the server; else every computer where the printer is. Administrators.

    Tickets that were signed before are good until they end, an hour at most.
    """
    principal.require(Role.ADMINISTRATOR)
    if chosen == await only_chosen_carry(session, principal.tenant_id):
        return
    (await _policy(session, principal.tenant_id)).chosen_carriers = chosen
    await session.flush()
    await audit.record(session, principal, "routes.carriers-set", carriers="chosen" if chosen else "all")


async def only_chosen_carry(session: Session, tenant_id: UUID) -> bool:
    """The same for the server itself."""
    return bool(await session.scalar(select(RoutePolicy.chosen_carriers).where(RoutePolicy.tenant_id == tenant_id)))


async def routes_of(session: Session, tenant_id: UUID) -> tuple[RouteKind, ...]:
    """The same for the server itself."""
    kept = await session.scalar(select(RoutePolicy.routes).where(RoutePolicy.tenant_id == tenant_id))
    if kept is None:
        return ALL_ROUTES
    return tuple(kind for word in kept for kind in ALL_ROUTES if kind == word)


async def _policy(session: Session, tenant_id: UUID) -> RoutePolicy:
    """The tenant's own, made where it has none yet."""
    policy = await session.get(RoutePolicy, tenant_id)
    if policy is None:
        policy = RoutePolicy(tenant_id=tenant_id, routes=ALL_ROUTES)
        session.add(policy)
    return policy
