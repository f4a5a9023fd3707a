"""Computers that are there now and may carry a job for another one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select, true

from presswork.server.computers.models import Computer, ComputerNetwork
from presswork.server.platform.database import Session

LOOKED_AT = 200
"""Of very many computers on a network so many are looked at: site nodes, then those an administrator chose, then those heard of last."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A computer that is online, and the networks it is on."""

    computer: Computer
    networks: frozenset[UUID]


async def carriers_online(
    session: Session, tenant_id: UUID, network_id: UUID | None, also: Collection[UUID] = ()
) -> Sequence[Carrier]:
    """Computers that are online: those of the network, and of ``also`` all that are. None is removed, none of another tenant."""
    online = (
        select(Computer)
        .where(Computer.tenant_id == tenant_id, Computer.revoked_at.is_(None), Computer.online_until > session.now())
        .order_by(Computer.site_node.desc(), Computer.carrier.desc(), Computer.last_seen_at.desc(), Computer.id)
        .limit(LOOKED_AT)
    )
    there = online.join(ComputerNetwork, ComputerNetwork.computer_id == Computer.id).where(
        ComputerNetwork.network_id == network_id
    )
    found: dict[UUID, Computer] = {}
    if network_id is not None:
        found |= {computer.id: computer for computer in await session.scalars(there)}
    if also:
        found |= {computer.id: computer for computer in await session.scalars(online.where(Computer.id.in_(also)))}
    networks: dict[UUID, set[UUID]] = {}
    rows = await session.execute(
        select(ComputerNetwork.computer_id, ComputerNetwork.network_id).where(
            ComputerNetwork.tenant_id == tenant_id, ComputerNetwork.computer_id.in_(found)
        )
    )
    for computer_id, network in rows:
        networks.setdefault(computer_id, set()).add(network)
    return [Carrier(computer, frozenset(networks.get(computer.id, ()))) for computer in found.values()]


async def networks_with_relay(session: Session, tenant_id: UUID, *, chosen: bool) -> frozenset[UUID]:
    """The networks on which a computer is online that carries jobs for others; ``chosen``: that an administrator chose."""
    found = await session.scalars(
        select(ComputerNetwork.network_id)
        .join(Computer, Computer.id == ComputerNetwork.computer_id)
        .where(
            Computer.tenant_id == tenant_id,
            Computer.revoked_at.is_(None),
            Computer.online_until > session.now(),
            Computer.relay_port.is_not(None),
            or_(Computer.site_node, Computer.carrier) if chosen else true(),
        )
        .distinct()
    )
    return frozenset(found)
