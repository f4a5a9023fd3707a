"""The facts of the decision, read by index: what a question costs does not grow with queues, people or printers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from presswork.server.computers import bindings_of_computer, networks_of_computer
from presswork.server.identity import groups_of_people
from presswork.server.networks import network_names
from presswork.server.platform.database import Session
from presswork.server.queues.models import NetworkDefault, Queue, QueueGroup, QueueNetwork, QueueWish
from presswork.server.queues.sight import ComputerFacts, PersonFacts, QueueFacts

REQUEST_LIMIT = 200
"""Queues to choose from at once; words find the others."""
QUEUES_LIMIT = 1000
"""Queues that one computer can have; more stand in no print dialog."""


async def computer_facts(session: Session, tenant_id: UUID, computer_id: UUID) -> ComputerFacts:
    """Where the computer is, and who its people are."""
    bindings = await bindings_of_computer(session, tenant_id, computer_id)
    people = await people_facts(session, tenant_id, {binding.user_id for binding in bindings})
    return ComputerFacts(
        networks=await networks_of_computer(session, tenant_id, computer_id),
        people={binding.account: people[binding.user_id] for binding in bindings},
    )


async def people_facts(session: Session, tenant_id: UUID, user_ids: Collection[UUID]) -> Mapping[UUID, PersonFacts]:
    """The groups of these people and the queues they added."""
    groups = await groups_of_people(session, tenant_id, user_ids)
    added: dict[UUID, set[UUID]] = defaultdict(set)
    rows = await session.execute(
        select(QueueWish.user_id, QueueWish.queue_id).where(
            QueueWish.tenant_id == tenant_id, QueueWish.user_id.in_(user_ids)
        )
    )
    for user_id, queue_id in rows:
        added[user_id].add(queue_id)
    return {user_id: PersonFacts(user_id, groups[user_id], frozenset(added[user_id])) for user_id in user_ids}


async def candidates(session: Session, tenant_id: UUID, computer: ComputerFacts) -> Sequence[UUID]:
    """The queues that may stand on the computer: whatever ``standing`` could say yes to, and little else."""
    groups = frozenset[UUID]().union(*(person.groups for person in computer.people.values()))
    added = frozenset[UUID]().union(*(person.added for person in computer.people.values()))
    return await _ids(
        session,
        *(query.where(Queue.automatic.is_(True)) for query in _reachable(tenant_id, groups, computer.networks)),
        select(Queue.id).where(Queue.tenant_id == tenant_id, Queue.id.in_(added)),
    )


async def on_request(
    session: Session, tenant_id: UUID, person: PersonFacts, networks: frozenset[UUID], *, fits: ColumnElement[bool]
) -> Sequence[Queue]:
    """Queues that do not come by themselves and that the person may see on one of these networks, added or not; by name.

    ``fits``: only such as this holds for. ``sight`` has the last word.
    """
    found: dict[UUID, Queue] = {}
    reachable = _reachable(tenant_id, person.groups, networks)
    for ids in (*reachable, select(Queue.id).where(Queue.tenant_id == tenant_id, Queue.id.in_(person.added))):
        query = select(Queue).where(Queue.id.in_(ids), Queue.automatic.is_(False), fits)
        rows = await session.scalars(query.order_by(Queue.name).limit(REQUEST_LIMIT))
        found |= {queue.id: queue for queue in rows}
    return sorted(found.values(), key=lambda queue: queue.name)[:REQUEST_LIMIT]


async def queue_facts(session: Session, tenant_id: UUID, queues: Collection[Queue]) -> Mapping[UUID, QueueFacts]:
    """What of these queues decides."""
    ids = {queue.id for queue in queues}
    groups: dict[UUID, set[UUID]] = defaultdict(set)
    networks: dict[UUID, set[UUID]] = defaultdict(set)
    if any(queue.for_groups for queue in queues):
        rows = await session.execute(
            select(QueueGroup.queue_id, QueueGroup.group_id).where(
                QueueGroup.tenant_id == tenant_id, QueueGroup.queue_id.in_(ids)
            )
        )
        for queue_id, group_id in rows:
            groups[queue_id].add(group_id)
    if any(queue.for_networks for queue in queues):
        rows = await session.execute(
            select(QueueNetwork.queue_id, QueueNetwork.network_id).where(
                QueueNetwork.tenant_id == tenant_id, QueueNetwork.queue_id.in_(ids)
            )
        )
        for queue_id, network_id in rows:
            networks[queue_id].add(network_id)
    return {
        queue.id: QueueFacts(queue.id, queue.automatic, frozenset(groups[queue.id]), frozenset(networks[queue.id]))
        for queue in queues
    }


async def wished_defaults(session: Session, tenant_id: UUID, networks: frozenset[UUID]) -> Sequence[UUID]:
    """The default queues of these networks, in the order of the networks' names."""
    if not networks:
        return []
    rows = await session.execute(
        select(NetworkDefault.network_id, NetworkDefault.queue_id).where(
            NetworkDefault.tenant_id == tenant_id, NetworkDefault.network_id.in_(networks)
        )
    )
    by_network = dict(rows.all())
    names = await network_names(session, tenant_id, by_network.keys())
    return [by_network[network] for network in sorted(by_network, key=lambda one: (names.get(one, ""), one))]


def _reachable(tenant_id: UUID, groups: frozenset[UUID], networks: frozenset[UUID]) -> Sequence[Select[UUID]]:
    """Three questions, each answered from one index: for everybody everywhere; of these networks; of these groups."""
    of_tenant = select(Queue.id).where(Queue.tenant_id == tenant_id)
    return (
        of_tenant.where(Queue.for_networks.is_(False), Queue.for_groups.is_(False)),
        of_tenant.join(QueueNetwork, QueueNetwork.queue_id == Queue.id).where(
            QueueNetwork.tenant_id == tenant_id, QueueNetwork.network_id.in_(networks)
        ),
        of_tenant.join(QueueGroup, QueueGroup.queue_id == Queue.id).where(
            Queue.for_networks.is_(False), QueueGroup.tenant_id == tenant_id, QueueGroup.group_id.in_(groups)
        ),
    )


async def _ids(session: Session, *queries: Select[UUID]) -> Sequence[UUID]:
    found: dict[UUID, None] = {}
    for query in queries:
        found |= dict.fromkeys(await session.scalars(query.order_by(Queue.id).limit(QUEUES_LIMIT)))
    return sorted(found)[:QUEUES_LIMIT]
