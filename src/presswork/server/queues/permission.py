"""May this person print to that queue from there? For jobs that come by no account of a computer."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from presswork.server.computers import networks_of_computer
from presswork.server.platform.database import Session
from presswork.server.queues.facts import people_facts, queue_facts
from presswork.server.queues.models import Queue
from presswork.server.queues.sight import sight


async def may_print(session: Session, tenant_id: UUID, queue_id: UUID, user_id: UUID, computer_id: UUID) -> bool:
    """Whether the person sees the queue on the networks of that computer; False where there is no such queue."""
    queue = await session.scalar(select(Queue).where(Queue.tenant_id == tenant_id, Queue.id == queue_id))
    if queue is None:
        return False
    people = await people_facts(session, tenant_id, {user_id})
    facts = await queue_facts(session, tenant_id, [queue])
    places = await networks_of_computer(session, tenant_id, computer_id)
    return sight(facts[queue.id], people[user_id], places).visible
