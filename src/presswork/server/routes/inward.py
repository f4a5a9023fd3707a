"""Legacy systems print over a redirector: to which queues, by which protocols, from where; and whose their jobs are."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.protocols.control.route import InwardSpec, OwnerReply, OwnerRequest
from presswork.server import audit
from presswork.server.computers import AgentPrincipal, Computer, computer_changed, get_computer
from presswork.server.identity import names_of
from presswork.server.jobs import note_declared_owner
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.text import one_line
from presswork.server.queues import find_queue, may_print, queue_names
from presswork.server.routes.mapping import person_called
from presswork.server.routes.redirector_models import InwardQueue
from presswork.server.tenants import Principal, Role

QUEUES_LIMIT = 200
"""Inward queues of one redirector."""
NETWORKS_LIMIT = 64
_OWN_PORTS = range(21335, 21340)


@dataclass(frozen=True, slots=True)
class InwardView:
    """An inward queue as administrators see it."""

    queue_id: UUID
    queue: str
    ipp: bool
    lpd: bool
    socket_port: int | None
    allowed: tuple[str, ...]
    owner: str
    owner_known: bool
    """Whether somebody is called like that there."""


async def list_inward(session: Session, principal: Principal, computer_id: UUID) -> Sequence[InwardView]:
    """The inward queues of a redirector, by name. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    rows = (await session.scalars(scoped(InwardQueue, principal).where(InwardQueue.computer_id == computer.id))).all()
    names = await queue_names(session, principal.tenant_id, {row.queue_id for row in rows})
    known = {
        name: await person_called(session, principal.tenant_id, computer.id, name) is not None
        for name in {row.owner for row in rows}
    }
    views = [
        InwardView(
            row.queue_id,
            names[row.queue_id],
            row.ipp,
            row.lpd,
            row.socket_port,
            row.allowed,
            row.owner,
            known[row.owner],
        )
        for row in rows
    ]
    return sorted(views, key=lambda view: view.queue)


async def set_inward(
    session: Session,
    principal: Principal,
    computer_id: UUID,
    *,
    queue: str,
    ipp: bool = False,
    lpd: bool = False,
    socket_port: str = "",
    allowed: Iterable[str] = (),
    owner: str = "",
) -> None:
    """Legacy systems print to the queue of that name so, and no more otherwise. Administrators.

    ``allowed``: addresses and blocks of addresses. ``owner``: what jobs are called that name nobody.
    """
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    found = await find_queue(session, principal, queue)
    port = _port(socket_port)
    if not (ipp or lpd or port):
        raise Invalid("Choose at least one way: IPP, LPR, or a port for RAW.", field="ways")
    networks = _networks(allowed)
    owner = one_line(owner, field="owner", limit=200, empty=True)
    if port and not owner:
        raise Invalid("By RAW most senders name nobody. Say whose their jobs are.", field="owner")
    await _require_free(session, principal, computer, found.id, port)
    await session.execute(delete(InwardQueue).where(*_row(computer.id, found.id)))
    session.add(
        InwardQueue(
            tenant_id=principal.tenant_id,
            computer_id=computer.id,
            queue_id=found.id,
            ipp=ipp,
            lpd=lpd,
            socket_port=port,
            allowed=networks,
            owner=owner,
        )
    )
    await session.flush()
    await computer_changed(session, principal.tenant_id, computer.id)
    ways = [word for word, has in (("IPP", ipp), ("LPR", lpd), (f"RAW {port}", port)) if has]
    await audit.record(
        session,
        principal,
        "redirector.inward-set",
        target_id=computer.id,
        target_name=computer.name,
        queue=found.name,
        ways=", ".join(ways),
        allowed=" ".join(networks),
        owner=owner,
    )


async def remove_inward(session: Session, principal: Principal, computer_id: UUID, queue_id: UUID) -> None:
    """Legacy systems print to this queue no more. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    row = await session.scalar(scoped(InwardQueue, principal).where(*_row(computer.id, queue_id)))
    if row is None:
        raise NotFound("Legacy systems do not print to this queue any more.")
    await session.delete(row)
    await session.flush()
    await computer_changed(session, principal.tenant_id, computer.id)
    names = await queue_names(session, principal.tenant_id, {queue_id})
    await audit.record(
        session,
        principal,
        "redirector.inward-removed",
        target_id=computer.id,
        target_name=computer.name,
        queue=names.get(queue_id, ""),
    )


async def inward_specs(session: Session, tenant_id: UUID, computer_id: UUID) -> tuple[InwardSpec, ...]:
    """Where that redirector listens, as its agent is to know it; whether it is one, the caller looks."""
    rows = await session.scalars(
        select(InwardQueue)
        .where(InwardQueue.tenant_id == tenant_id, InwardQueue.computer_id == computer_id)
        .order_by(InwardQueue.queue_id)
        .limit(QUEUES_LIMIT)
    )
    return tuple(
        InwardSpec(
            queue_id=row.queue_id,
            ipp=row.ipp,
            lpd=row.lpd,
            socket_port=row.socket_port,
            allowed=tuple(ipaddress.ip_network(one) for one in row.allowed),
            owner=row.owner,
        )
        for row in rows
    )


async def owner_of(session: Session, agent: AgentPrincipal, asked: OwnerRequest) -> OwnerReply:
    """Whose a job is that came to this redirector's queue with this name: nobody's, unless they may print there.

    Nobody's, too, where the computer is no redirector, or the queue none of its inward ones: it has no business to ask.
    """
    inward = await session.scalar(
        select(InwardQueue.queue_id)
        .join(Computer, Computer.id == InwardQueue.computer_id)
        .where(
            InwardQueue.tenant_id == agent.tenant_id,
            *_row(agent.computer_id, asked.queue_id),
            Computer.redirector.is_(True),
        )
    )
    if inward is None:
        return OwnerReply()
    user_id = await person_called(session, agent.tenant_id, agent.computer_id, asked.name)
    if user_id is None or not await may_print(session, agent.tenant_id, asked.queue_id, user_id, agent.computer_id):
        return OwnerReply()
    await note_declared_owner(session, agent, asked.name, user_id)
    people = await names_of(session, agent.tenant_id, {user_id})
    return OwnerReply(user_id=user_id, person=people.get(user_id, ""))


def _port(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise Invalid("The port is a number between 1 and 65535, such as 9100.", field="socket_port")
    if int(text) in _OWN_PORTS:
        raise Invalid("Presswork itself needs this port. Choose another one, such as 9100.", field="socket_port")
    return int(text)


def _networks(texts: Iterable[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in texts:
        try:
            network = ipaddress.ip_network(text.strip()[:64], strict=False)
        except ValueError:
            raise Invalid("An address, or a block of addresses such as 192.0.2.0/24.", field="allowed") from None
        if network.prefixlen == 0:
            raise Invalid("This would be everybody. Name the networks of the systems that print.", field="allowed")
        found[str(network)] = None
    if not found:
        raise Invalid("Say from where it may be printed: addresses, or blocks such as 192.0.2.0/24.", field="allowed")
    if len(found) > NETWORKS_LIMIT:
        raise Invalid(f"At most {NETWORKS_LIMIT} networks. Use larger blocks.", field="allowed")
    return tuple(found)


async def _require_free(
    session: Session, principal: Principal, computer: Computer, queue_id: UUID, port: int | None
) -> None:
    others = scoped(InwardQueue, principal).where(
        InwardQueue.computer_id == computer.id, InwardQueue.queue_id != queue_id
    )
    if port and await session.scalar(others.where(InwardQueue.socket_port == port)) is not None:
        raise Conflict(
            "Another queue of this computer has this port already. Choose another port.", field="socket_port"
        )
    if (await session.scalar(select(func.count()).select_from(others.subquery())) or 0) >= QUEUES_LIMIT:
        raise Conflict(
            f"Legacy systems can print to {QUEUES_LIMIT} queues of one computer. Remove one first.", field="queue"
        )


def _row(computer_id: UUID, queue_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return InwardQueue.computer_id == computer_id, InwardQueue.queue_id == queue_id
