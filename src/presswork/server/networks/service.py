"""Networks and their marks: filed by administrators, recognised for agents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.exc import IntegrityError

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.protocols.control.words import NetworkHint
from presswork.server import audit
from presswork.server.networks.marks import Mark, MarkOfNetwork, canonical, networks_of, possible_marks
from presswork.server.networks.models import Network, NetworkMark
from presswork.server.networks.sites import get_site
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.text import one_line
from presswork.server.tenants import Principal, Role, desired_changed

PAGE_LIMIT = 500
MARKS_LIMIT = 200
"""Marks of one network."""
_AT_ONCE = 400
"""Marks looked up in one question: SQLite counts the values."""


async def add_network(session: Session, principal: Principal, *, name: str, site_id: UUID | None = None) -> Network:
    """A new network, known by nothing yet. Administrators. ``Conflict`` where the name is taken."""
    principal.require(Role.ADMINISTRATOR)
    network = Network(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        name=one_line(name, field="name", limit=127),
        site_id=await _site(session, principal, site_id),
        created_at=session.now(),
    )
    await _require_free(session, principal, network.name)
    session.add(network)
    await session.flush()
    await audit.record(session, principal, "network.added", target_id=network.id, target_name=network.name)
    return network


async def list_networks(
    session: Session, principal: Principal, *, after: str | None = None, limit: int = PAGE_LIMIT
) -> Sequence[Network]:
    """Networks by name; ``after`` is the last name of the page before. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    networks = scoped(Network, principal).order_by(Network.name).limit(min(limit, PAGE_LIMIT))
    if after is not None:
        networks = networks.where(Network.name > after)
    return (await session.scalars(networks)).all()


async def get_network(session: Session, principal: Principal, network_id: UUID) -> Network:
    """One network. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    network = await session.scalar(scoped(Network, principal).where(Network.id == network_id))
    if network is None:
        raise NotFound("There is no such network.")
    return network


async def find_network(session: Session, principal: Principal, name: str) -> Network:
    """The network of that name. Administrators. ``Invalid`` beside the field ``network`` where there is none."""
    principal.require(Role.ADMINISTRATOR)
    network = await session.scalar(scoped(Network, principal).where(Network.name == name.strip()))
    if network is None:
        raise Invalid("There is no network with this name. Choose one from the list.", field="network")
    return network


async def change_network(
    session: Session, principal: Principal, network_id: UUID, *, name: str, site_id: UUID | None
) -> Network:
    """Another name or site. Administrators."""
    network = await get_network(session, principal, network_id)
    name = one_line(name, field="name", limit=127)
    if name != network.name:
        await _require_free(session, principal, name)
    if (network.name, network.site_id) != (name, site_id):
        network.name, network.site_id = name, await _site(session, principal, site_id)
        await session.flush()
        await audit.record(session, principal, "network.changed", target_id=network.id, target_name=network.name)
    return network


async def remove_network(session: Session, principal: Principal, network_id: UUID) -> None:
    """Remove a network; its computers and printers are on none then. Administrators. ``Conflict`` while a queue names it."""
    network = await get_network(session, principal, network_id)
    name = network.name
    try:
        await session.execute(delete(Network).where(Network.tenant_id == principal.tenant_id, Network.id == network_id))
    except IntegrityError:
        raise Conflict("A queue is shown on this network only. Change that queue first.") from None
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, "network.removed", target_id=network_id, target_name=name)


async def list_marks(session: Session, principal: Principal, network_id: UUID) -> Sequence[NetworkMark]:
    """By what a network is known. Administrators."""
    network = await get_network(session, principal, network_id)
    marks = scoped(NetworkMark, principal).where(NetworkMark.network_id == network.id)
    return (await session.scalars(marks.order_by(NetworkMark.kind, NetworkMark.value).limit(MARKS_LIMIT))).all()


async def add_mark(session: Session, principal: Principal, network_id: UUID, *, kind: str, value: str) -> NetworkMark:
    """The network is known by this, too. Administrators. ``Conflict`` where another network is."""
    network = await get_network(session, principal, network_id)
    mark = canonical(kind, value)
    if len(await list_marks(session, principal, network_id)) >= MARKS_LIMIT:
        raise Conflict(f"A network is known by at most {MARKS_LIMIT} marks. A block of addresses may stand for many.")
    holder = await session.scalar(
        select(Network.name)
        .join(NetworkMark, NetworkMark.network_id == Network.id)
        .where(
            NetworkMark.tenant_id == principal.tenant_id, NetworkMark.kind == mark.kind, NetworkMark.value == mark.value
        )
    )
    if holder is not None:
        raise Conflict(f"The network {holder} is known by this already.", field="value")
    row = NetworkMark(
        tenant_id=principal.tenant_id, id=session.new_id(), network_id=network.id, kind=mark.kind, value=mark.value
    )
    session.add(row)
    await session.flush()
    await desired_changed(session, principal.tenant_id)
    await audit.record(
        session,
        principal,
        "network.mark-added",
        target_id=network.id,
        target_name=network.name,
        kind=mark.kind,
        value=mark.value,
    )
    return row


async def remove_mark(session: Session, principal: Principal, network_id: UUID, mark_id: UUID) -> None:
    """The network is not known by this any more. Administrators."""
    network = await get_network(session, principal, network_id)
    mark = await session.scalar(
        scoped(NetworkMark, principal).where(NetworkMark.id == mark_id, NetworkMark.network_id == network_id)
    )
    if mark is None:
        raise NotFound("The network is not known by this any more.")
    kind, value = mark.kind, mark.value
    await session.delete(mark)
    await session.flush()
    await desired_changed(session, principal.tenant_id)
    await audit.record(
        session,
        principal,
        "network.mark-removed",
        target_id=network.id,
        target_name=network.name,
        kind=kind,
        value=value,
    )


async def marks_for(session: Session, tenant_id: UUID, hints: Collection[NetworkHint]) -> Sequence[MarkOfNetwork]:
    """The marks of the tenant that fit one of these hints: an indexed look-up, however many networks there are."""
    wanted = sorted((mark.kind, mark.value) for mark in possible_marks(hints))
    found: list[MarkOfNetwork] = []
    for start in range(0, len(wanted), _AT_ONCE):
        rows = await session.execute(
            select(NetworkMark.network_id, NetworkMark.kind, NetworkMark.value).where(
                NetworkMark.tenant_id == tenant_id,
                tuple_(NetworkMark.kind, NetworkMark.value).in_(wanted[start : start + _AT_ONCE]),
            )
        )
        found += [MarkOfNetwork(network_id, Mark(kind, value)) for network_id, kind, value in rows]
    return found


async def recognise(session: Session, tenant_id: UUID, hints: Collection[NetworkHint]) -> frozenset[UUID]:
    """The networks a computer with these hints is on."""
    return networks_of(hints, await marks_for(session, tenant_id, hints))


async def network_names(session: Session, tenant_id: UUID, network_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Names by id, for other domains that show them; unknown ids are left out."""
    if not network_ids:
        return {}
    rows = await session.execute(
        select(Network.id, Network.name).where(Network.tenant_id == tenant_id, Network.id.in_(network_ids))
    )
    return dict(rows.all())


async def networks_beside(session: Session, tenant_id: UUID, network_ids: Collection[UUID]) -> frozenset[UUID]:
    """The other networks of the same sites: what is near, though not reachable for sure."""
    if not network_ids:
        return frozenset()
    sites = select(Network.site_id).where(Network.tenant_id == tenant_id, Network.id.in_(network_ids))
    rows = await session.scalars(
        select(Network.id)
        .where(Network.tenant_id == tenant_id, Network.site_id.in_(sites.where(Network.site_id.is_not(None))))
        .limit(PAGE_LIMIT)
    )
    return frozenset(rows) - frozenset(network_ids)


async def _site(session: Session, principal: Principal, site_id: UUID | None) -> UUID | None:
    return None if site_id is None else (await get_site(session, principal, site_id)).id


async def _require_free(session: Session, principal: Principal, name: str) -> None:
    if await session.scalar(scoped(Network, principal).where(Network.name == name)) is not None:
        raise Conflict("There is a network with this name already. Choose another one.", field="name")
