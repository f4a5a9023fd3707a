"""Where computers are: what their agents tell, which networks that are, and what is still to be filed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, cast, delete, func, select, update

from presswork.core.errors import NotFound
from presswork.protocols.control.words import NetworkHint
from presswork.server import audit, networks
from presswork.server.computers.models import AccountBindingRow, Computer, ComputerHint, ComputerNetwork
from presswork.server.computers.peers import neighbours_changed, note_reach
from presswork.server.computers.principal import AgentPrincipal
from presswork.server.networks import MarkKind, MarkOfNetwork, networks_of, proposed
from presswork.server.platform.database import Session, insert_new, scoped
from presswork.server.tenants import Principal, Role, desired_revision

UNKNOWN_LIMIT = 50
HINTS_LIMIT = 16


@dataclass(frozen=True, slots=True)
class UnknownNetwork:
    """What computers told of a place that no network is known by."""

    kind: MarkKind
    value: str
    computers: int
    """How many computers were there last."""
    seen_at: datetime
    prefixes: tuple[str, ...]
    dns_suffixes: tuple[str, ...]
    example: str
    """The name of one of them."""


async def note_networks(
    session: Session, agent: AgentPrincipal, computer: Computer, hints: Sequence[NetworkHint] | None
) -> None:
    """Take over where the computer is. Nothing is written where neither that nor any network's mark changed.

    ``None``: the agent cannot say, and what was known stays.
    """
    if hints is None:
        return
    revision = await _revision(session, agent.tenant_id, hints)
    if computer.place_revision == revision:
        return
    computer.place_revision = revision
    marks = await networks.marks_for(session, agent.tenant_id, hints)
    await _keep_hints(session, computer, hints, marks)
    elsewhere = networks_of(hints, marks) != await networks_of_computer(session, computer.tenant_id, computer.id)
    if elsewhere and computer.site_node:
        await neighbours_changed(session, computer)  # those it leaves; those it comes to are told below
    moved = note_reach(computer, hints, marks)
    if elsewhere:
        await _keep_networks(session, computer, networks_of(hints, marks))
    if elsewhere or moved:
        computer.desired_revision = session.randomness(8).hex()
        if computer.site_node:
            await neighbours_changed(session, computer)
    await session.flush()


async def networks_of_computer(session: Session, tenant_id: UUID, computer_id: UUID) -> frozenset[UUID]:
    """The networks a computer is on, as it was last heard of."""
    found = await session.scalars(
        select(ComputerNetwork.network_id).where(
            ComputerNetwork.tenant_id == tenant_id, ComputerNetwork.computer_id == computer_id
        )
    )
    return frozenset(found)


async def networks_of_person(session: Session, principal: Principal) -> frozenset[UUID]:
    """The networks of the person's computers: where they most likely stand."""
    found = await session.scalars(
        select(ComputerNetwork.network_id)
        .join(AccountBindingRow, AccountBindingRow.computer_id == ComputerNetwork.computer_id)
        .where(
            AccountBindingRow.tenant_id == principal.tenant_id,
            AccountBindingRow.user_id == principal.user_id,
            AccountBindingRow.ended_at.is_(None),
        )
        .distinct()
    )
    return frozenset(found)


async def computers_on_network(
    session: Session, principal: Principal, network_id: UUID, *, limit: int = 100
) -> Sequence[Computer]:
    """Computers that are on the network, or were when they were last heard of, newest first. Administrators."""
    network = await networks.get_network(session, principal, network_id)
    query = (
        scoped(Computer, principal)
        .join(ComputerNetwork, ComputerNetwork.computer_id == Computer.id)
        .where(ComputerNetwork.network_id == network.id, Computer.revoked_at.is_(None))
        .order_by(Computer.id.desc())
    )
    return (await session.scalars(query.limit(min(limit, 500)))).all()


async def count_computers(session: Session, principal: Principal, network_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many computers are on each of these networks; without those that are removed. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    if not network_ids:
        return {}
    rows = await session.execute(
        select(ComputerNetwork.network_id, func.count())
        .join(Computer, Computer.id == ComputerNetwork.computer_id)
        .where(
            ComputerNetwork.tenant_id == principal.tenant_id,
            ComputerNetwork.network_id.in_(network_ids),
            Computer.revoked_at.is_(None),
        )
        .group_by(ComputerNetwork.network_id)
    )
    return dict(rows.all())


async def unknown_networks(session: Session, principal: Principal) -> Sequence[UnknownNetwork]:
    """Places to be filed, those of most computers first; computers that are removed do not count. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computers_there = func.count(ComputerHint.computer_id.distinct())
    rows = await session.execute(
        select(
            ComputerHint.kind,
            ComputerHint.value,
            computers_there,
            func.max(ComputerHint.seen_at),
            func.min(cast(ComputerHint.prefixes, Text)),
            func.min(cast(ComputerHint.dns_suffixes, Text)),
            func.min(Computer.name),
        )
        .join(Computer, Computer.id == ComputerHint.computer_id)
        .where(
            ComputerHint.tenant_id == principal.tenant_id,
            ComputerHint.filed.is_(False),
            Computer.revoked_at.is_(None),
        )
        .group_by(ComputerHint.kind, ComputerHint.value)
        .order_by(computers_there.desc(), ComputerHint.value)
        .limit(UNKNOWN_LIMIT)
    )
    return [
        UnknownNetwork(kind, value, count, seen_at, tuple(json.loads(prefixes)), tuple(json.loads(suffixes)), name)
        for kind, value, count, seen_at, prefixes, suffixes, name in rows
    ]


async def file_network(
    session: Session,
    principal: Principal,
    *,
    kind: str,
    value: str,
    network_id: UUID | None = None,
    name: str = "",
    site_id: UUID | None = None,
) -> networks.Network:
    """An unknown place becomes part of ``network_id``, or a new network called ``name``. Administrators.

    ``NotFound`` where no computer of the tenant told of it.
    """
    principal.require(Role.ADMINISTRATOR)
    seen = await session.scalar(
        select(ComputerHint.value)
        .where(ComputerHint.tenant_id == principal.tenant_id, ComputerHint.filed.is_(False))
        .where(ComputerHint.kind == kind, ComputerHint.value == value)
        .limit(1)
    )
    if seen is None:
        raise NotFound("No computer told of this network, or it is filed already.")
    if network_id is None:
        network = await networks.add_network(session, principal, name=name, site_id=site_id)
    else:
        network = await networks.get_network(session, principal, network_id)
    await networks.add_mark(session, principal, network.id, kind=kind, value=value)
    # Who is there finds out at the next sync; who is away is not to be asked about again meanwhile.
    await session.execute(
        update(ComputerHint)
        .where(ComputerHint.tenant_id == principal.tenant_id)
        .where(ComputerHint.kind == kind, ComputerHint.value == value)
        .values(filed=True)
    )
    await audit.record(session, principal, "network.filed", target_id=network.id, target_name=network.name, value=value)
    return network


async def _revision(session: Session, tenant_id: UUID, hints: Sequence[NetworkHint]) -> str:
    told = "\n".join(hint.model_dump_json() for hint in hints)
    known = await desired_revision(session, tenant_id)
    return hashlib.sha256(f"{known}\n{told}".encode()).hexdigest()


async def _keep_hints(
    session: Session, computer: Computer, hints: Sequence[NetworkHint], marks: Sequence[MarkOfNetwork]
) -> None:
    """Written only where they differ from what is there: other news of the tenant is no reason to write."""
    wanted = [
        (mark.kind, mark.value, tuple(map(str, hint.prefixes)), hint.dns_suffixes, known)
        for hint, known in _of_each_router(hints[:HINTS_LIMIT], marks)
        if (mark := proposed(hint)) is not None
    ]
    of_computer = (ComputerHint.tenant_id == computer.tenant_id, ComputerHint.computer_id == computer.id)
    rows = await session.execute(
        select(
            ComputerHint.kind,
            ComputerHint.value,
            ComputerHint.prefixes,
            ComputerHint.dns_suffixes,
            ComputerHint.filed,
        )
        .where(*of_computer)
        .order_by(ComputerHint.position)
    )
    if wanted == [tuple(row) for row in rows]:
        return
    await session.execute(delete(ComputerHint).where(*of_computer))
    for position, (kind, value, prefixes, suffixes, filed) in enumerate(wanted):
        session.add(
            ComputerHint(
                tenant_id=computer.tenant_id,
                computer_id=computer.id,
                position=position,
                kind=kind,
                value=value,
                prefixes=prefixes,
                dns_suffixes=suffixes,
                filed=filed,
                seen_at=session.now(),
            )
        )


def _of_each_router(hints: Sequence[NetworkHint], marks: Sequence[MarkOfNetwork]) -> Iterator[tuple[NetworkHint, bool]]:
    """The first hint of each router (IPv4 comes first), and whether a network is known by any hint of it.

    A gateway nobody has spoken to yet counts only where no other is known: mostly it is the same router's other family.
    """
    known = {hint.gateway_mac for hint in hints if hint.gateway_mac is not None and networks_of([hint], marks)}
    seen: set[str] = set()
    for hint in hints:
        if hint.gateway_mac is None:
            if all(one.gateway_mac is None for one in hints):
                yield hint, bool(networks_of([hint], marks))
        elif hint.gateway_mac not in seen:
            seen.add(hint.gateway_mac)
            yield hint, hint.gateway_mac in known


async def _keep_networks(session: Session, computer: Computer, found: frozenset[UUID]) -> None:
    before = await networks_of_computer(session, computer.tenant_id, computer.id)
    if gone := before - found:
        await session.execute(
            delete(ComputerNetwork).where(
                ComputerNetwork.tenant_id == computer.tenant_id,
                ComputerNetwork.computer_id == computer.id,
                ComputerNetwork.network_id.in_(gone),
            )
        )
    if come := found - before:
        rows = [
            {"tenant_id": computer.tenant_id, "computer_id": computer.id, "network_id": network} for network in come
        ]
        await session.execute(insert_new(session, ComputerNetwork, rows))
