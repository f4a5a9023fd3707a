"""Record what was done, and read it. There is no function that changes or removes an entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from presswork.server.audit.models import AuditEntry
from presswork.server.platform.database import Session, scoped
from presswork.server.tenants import Principal, Role

_NAME_LIMIT = 255
PAGE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as far as it is known."""

    tenant_id: UUID
    kind: Literal["user", "computer", "nobody"]
    id: UUID | None
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What it was done to, and how."""

    id: UUID | None
    name: str
    details: Mapping[str, str]


def actor_of(principal: Principal) -> Actor:
    """A signed-in person as an actor."""
    return Actor(principal.tenant_id, "user", principal.user_id, principal.display_name, principal.address)


async def record(
    session: Session,
    actor: Actor | Principal,
    action: str,
    *,
    target_id: UUID | None = None,
    target_name: str = "",
    **details: str,
) -> None:
    """Write one entry in the transaction of what it tells of. No secret and no document's name belongs into it."""
    await record_each(session, actor, action, [Target(target_id, target_name, details)])


async def record_each(session: Session, actor: Actor | Principal, action: str, targets: Iterable[Target]) -> None:
    """The same, done to many things: one entry each."""
    who = actor_of(actor) if isinstance(actor, Principal) else actor
    session.add_all(
        AuditEntry(
            tenant_id=who.tenant_id,
            id=session.new_id(),
            at=session.now(),
            actor_kind=who.kind,
            actor_id=who.id,
            actor_name=who.name[:_NAME_LIMIT],
            address=who.address[:_NAME_LIMIT],
            action=action,
            target_id=target.id,
            target_name=target.name[:_NAME_LIMIT],
            details=dict(target.details),
        )
        for target in targets
    )
    await session.flush()


async def list_entries(
    session: Session, principal: Principal, *, before: UUID | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Entries of the tenant, newest first; ``before`` is the id of the last one of the page before. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    entries = scoped(AuditEntry, principal).order_by(AuditEntry.id.desc()).limit(min(limit, PAGE_LIMIT))
    if before is not None:
        entries = entries.where(AuditEntry.id < before)
    return (await session.scalars(entries)).all()
