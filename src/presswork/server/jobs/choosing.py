"""Which printers to offer a person who releases something: used lately, near, found by what they type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from presswork.protocols.control.agent import FindPrinters, PrintersFound
from presswork.server.computers import AgentPrincipal, bindings_of_computer, networks_of_computer, networks_of_person
from presswork.server.jobs.models import Job
from presswork.server.platform.database import Session
from presswork.server.printers import (
    Printer,
    count_printers,
    find_printers,
    printer_specs,
    printers_by_id,
    printers_near,
)
from presswork.server.tenants import Principal

RECENT = 3
OFFERED = 12
"""Printers offered before anybody searches; where there are no more, there is nothing to search."""
FOUND = 30
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """Printers to choose from, the likeliest first in each part; nobody is offered twice."""

    recent: Sequence[Printer]
    near: Sequence[Printer]
    found: Sequence[Printer]
    """What a search found; empty without one."""
    more: bool
    """Whether there are others that a search would find."""

    @property
    def any(self) -> bool:
        """Whether there is a printer to offer at all."""
        return bool(self.recent or self.near or self.found)

    @property
    def first(self) -> UUID | None:
        """The likeliest one."""
        for part in (self.found, self.recent, self.near):
            if part:
                return part[0].id
        return None


async def printer_choice(session: Session, principal: Principal, *, text: str = "") -> Choice:
    """The printers a person may mean, however many there are. Of oneself."""
    near = await networks_of_person(session, principal)
    recent = await printers_by_id(
        session, principal, await _used_lately(session, principal.tenant_id, principal.user_id)
    )
    if text.strip():
        found = await find_printers(session, principal, text, near=near, limit=FOUND + 1)
        return Choice(recent, (), found[:FOUND], more=True)
    shown = {printer.id for printer in recent}
    nearest = [
        printer
        for printer in await printers_near(session, principal, near, limit=OFFERED + RECENT)
        if printer.id not in shown
    ][: OFFERED - len(recent)]
    total = await count_printers(session, principal, up_to=OFFERED + 1)
    return Choice(recent, nearest, (), more=total > OFFERED)


async def printers_for_account(session: Session, agent: AgentPrincipal, asked: FindPrinters) -> PrintersFound:
    """The same for the person at an account of the agent's computer; one nobody signed in for has used none."""
    bindings = await bindings_of_computer(session, agent.tenant_id, agent.computer_id)
    user_id = next((one.user_id for one in bindings if one.account == asked.account), None)
    near = await networks_of_computer(session, agent.tenant_id, agent.computer_id)
    lately = [] if user_id is None else await _used_lately(session, agent.tenant_id, user_id)
    recent = [] if asked.text.strip() else await printers_by_id(session, agent, lately)
    found = await find_printers(session, agent, asked.text, near=near, limit=FOUND)
    ids = list(dict.fromkeys(printer.id for printer in (*recent, *found)))[:FOUND]
    specs = {
        spec.printer_id: spec
        for spec in await printer_specs(session, agent.tenant_id, ids, computer_id=agent.computer_id)
    }
    more = len(found) == FOUND
    return PrintersFound(printers=tuple(specs[one] for one in ids if one in specs), more=more)


async def _used_lately(session: Session, tenant_id: UUID, user_id: UUID) -> Sequence[UUID]:
    """The printers of the person's newest jobs, the newest first."""
    newest = (
        select(Job.id, Job.printer_id)
        .where(Job.tenant_id == tenant_id, Job.user_id == user_id)
        .order_by(Job.id.desc())
        .limit(_LOOKED_AT)
    )
    used = [printer_id for _, printer_id in await session.execute(newest) if printer_id is not None]
    return list(dict.fromkeys(used))[:RECENT]
