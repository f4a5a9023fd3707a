"""A held job goes to the site node: to whom, and the ticket for it. Only the holder asks, and only for what is its."""

from __future__ import annotations

from presswork.protocols.control.route import HandOverReply, HandOverRequest
from presswork.protocols.ticket import LIFE, Ticket, TicketKind, sign_ticket
from presswork.server.computers import AgentPrincipal, Computer, computers_by_id, peer, site_nodes_of
from presswork.server.jobs import Grant, grant_hand_over, granted_hand_over, has_moved, held_for_release, take_back
from presswork.server.platform.context import TicketSigner
from presswork.server.platform.database import Session
from presswork.server.queues import queues_of_jobs

NOBODY = HandOverReply()
_WAITS = ("hold", "ask")


async def hand_over(
    session: Session, signer: TicketSigner, agent: AgentPrincipal, asked: HandOverRequest
) -> HandOverReply:
    """To whom this computer's job may go, and the ticket; ``NOBODY`` where it is to stay.

    One that is to be undone is the asking computer's again, or the other one's (``moved``), or neither is known.
    It stays where it is not this computer's, nobody's yet, or waits for something else than its release; where its queue is none
    that waits; and where no site node of the computer's networks is there. One that was begun goes on to the same one.
    """
    if asked.begun is not None and asked.back is not None:
        fence = await take_back(session, agent, asked.job_id, asked.begun, asked.back)
        moved = fence is None and await has_moved(session, agent, asked.job_id, asked.back)
        return HandOverReply(fence=fence, moved=moved)
    own = await _computer(session, agent)
    if own is None:
        return NOBODY
    if asked.begun is not None:
        found = await granted_hand_over(session, agent, asked.job_id, asked.begun)
    else:
        found = await _granted_anew(session, agent, own, asked)
    if found is None:
        return NOBODY
    receiver = (await computers_by_id(session, agent.tenant_id, {found.receiver_id})).get(found.receiver_id)
    if receiver is None or receiver.revoked_at is not None or receiver.relay_port is None:
        return NOBODY
    ticket = Ticket(
        ticket_id=found.ticket_id,
        kind=TicketKind.HOLD,
        tenant_id=agent.tenant_id,
        job_id=asked.job_id,
        sender_id=agent.computer_id,
        receiver_id=receiver.id,
        digest=asked.digest,
        fence=found.fence,
        not_after=session.now() + LIFE,
    )
    return HandOverReply(peer=peer(receiver, receiver.relay_port, asking=own), ticket=sign_ticket(ticket, signer.key))


async def _granted_anew(session: Session, agent: AgentPrincipal, own: Computer, asked: HandOverRequest) -> Grant | None:
    job = await held_for_release(session, agent, asked.job_id)
    if job is None or not asked.commitment:
        return None
    queue = (await queues_of_jobs(session, agent.tenant_id, {job.queue_id})).get(job.queue_id)
    if queue is None or queue.mode not in _WAITS:
        return None
    node = next((one for one in await site_nodes_of(session, own) if one.online(session.now())), None)
    return None if node is None else await grant_hand_over(session, job, node.id, asked.commitment)


async def _computer(session: Session, agent: AgentPrincipal) -> Computer | None:
    return (await computers_by_id(session, agent.tenant_id, {agent.computer_id})).get(agent.computer_id)
