"""Computers that are there now: who can be asked to do something on a network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from presswork.server.computers.models import Computer, ComputerNetwork
from presswork.server.platform.database import Session

OF_EACH_NETWORK = 50
"""Of very many computers on a network so many are looked at, those heard of last."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """A computer whose agent is there."""

    computer_id: UUID
    capabilities: frozenset[str]
    networks: frozenset[UUID]


async def watchers_online(
    session: Session, tenant_id: UUID, network_ids: Collection[UUID | None], also: Collection[UUID]
) -> Sequence[Watcher]:
    """Computers that are online: some of each of these networks (None: wherever), and of ``also`` all that are."""
    online = (
        select(Computer.id, Computer.capabilities)
        .where(Computer.tenant_id == tenant_id, Computer.revoked_at.is_(None), Computer.online_until > session.now())
        .order_by(Computer.last_seen_at.desc())
    )
    found = dict((await session.execute(online.where(Computer.id.in_(also)))).all()) if also else {}
    for network_id in network_ids:
        there = online.limit(OF_EACH_NETWORK)
        if network_id is not None:
            there = there.join(ComputerNetwork, ComputerNetwork.computer_id == Computer.id).where(
                ComputerNetwork.network_id == network_id
            )
        found |= dict((await session.execute(there)).all())
    networks: dict[UUID, set[UUID]] = {}
    if found:
        places = await session.execute(
            select(ComputerNetwork.computer_id, ComputerNetwork.network_id).where(
                ComputerNetwork.tenant_id == tenant_id, ComputerNetwork.computer_id.in_(found)
            )
        )
        for computer_id, network_id in places:
            networks.setdefault(computer_id, set()).add(network_id)
    return [
        Watcher(computer_id, frozenset(capabilities), frozenset(networks.get(computer_id, ())))
        for computer_id, capabilities in found.items()
    ]


async def networks_with_somebody(session: Session, tenant_id: UUID) -> frozenset[UUID | None]:
    """The networks on which a computer is online; None among them where one is online at all."""
    there = (Computer.tenant_id == tenant_id, Computer.revoked_at.is_(None), Computer.online_until > session.now())
    if await session.scalar(select(Computer.id).where(*there).limit(1)) is None:
        return frozenset()
    found = await session.scalars(
        select(ComputerNetwork.network_id)
        .join(Computer, Computer.id == ComputerNetwork.computer_id)
        .where(*there)
        .distinct()
    )
    return frozenset({None, *found})
