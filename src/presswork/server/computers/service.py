"""Computers as administrators see them, and their presence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from presswork.core.errors import NotFound
from presswork.protocols.control.agent import Hello
from presswork.server import audit
from presswork.server.computers.enrolment import check_protocol
from presswork.server.computers.models import Computer
from presswork.server.computers.peers import neighbours_changed, note_listening
from presswork.server.computers.principal import AgentPrincipal
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.events import News
from presswork.server.tenants import Principal, Role

PAGE_LIMIT = 500
_PRESENCE = 1.5


async def list_computers(
    session: Session, principal: Principal, *, before: UUID | None = None, limit: int = 200
) -> Sequence[Computer]:
    """Computers of the tenant, newest first, without the removed ones. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computers = scoped(Computer, principal).where(Computer.revoked_at.is_(None)).order_by(Computer.id.desc())
    if before is not None:
        computers = computers.where(Computer.id < before)
    return (await session.scalars(computers.limit(min(limit, PAGE_LIMIT)))).all()


async def get_computer(session: Session, principal: Principal, computer_id: UUID) -> Computer:
    """One computer. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await session.scalar(scoped(Computer, principal).where(Computer.id == computer_id))
    if computer is None:
        raise NotFound("There is no such computer.")
    return computer


async def revoke_computer(session: Session, principal: Principal, computer_id: UUID) -> Computer:
    """Remove a computer: its certificate opens nothing from now on, renewal included. Administrators."""
    computer = await get_computer(session, principal, computer_id)
    if computer.revoked_at is None:
        computer.revoked_at = session.now()
        session.announce(News(principal.tenant_id, computer_id, over=True))
        if computer.site_node:
            await session.flush()
            await neighbours_changed(session, computer)
        await audit.record(session, principal, "computer.revoked", target_id=computer.id, target_name=computer.name)
    return computer


async def note_presence(session: Session, agent: AgentPrincipal, hello: Hello, *, sync_after: int) -> Computer:
    """The agent is there, and says who it is; unless it comes again, that is true for 1.5 times ``sync_after`` seconds."""
    check_protocol(hello)
    computer = (await session.scalars(scoped(Computer, agent).where(Computer.id == agent.computer_id))).one()
    now = session.now()
    renamed = hello.computer_name != computer.name
    capabilities = tuple(sorted(hello.capabilities))
    other_queues = computer.redirector and computer.host_queues != hello.host_queues
    if renamed or other_queues or computer.capabilities != capabilities:
        computer.name = hello.computer_name
        computer.desired_revision = session.randomness(8).hex()
    if (note_listening(computer, hello) or renamed) and computer.site_node:
        await neighbours_changed(session, computer)
    computer.platform = hello.platform
    computer.version = hello.version
    computer.capabilities = capabilities
    computer.last_seen_at = now
    computer.online_until = now + timedelta(seconds=_PRESENCE * sync_after)
    await session.flush()
    return computer


async def computer_changed(session: Session, tenant_id: UUID, computer_id: UUID) -> None:
    """What this computer is to have changed: a new revision, and news to it."""
    await session.execute(
        update(Computer)
        .where(Computer.tenant_id == tenant_id, Computer.id == computer_id)
        .values(desired_revision=session.randomness(8).hex())
    )
    session.announce(News(tenant_id, computer_id))


async def computers_by_id(session: Session, tenant_id: UUID, computer_ids: Collection[UUID]) -> Mapping[UUID, Computer]:
    """Computers for other domains that show them; unknown ids are left out."""
    if not computer_ids:
        return {}
    rows = await session.scalars(select(Computer).where(Computer.tenant_id == tenant_id, Computer.id.in_(computer_ids)))
    return {computer.id: computer for computer in rows}
