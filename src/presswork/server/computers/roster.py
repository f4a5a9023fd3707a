"""Entries of the roster: the server's word, signed, that a beacon key belongs to a computer."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from presswork.protocols.control.agent import MOST_REMOVED
from presswork.protocols.discovery.entry import NO_ROLE, Entry, Role, sign_entry
from presswork.server.computers.models import Computer
from presswork.server.computers.principal import AgentPrincipal
from presswork.server.platform.context import TicketSigner
from presswork.server.platform.database import Session

ENTRY_LIFE = timedelta(days=7)
"""How long an agent is believed without the server; so long by those who have not heard that its computer was removed."""
RENEWED_BEFORE = timedelta(days=6)
"""An entry with less left is renewed: once a day, so that a computer that was away for some days is still believed."""


async def removed_lately(session: Session, agent: AgentPrincipal) -> tuple[UUID, ...]:
    """Which computers of the agent's tenant were removed while an entry of theirs may be good still, the last ones first."""
    since = session.now() - ENTRY_LIFE
    query = select(Computer.id).where(Computer.tenant_id == agent.tenant_id, Computer.revoked_at > since)
    found = await session.scalars(query.order_by(Computer.revoked_at.desc(), Computer.id).limit(MOST_REMOVED))
    return tuple(found)


async def roster_entry(session: Session, signer: TicketSigner, computer: Computer, held: datetime | None) -> str:
    """A new entry for the computer, base64; empty where the one it holds (good until ``held``) is good, or it needs none."""
    if not computer.discovery_key or computer.revoked_at is not None:
        return ""
    key, roles = base64.b64decode(computer.discovery_key), _roles(computer)
    of = hashlib.sha256(key + bytes([roles])).hexdigest()
    now = session.now()
    if held is not None and held == computer.entry_until and of == computer.entry_of and held - now >= RENEWED_BEFORE:
        return ""
    until = int((now + ENTRY_LIFE).timestamp())
    computer.entry_until, computer.entry_of = datetime.fromtimestamp(until, UTC), of
    await session.flush()
    entry = sign_entry(signer.key, Entry(computer.tenant_id, computer.id, key, until, roles))
    return base64.b64encode(entry).decode("ascii")


def _roles(computer: Computer) -> Role:
    node = Role.SITE_NODE if computer.site_node else NO_ROLE
    return node | (Role.REDIRECTOR if computer.redirector else NO_ROLE)
