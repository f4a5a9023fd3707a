"""Other computers that carry jobs, and a server that names them: played, for tests of the choice between them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Literal
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.delivery.way import Delivered, End, Errand, Tell, Watched
from presswork.agent.route import Near, Reachability, Router
from presswork.agent.route.tickets import Tickets
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Outcome
from presswork.core.clock import Clock, SystemClock
from presswork.core.errors import ServerUnreachable
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.route import PeerSpec, RouteCandidate, RouteReply, RouteRequest
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ticket import Ticket, TicketKind, open_ticket, sign_ticket

STATE = DesiredState(
    revision="1", computer_name="desk", queues=(), printers=(), accounts=(), ticket_certificate="that of some key"
)
PRINTED = End(Outcome.PRINTED, JobEvent.PRINTED)
Carries = Callable[[Errand], Awaitable[Delivered]]


async def prints(errand: Errand) -> Delivered:
    """A computer that has the document printed."""
    await errand.mark(None)
    errand.sent(errand.job.size)

    async def watch(tell: Tell) -> End:
        del tell
        return PRINTED

    return Watched(watch, answered=True)


def fails(problem: Exception) -> Carries:
    """One that brings nothing about."""

    async def carry(errand: Errand) -> Delivered:
        del errand
        raise problem

    return carry


@dataclass
class Elsewhere:
    """Computers by their names, what the server says of them, and what was asked of whom."""

    computers: dict[str, Carries] = field(default_factory=dict)
    kinds: dict[str, Literal["relay", "redirector", "cloud"]] = field(default_factory=dict)
    """``relay`` where it is not said."""
    away: bool = False
    """Whether the server does not answer."""
    says: RouteReply = field(default_factory=RouteReply)
    """What it says beside the computers."""
    life: timedelta = timedelta(hours=1)
    near: Near = lambda _: None
    in_vain: frozenset[str] = frozenset()
    """Who tried to reach the printer lately and did not."""
    state: DesiredState = STATE
    clock: Clock = field(default_factory=SystemClock)
    place: str = "here"
    asked: list[str] = field(default_factory=list)
    """``server``, and the names of computers, as they were asked."""
    gone: dict[UUID, asyncio.Future[End]] = field(default_factory=dict)
    """Jobs that a computer had GO for before the restart, and their ends."""
    cancelled: list[UUID] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    """The tickets."""
    reached: list[IPv4Address | IPv6Address] = field(default_factory=list)
    """The first address of each, where it had one."""
    _ids: dict[str, UUID] = field(default_factory=dict)
    _key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    async def routes(self, spool: Spool) -> Router:
        """For ``delivering``."""
        reach = Reachability(spool, lambda: self.place, self.clock)
        await reach.load()
        tickets = Tickets(spool, self, self._opened, lambda: not self.away)
        await tickets.load()
        return Router(
            self,
            tickets,
            reach,
            state=lambda: self.state,
            digest=self._digest,
            near=self.near,
            server_now=self.clock.now,
        )

    async def route(self, request: RouteRequest) -> RouteReply:
        """As the server."""
        self.asked.append("server")
        if self.away:
            raise ServerUnreachable("The server is away.")
        candidates = tuple(self._candidate(name, request) for name in self.computers)
        return self.says.model_copy(update={"candidates": candidates})

    async def send(self, to: PeerSpec, ticket: str, errand: Errand, *, through_server: bool = False) -> Delivered:
        """As ``Carrier``."""
        self.asked.append(f"{to.name} through the server" if through_server else to.name)
        self.shown.append(ticket)
        self.reached += to.addresses[:1]
        return await self.computers[to.name](errand)

    async def take_up(self, job: Job) -> Watched | None:
        """As ``Carrier``."""
        end = self.gone.get(job.id)

        async def watch(tell: Tell) -> End:
            del tell
            assert end is not None
            return await end

        return None if end is None else Watched(watch)

    async def cancel(self, job: Job) -> bool:
        """As ``Carrier``."""
        self.cancelled.append(job.id)
        return job.id in self.gone

    def _candidate(self, name: str, request: RouteRequest) -> RouteCandidate:
        computer_id = self._ids.setdefault(name, uuid4())
        kind = self.kinds.get(name, "relay")
        ticket = Ticket(
            ticket_id=uuid4(),
            kind=TicketKind.REDIRECTOR if kind == "redirector" else TicketKind.RELAY,
            tenant_id=UUID(int=1),
            job_id=request.job_id,
            sender_id=UUID(int=2),
            receiver_id=computer_id,
            digest=request.digest,
            fence=1,
            not_after=self.clock.now() + self.life,
        )
        peer = PeerSpec(computer_id=computer_id, name=name, addresses=(IPv4Address("127.0.0.1"),), port=21335)
        return RouteCandidate(kind=kind, peer=peer, ticket=sign_ticket(ticket, self._key), in_vain=name in self.in_vain)

    async def _opened(self, ticket: str) -> Ticket:
        return open_ticket(ticket, self._key.public_key())

    @staticmethod
    async def _digest(job: Job) -> str:
        return job.id.hex * 2
