"""Searches: begun and stopped by administrators, carried out by an agent on the network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import Select

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.protocols.control.search import SearchOrder, blocks_of
from presswork.server import audit, computers, printers
from presswork.server.computers import AgentPrincipal
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.events import News
from presswork.server.platform.secrets import Vault
from presswork.server.searches.models import Search
from presswork.server.tenants import Principal, Role

PAGE_LIMIT = 100
SILENT = timedelta(minutes=5)
"""After so long without a word from its computer a search is over."""
_AT_ONCE = 4
Standing = Literal["runs", "done", "stopped", "failed"]


async def start_search(
    session: Session, principal: Principal, *, computer_id: UUID, ranges: Sequence[str] = (), announced: bool = True
) -> Search:
    """Look for printers in these blocks of addresses and among what announces itself, through this computer. Administrators.

    ``Conflict`` where the computer is not online or searches enough already.
    """
    principal.require(Role.ADMINISTRATOR)
    blocks = tuple(map(str, blocks_of(ranges)))
    if not blocks and not announced:
        raise Invalid("Say where to look: a block of addresses, or what printers announce.", field="ranges")
    computer = await computers.get_computer(session, principal, computer_id)
    if not computer.online(session.now()):
        raise Conflict("This computer is not online. Choose one that is, or start it.", field="computer_id")
    running = (await session.scalars(_running(session, principal).where(Search.computer_id == computer_id))).all()
    if len(running) >= _AT_ONCE:
        raise Conflict("This computer searches enough already. Wait, or stop a search.", field="computer_id")
    now = session.now()
    search = Search(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        computer_id=computer_id,
        ranges=blocks,
        announced=announced,
        started_at=now,
        heard_at=now,
    )
    session.add(search)
    await session.flush()
    session.announce(News(principal.tenant_id, computer_id))
    await audit.record(
        session, principal, "search.started", target_id=search.id, target_name=computer.name, ranges=", ".join(blocks)
    )
    return search


async def stop_search(session: Session, principal: Principal, search_id: UUID) -> Search:
    """Have had enough; what was found stays. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    search = await get_search(session, principal, search_id)
    if search.ended_at is None:
        search.stopped = True
        await session.flush()
        session.announce(News(principal.tenant_id, search.computer_id))
        await audit.record(session, principal, "search.stopped", target_id=search.id)
    return search


async def get_search(session: Session, principal: Principal, search_id: UUID) -> Search:
    """One search. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    search = await session.scalar(scoped(Search, principal).where(Search.id == search_id))
    if search is None:
        raise NotFound("There is no such search.")
    return search


async def list_searches(session: Session, principal: Principal, *, limit: int = 20) -> Sequence[Search]:
    """The newest searches. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    return (
        await session.scalars(scoped(Search, principal).order_by(Search.id.desc()).limit(min(limit, PAGE_LIMIT)))
    ).all()


async def open_searches(session: Session, vault: Vault, agent: AgentPrincipal) -> tuple[SearchOrder, ...]:
    """What this computer's agent has to carry out."""
    query = _running(session, agent).where(Search.computer_id == agent.computer_id).order_by(Search.id).limit(_AT_ONCE)
    rows = (await session.scalars(query)).all()
    if not rows:  # as in nearly every sync
        return ()
    snmp = await printers.snmp_spec(session, vault, agent.tenant_id)
    return tuple(
        SearchOrder(search_id=row.id, ranges=row.ranges, announced=row.announced, snmp=snmp, stopped=row.stopped)
        for row in rows
    )


def standing(session: Session, search: Search) -> Standing:
    """How a search stands, as a person is told."""
    if search.sentence:
        return "failed"
    if search.ended_at is None and session.now() - search.heard_at > SILENT:
        return "failed"
    if search.ended_at is None:
        return "runs"
    return "stopped" if search.stopped else "done"


def _running(session: Session, whose: Principal | AgentPrincipal) -> Select[Search]:
    return scoped(Search, whose).where(Search.ended_at.is_(None), Search.heard_at > session.now() - SILENT)
