"""The tree of sites. Administrators only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.server import audit
from presswork.server.networks.models import Site
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.text import one_line
from presswork.server.tenants import Principal, Role

DEPTH = 8
"""Sites below one another, the topmost included."""
SITES_LIMIT = 2000
"""Sites of a tenant; they are shown as one tree."""


async def add_site(session: Session, principal: Principal, *, name: str, parent_id: UUID | None = None) -> Site:
    """A new site, in ``parent_id`` or at the top. ``Conflict`` where its neighbours have the name."""
    principal.require(Role.ADMINISTRATOR)
    sites = await _by_id(session, principal)
    if len(sites) >= SITES_LIMIT:
        raise Conflict(f"There are {SITES_LIMIT} sites already. Remove one that nobody uses.")
    site = Site(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        parent_id=parent_id,
        name=one_line(name, field="name", limit=127),
    )
    _check_place(sites, site.id, parent_id, site.name, below=1)
    session.add(site)
    await session.flush()
    await audit.record(session, principal, "site.added", target_id=site.id, target_name=site.name)
    return site


async def list_sites(session: Session, principal: Principal) -> Sequence[tuple[Site, int]]:
    """The whole tree as it is read: each site after its parent, by name, with its depth (0 at the top)."""
    principal.require(Role.ADMINISTRATOR)
    children: dict[UUID | None, list[Site]] = {}
    for site in (await _by_id(session, principal)).values():
        children.setdefault(site.parent_id, []).append(site)
    found: list[tuple[Site, int]] = []

    def walk(parent: UUID | None, depth: int) -> None:
        for site in sorted(children.get(parent, ()), key=lambda one: one.name.casefold()):
            found.append((site, depth))
            walk(site.id, depth + 1)

    walk(None, 0)
    return found


async def get_site(session: Session, principal: Principal, site_id: UUID) -> Site:
    """One site."""
    principal.require(Role.ADMINISTRATOR)
    site = await session.scalar(scoped(Site, principal).where(Site.id == site_id))
    if site is None:
        raise NotFound("There is no such site.")
    return site


async def change_site(
    session: Session, principal: Principal, site_id: UUID, *, name: str, parent_id: UUID | None
) -> Site:
    """Another name or place. ``Invalid`` where a site would stand in itself."""
    site = await get_site(session, principal, site_id)
    sites = await _by_id(session, principal)
    name = one_line(name, field="name", limit=127)
    _check_place(sites, site_id, parent_id, name, below=_height(sites, site_id))
    if (site.name, site.parent_id) != (name, parent_id):
        site.name, site.parent_id = name, parent_id
        await session.flush()
        await audit.record(session, principal, "site.changed", target_id=site.id, target_name=site.name)
    return site


async def remove_site(session: Session, principal: Principal, site_id: UUID) -> None:
    """Remove an empty site. ``Conflict`` while a site or network is in it."""
    site = await get_site(session, principal, site_id)
    name = site.name
    try:
        await session.execute(delete(Site).where(Site.tenant_id == principal.tenant_id, Site.id == site_id))
    except IntegrityError:
        raise Conflict("There are sites or networks in this site. Move or remove them first.") from None
    await audit.record(session, principal, "site.removed", target_id=site_id, target_name=name)


async def _by_id(session: Session, principal: Principal) -> dict[UUID, Site]:
    sites = await session.scalars(select(Site).where(Site.tenant_id == principal.tenant_id).limit(SITES_LIMIT))
    return {site.id: site for site in sites}


def _check_place(sites: dict[UUID, Site], own: UUID, parent_id: UUID | None, name: str, *, below: int) -> None:
    """``below``: how many levels the site brings with it, itself included."""
    above = 0
    at = parent_id
    while at is not None:
        if at == own:
            raise Invalid("A site cannot stand in itself or in a site below it. Choose another one.", field="parent_id")
        if at not in sites:
            raise NotFound("There is no such site.")
        at, above = sites[at].parent_id, above + 1
    if above + below > DEPTH:
        raise Invalid(f"Sites stand at most {DEPTH} deep. Choose one further up.", field="parent_id")
    wanted = name.casefold()
    if any(one.id != own and one.parent_id == parent_id and one.name.casefold() == wanted for one in sites.values()):
        raise Conflict("There is a site with this name in the same place already.", field="name")


def _height(sites: dict[UUID, Site], top: UUID) -> int:
    """Levels from this site down, itself included."""
    children = [site.id for site in sites.values() if site.parent_id == top]
    return 1 + max((_height(sites, child) for child in children), default=0)
