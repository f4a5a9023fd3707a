"""Printers that are queues of a print server: ``redirector://<computer id>/<queue>``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from presswork.core.errors import Invalid
from presswork.protocols.control.agent import RELAYS
from presswork.protocols.control.words import PrinterSpec
from presswork.server.computers import Computer, computers_by_id
from presswork.server.platform.database import Session, scoped
from presswork.server.printers.device_uri import REDIRECTOR, redirector_parts
from presswork.server.tenants import Principal, Role

_COMPUTERS = 100


@dataclass(frozen=True, slots=True)
class RedirectorWay:
    """An address that a printer can have."""

    device_uri: str
    computer: str
    queue: str


async def redirector_ways(session: Session, principal: Principal) -> Sequence[RedirectorWay]:
    """The queues that jobs can be handed to, as redirectors told them last; by computer and queue. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    redirectors = await session.scalars(
        scoped(Computer, principal)
        .where(Computer.redirector.is_(True), Computer.revoked_at.is_(None))
        .order_by(Computer.name, Computer.id)
        .limit(_COMPUTERS)
    )
    return [
        RedirectorWay(f"{REDIRECTOR}://{computer.id}/{queue}", computer.name, queue)
        for computer in redirectors
        for queue in sorted(computer.host_queues)
    ]


async def check_redirectors(session: Session, principal: Principal, ways: Iterable[str]) -> None:
    """``Invalid`` unless each of these canonical addresses that is a queue of a print server is one it has."""
    wrong = await objections(session, principal, ways)
    for sentence in wrong.values():
        raise Invalid(sentence, field="device_uri")


async def objections(session: Session, principal: Principal, uris: Iterable[str]) -> dict[str, str]:
    """What is wrong with those of these addresses that name no queue of a print server, though they should."""
    targets = {way: parts for way in uris if (parts := redirector_parts(way)) is not None}
    computers = await computers_by_id(session, principal.tenant_id, {one for one, _ in targets.values()})
    return {
        way: sentence
        for way, (computer_id, queue) in targets.items()
        if (sentence := _objection(computers.get(computer_id), queue))
    }


async def as_known_to(
    session: Session, tenant_id: UUID, computer_id: UUID, specs: tuple[PrinterSpec, ...]
) -> tuple[PrinterSpec, ...]:
    """The printers, without what the agent of that computer would not understand."""
    if all(redirector_parts(way) is None for spec in specs for way in (spec.device_uri, *spec.ways)):
        return specs
    computer = (await computers_by_id(session, tenant_id, {computer_id})).get(computer_id)
    return specs if computer is not None and RELAYS in computer.capabilities else without_redirectors(specs)


def without_redirectors(specs: Iterable[PrinterSpec]) -> tuple[PrinterSpec, ...]:
    """For agents that know nothing of redirectors: the printers that have another address, with those."""
    kept: list[PrinterSpec] = []
    for spec in specs:
        ways = tuple(way for way in spec.ways or (spec.device_uri,) if redirector_parts(way) is None)
        if ways:
            kept.append(spec.model_copy(update={"device_uri": ways[0], "ways": ways if len(ways) > 1 else ()}))
    return tuple(kept)


def _objection(computer: Computer | None, queue: str) -> str:
    if computer is None or computer.revoked_at is not None:
        return "The address names no computer of yours. Choose a queue from the list."
    if not computer.redirector:
        return f"{computer.name} is no redirector. Make it one on its page first."
    if queue not in computer.host_queues:
        return f"{computer.name} has told of no queue {queue}. Choose one from the list."
    return ""
