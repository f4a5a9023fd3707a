"""What a computer is to have: queues that stand there, the printers those need, and who its accounts are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.device import WatchSpec
from presswork.protocols.control.words import QueueDefaults, QueueSpec
from presswork.server.computers import (
    AgentPrincipal,
    Computer,
    bindings_of_computer,
    get_computer,
    keep_told,
    printers_told,
)
from presswork.server.platform.database import Session
from presswork.server.platform.secrets import Vault
from presswork.server.printers import printer_specs, snmp_spec, watched_by
from presswork.server.queues.facts import candidates, computer_facts, queue_facts, wished_defaults
from presswork.server.queues.models import Queue
from presswork.server.queues.sight import ComputerFacts, Standing, default_queue, standing
from presswork.server.tenants import Principal, Role, desired_revision

_SHAPE = "2"
"""Of the desired state: a release that puts something into it that all computers need raises this, and so tells them."""


async def desired_state(
    session: Session, agent: AgentPrincipal, computer: Computer, vault: Vault, *, held: str
) -> DesiredState | None:
    """All that the agent's computer is to have; None where ``held`` is that already.

    One indexed read decides: the revision joins the tenant's and the computer's, and the rest is read only for news.
    """
    revision = f"{_SHAPE}-{await desired_revision(session, agent.tenant_id)}-{computer.desired_revision}"
    if revision == held:
        return None
    facts = await computer_facts(session, agent.tenant_id, agent.computer_id)
    queues = await queues_by_id(session, agent.tenant_id, await candidates(session, agent.tenant_id, facts))
    there = await standing_queues(session, agent.tenant_id, queues, facts)
    wished = await wished_defaults(session, agent.tenant_id, facts.networks)
    default = default_queue(wished, (one.queue_id for one in there))
    printer_ids = {queues[one.queue_id].printer_id for one in there} - {None}
    watched = await watched_by(session, agent.tenant_id, agent.computer_id)
    printer_ids |= set(watched)
    snmp = await snmp_spec(session, vault, agent.tenant_id)
    told = await printers_told(session, agent.tenant_id, agent.computer_id) | {one for one in printer_ids if one}
    await keep_told(session, agent.tenant_id, agent.computer_id, told)
    return DesiredState(
        revision=revision,
        computer_name=computer.name,
        queues=tuple(_spec(queues[one.queue_id], one) for one in there),
        printers=await printer_specs(session, agent.tenant_id, told, snmp=snmp, computer_id=agent.computer_id),
        watched=tuple(WatchSpec(printer_id=one, snmp=snmp) for one in watched),
        accounts=await bindings_of_computer(session, agent.tenant_id, agent.computer_id),
        default_queue=None if default is None else queues[default].name,
    )


async def queues_there(session: Session, principal: Principal, computer_id: UUID) -> Sequence[Queue]:
    """The queues that stand on the computer, by name. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    computer = await get_computer(session, principal, computer_id)
    facts = await computer_facts(session, principal.tenant_id, computer.id)
    queues = await queues_by_id(session, principal.tenant_id, await candidates(session, principal.tenant_id, facts))
    there = await standing_queues(session, principal.tenant_id, queues, facts)
    return sorted((queues[one.queue_id] for one in there), key=lambda queue: queue.name)


async def standing_queues(
    session: Session, tenant_id: UUID, queues: Mapping[UUID, Queue], computer: ComputerFacts
) -> Sequence[Standing]:
    """Those of these queues that stand on the computer."""
    facts = await queue_facts(session, tenant_id, queues.values())
    return [found for one in facts.values() if (found := standing(one, computer)) is not None]


async def queues_by_id(session: Session, tenant_id: UUID, queue_ids: Sequence[UUID]) -> Mapping[UUID, Queue]:
    """These queues; unknown ids are left out."""
    if not queue_ids:
        return {}
    rows = await session.scalars(select(Queue).where(Queue.tenant_id == tenant_id, Queue.id.in_(queue_ids)))
    return {queue.id: queue for queue in sorted(rows, key=lambda queue: queue.id)}


def _spec(queue: Queue, there: Standing) -> QueueSpec:
    return QueueSpec(
        queue_id=queue.id,
        name=queue.name,
        info=queue.info,
        location=queue.location,
        mode="direct" if queue.mode == "direct" else "hold",
        printer_id=queue.printer_id,
        ask=queue.mode == "ask",
        defaults=QueueDefaults.model_validate(
            {
                "copies": queue.copies_default,
                "sides": queue.sides_default,
                "print_color_mode": queue.color_default,
                "media": queue.media_default,
            }
        ),
        accounts=there.accounts,
    )
