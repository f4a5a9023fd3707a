"""Who sees a queue, where it is the default, and who asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select

from presswork.core.errors import Conflict, Forbidden, NotFound
from presswork.server import audit, networks
from presswork.server.computers import accounts_of_person, computer_changed, networks_of_person
from presswork.server.identity import find_group, group_names
from presswork.server.platform.database import Session, insert_new
from presswork.server.platform.text import plain_pattern
from presswork.server.queues.facts import on_request, people_facts, queue_facts
from presswork.server.queues.models import NetworkDefault, Queue, QueueGroup, QueueNetwork, QueueWish
from presswork.server.queues.service import get_queue
from presswork.server.queues.sight import sight
from presswork.server.tenants import Principal, Role, desired_changed

AUDIENCE_LIMIT = 100
"""Groups, and networks, of one queue: a group may hold groups."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who sees a queue, by name. Both empty: everybody."""

    groups: Mapping[UUID, str]
    networks: Mapping[UUID, str]
    default_on: Mapping[UUID, str]
    """The networks whose computers have it as their default."""


@dataclass(frozen=True, slots=True)
class QueueOnRequest:
    """A queue that a person can have by asking for it."""

    queue: Queue
    added: bool


async def audience(session: Session, principal: Principal, queue_id: UUID) -> Audience:
    """Who sees a queue. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    queue = await get_queue(session, principal, queue_id)
    tenant_id = principal.tenant_id
    groups = await session.scalars(select(QueueGroup.group_id).where(QueueGroup.queue_id == queue.id))
    places = await session.scalars(select(QueueNetwork.network_id).where(QueueNetwork.queue_id == queue.id))
    defaults = await session.scalars(
        select(NetworkDefault.network_id).where(
            NetworkDefault.tenant_id == tenant_id, NetworkDefault.queue_id == queue.id
        )
    )
    return Audience(
        await group_names(session, tenant_id, groups.all()),
        await networks.network_names(session, tenant_id, places.all()),
        await networks.network_names(session, tenant_id, defaults.all()),
    )


async def show_to_group(session: Session, principal: Principal, queue_id: UUID, name: str) -> None:
    """The people of the group of that name see the queue; with the first group, nobody else does. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    queue = await get_queue(session, principal, queue_id)
    group = await find_group(session, principal, name)
    await _require_room(session, QueueGroup, queue, "group")
    row = {"tenant_id": principal.tenant_id, "queue_id": queue.id, "group_id": group.id}
    await session.execute(insert_new(session, QueueGroup, [row]))
    queue.for_groups = True
    await _changed(session, principal, queue, "queue.shown-to-group", group.name)


async def hide_from_group(session: Session, principal: Principal, queue_id: UUID, group_id: UUID) -> None:
    """Not for this group any more; without any group, it is for everybody. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    queue = await get_queue(session, principal, queue_id)
    gone = await session.scalar(
        delete(QueueGroup)
        .where(QueueGroup.queue_id == queue.id, QueueGroup.group_id == group_id)
        .returning(QueueGroup.group_id)
    )
    if gone is None:
        raise NotFound("The queue is not shown to this group any more.")
    queue.for_groups = await _count(session, QueueGroup, queue) > 0
    names = await group_names(session, principal.tenant_id, {group_id})
    await _changed(session, principal, queue, "queue.hidden-from-group", names.get(group_id, ""))


async def show_on_network(session: Session, principal: Principal, queue_id: UUID, name: str) -> None:
    """The queue is seen on the network of that name; with the first network, nowhere else. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    queue = await get_queue(session, principal, queue_id)
    network = await networks.find_network(session, principal, name)
    await _require_room(session, QueueNetwork, queue, "network")
    row = {"tenant_id": principal.tenant_id, "queue_id": queue.id, "network_id": network.id}
    await session.execute(insert_new(session, QueueNetwork, [row]))
    queue.for_networks = True
    await _changed(session, principal, queue, "queue.shown-on-network", network.name)


async def hide_on_network(session: Session, principal: Principal, queue_id: UUID, network_id: UUID) -> None:
    """Not on this network any more; without any network, it is seen everywhere. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    queue = await get_queue(session, principal, queue_id)
    gone = await session.scalar(
        delete(QueueNetwork)
        .where(QueueNetwork.queue_id == queue.id, QueueNetwork.network_id == network_id)
        .returning(QueueNetwork.network_id)
    )
    if gone is None:
        raise NotFound("The queue is not shown on this network any more.")
    queue.for_networks = await _count(session, QueueNetwork, queue) > 0
    names = await networks.network_names(session, principal.tenant_id, {network_id})
    await _changed(session, principal, queue, "queue.hidden-on-network", names.get(network_id, ""))


async def set_default(session: Session, principal: Principal, network_id: UUID, queue_id: UUID | None) -> None:
    """The default queue of the computers on a network; None: none of ours. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    network = await networks.get_network(session, principal, network_id)
    queue = None if queue_id is None else await get_queue(session, principal, queue_id)
    if await default_of_network(session, principal, network_id) == queue_id:
        return
    await session.execute(
        delete(NetworkDefault).where(
            NetworkDefault.tenant_id == principal.tenant_id, NetworkDefault.network_id == network.id
        )
    )
    if queue is not None:
        row = {"tenant_id": principal.tenant_id, "network_id": network.id, "queue_id": queue.id}
        await session.execute(insert_new(session, NetworkDefault, [row]))
    await desired_changed(session, principal.tenant_id)
    await audit.record(
        session,
        principal,
        "network.default-set",
        target_id=network.id,
        target_name=network.name,
        queue="" if queue is None else queue.name,
    )


async def default_of_network(session: Session, principal: Principal, network_id: UUID) -> UUID | None:
    """The default queue of a network. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    return await session.scalar(
        select(NetworkDefault.queue_id).where(
            NetworkDefault.tenant_id == principal.tenant_id, NetworkDefault.network_id == network_id
        )
    )


async def queues_on_request(
    session: Session, principal: Principal, *, text: str = "", after: str | None = None, limit: int = 50
) -> Sequence[QueueOnRequest]:
    """The queues that come to the person only if they ask, where their computers are now; by name. Of oneself."""
    places = await networks_of_person(session, principal)
    facts = (await people_facts(session, principal.tenant_id, {principal.user_id}))[principal.user_id]
    part = f"%{plain_pattern(text.strip()[:127].lower())}%"
    fits = or_(func.lower(Queue.name).like(part, escape="\\"), func.lower(Queue.location).like(part, escape="\\"))
    if after is not None:
        fits = and_(fits, Queue.name > after)
    queues = await on_request(session, principal.tenant_id, facts, places, fits=fits)
    decided = await queue_facts(session, principal.tenant_id, queues)
    return [
        QueueOnRequest(queue, queue.id in facts.added)
        for queue in queues
        if queue.id in facts.added or sight(decided[queue.id], facts, places).visible
    ][:limit]


async def ask_for_queue(session: Session, principal: Principal, queue_id: UUID, *, wanted: bool) -> None:
    """Have a queue that does not come by itself on one's computers, or no more. Of oneself.

    ``Forbidden`` where the person may not see it, ``Conflict`` where it comes by itself.
    """
    queue = await get_queue(session, principal, queue_id)
    if wanted:
        await _require_sight(session, principal, queue)
        row = {"tenant_id": principal.tenant_id, "queue_id": queue.id, "user_id": principal.user_id}
        await session.execute(insert_new(session, QueueWish, [row]))
    else:
        await session.execute(
            delete(QueueWish).where(QueueWish.queue_id == queue.id, QueueWish.user_id == principal.user_id)
        )
    for computer_id in {computer_id for computer_id, _ in await accounts_of_person(session, principal)}:
        await computer_changed(session, principal.tenant_id, computer_id)
    action = "queue.asked-for" if wanted else "queue.given-back"
    await audit.record(session, principal, action, target_id=queue.id, target_name=queue.name)


async def _require_sight(session: Session, principal: Principal, queue: Queue) -> None:
    if queue.automatic:
        raise Conflict("This queue comes to your computers by itself.")
    places = await networks_of_person(session, principal)
    people = await people_facts(session, principal.tenant_id, {principal.user_id})
    decided = await queue_facts(session, principal.tenant_id, [queue])
    if not sight(decided[queue.id], people[principal.user_id], places).visible:
        raise Forbidden("This queue is not for you where your computers are now. Ask your administrator.")


async def _require_room(session: Session, table: type[QueueGroup | QueueNetwork], queue: Queue, field: str) -> None:
    if await _count(session, table, queue) >= AUDIENCE_LIMIT:
        raise Conflict(f"A queue names at most {AUDIENCE_LIMIT} of them. Put groups into one group.", field=field)


async def _count(session: Session, table: type[QueueGroup | QueueNetwork], queue: Queue) -> int:
    return await session.scalar(select(func.count()).select_from(table).where(table.queue_id == queue.id)) or 0


async def _changed(session: Session, principal: Principal, queue: Queue, action: str, whom: str) -> None:
    await session.flush()
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, action, target_id=queue.id, target_name=queue.name, whom=whom)
