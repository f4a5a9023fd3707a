"""What this agent does together with other agents: its jobs go through them, and theirs through this one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from presswork.agent.delivery.ways import Ways
from presswork.agent.desired import Desired
from presswork.agent.discovery import Neighbours
from presswork.agent.host.host import Host
from presswork.agent.link.hello import Introduction
from presswork.agent.link.link import Link
from presswork.agent.on_lan import PortField, serve_on_lan, while_wanted
from presswork.agent.redirector import QueueReceiver
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.onward import Onward
from presswork.agent.relay.receiver import Receiver
from presswork.agent.relay.sender import Sender
from presswork.agent.relay.service import Relay
from presswork.agent.relay.trust import Trust
from presswork.agent.route import Lookout, Reachability, Router, memory, place_of
from presswork.agent.route.tickets import Tickets, opened_by
from presswork.agent.site import HandOver, Keeping, RelayCarrier
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job
from presswork.agent.supervision import kept_running
from presswork.core.backoff import spread
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Unavailable
from presswork.core.settings import AgentSettings
from presswork.protocols.control.words import PrinterReport
from presswork.protocols.ticket import TicketKind, digest_of

_BY_RELAY: Final = frozenset({TicketKind.RELAY, TicketKind.HOLD})
_BY_TUNNEL: Final = frozenset({TicketKind.RELAY})
_BY_REDIRECTOR: Final = frozenset({TicketKind.REDIRECTOR})
_QUEUES_EVERY: Final = 300.0
"""Seconds, about, between two looks at the queues of the operating system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What all of it needs of the rest of the agent."""

    settings: AgentSettings
    spool: Spool
    desired: Desired
    link: Link
    host: Host
    introduction: Introduction
    neighbours: Neighbours
    ways: Ways
    """To printers, for jobs of others."""
    counted: Callable[[UUID], Awaitable[None]]
    clock: Clock
    randomness: Randomness
    relay_deadlines: RelayDeadlines


class Others:
    """``load`` before anything is delivered, then ``run``."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        spool, desired, link, clock = agent.spool, agent.desired, agent.link, agent.clock
        trust = Trust(
            agent.settings.directory, lambda: desired.state.ticket_certificate, link.server_now, removed=link.removed
        )
        self._sender = Sender(
            spool,
            trust,
            clock=clock,
            randomness=agent.randomness,
            tunnel=link.tunnels.dial,
            deadlines=agent.relay_deadlines,
        )
        self._reach = Reachability(spool, lambda: place_of(link.networks), clock)
        self._tickets = Tickets(spool, link.routes, opened_by(trust), lambda: link.reachable)
        self.router = Router(
            self._sender,
            self._tickets,
            self._reach,
            state=lambda: desired.state,
            digest=self._digest,
            near=agent.neighbours.near,
            server_now=link.server_now,
        )
        self._lookout = Lookout(self._reach, desired.printer, lambda: desired.state, agent.randomness)
        self._keeping = Keeping(spool, desired, clock)
        self._hand_over = HandOver(
            spool,
            desired,
            link.routes,
            RelayCarrier(spool, self._sender),
            read_ticket=opened_by(trust),
            counted=agent.counted,
            clock=clock,
            randomness=agent.randomness,
        )
        receivers: dict[TicketKind, Receiver] = {
            TicketKind.RELAY: Onward(agent.ways, clock),
            TicketKind.REDIRECTOR: QueueReceiver(agent.host.queues, lambda: desired.state),
            TicketKind.HOLD: self._keeping,
        }
        self._relay = Relay(spool, trust, receivers, clock=clock, deadlines=agent.relay_deadlines, met=self._is_back)
        agent.neighbours.came = self._is_back

    async def load(self) -> None:
        """Take up what was known before the restart."""
        await self._sender.load()
        await self._reach.load()
        await self._tickets.load()

    def wanted(self, job_id: UUID) -> None:
        """Somebody waits for a job that is on its way to the site node."""
        self._hand_over.wanted(job_id)

    def _is_back(self, computer_id: UUID) -> None:
        """A sign of that computer: it need not be passed over any more because it was silent."""
        self._reach.back(*memory.peers(computer_id))

    def looked_at(self, report: PrinterReport) -> None:
        """Something was learned of a printer."""
        self._reach.back(*memory.told_by(report))

    async def run(self) -> None:
        """Until cancelled. What fails in one part is started again, and ends no other."""
        agent = self._agent
        agent.link.tunnels.serve = partial(self._relay.serve, kinds=_BY_TUNNEL)
        ports, desired = agent.settings.ports, agent.desired
        redirector = partial(self._serve, "redirector_port", ports.redirector, _BY_REDIRECTOR)
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "relay": self._relay.run,
            "relay port": partial(self._serve, "relay_port", ports.relay, _BY_RELAY),
            "redirector port": partial(while_wanted, desired, lambda: desired.state.duties.redirector, redirector),
            "lookout": self._lookout.run,
            "hand-over": self._hand_over.run,
            "keeping": self._keeping.run,
            "host queues": self._watch_queues,
        }
        async with asyncio.TaskGroup() as tasks:
            for name, part in parts.items():
                tasks.create_task(kept_running(name, part, agent.randomness), name=name)

    async def _serve(self, field: PortField, port: int, kinds: Collection[TicketKind]) -> None:
        async def listen(listening: tuple[socket.socket, ...]) -> None:
            async with asyncio.TaskGroup() as tasks:
                for one in listening:
                    tasks.create_task(self._relay.listen(one, kinds))

        await serve_on_lan(field, port, listen, self._agent.link.identified, self._agent.introduction)

    async def _watch_queues(self) -> None:
        """Say which queues of the operating system jobs could be handed to."""
        while True:
            try:
                names = await self._agent.host.queues.names()
            except Unavailable:  # the doctor and the spooler's part say so
                names = ()
            self._agent.introduction.put(host_queues=names)
            await asyncio.sleep(spread(_QUEUES_EVERY, self._agent.randomness))

    async def _digest(self, job: Job) -> str:
        return digest_of([one.header.digest for one in await self._agent.spool.sealed(job.id)])
