"""What this agent does together with other agents: its jobs go through them, and theirs through this one."""

from __future__ import annotations

from presswork.agent.desired import Desired
from presswork.agent.link.link import Link
from presswork.agent.relay.sender import Sender
from presswork.agent.relay.trust import Trust
from presswork.agent.route import Reachability, Router, place_of
from presswork.agent.route.tickets import Tickets, opened_by
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job
from presswork.core.clock import Clock
from presswork.protocols.ticket import digest_of


async def make_router(
    spool: Spool, desired: Desired, link: Link, *, trust: Trust, sender: Sender, clock: Clock
) -> Router:
    """By which routes jobs of this computer go."""
    reach = Reachability(spool, lambda: place_of(link.networks), clock)
    await reach.load()

    async def digest(job: Job) -> str:
        return digest_of([one.header.digest for one in await spool.sealed(job.id)])

    tickets = Tickets(link.routes, opened_by(trust), lambda: link.reachable)
    return Router(sender, tickets, reach, state=lambda: desired.state, digest=digest, server_now=link.server_now)
