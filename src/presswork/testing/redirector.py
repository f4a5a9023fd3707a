"""An agent's inward side for tests: real intake, spool and sockets; only the server's word for owners is played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from presswork.agent.desired import Desired
from presswork.agent.intake import Intake
from presswork.agent.queue_states import QueueStates
from presswork.agent.redirector.inward import Inward
from presswork.agent.redirector.kinds import Kinds
from presswork.agent.redirector.listeners import InwardListeners
from presswork.agent.redirector.owners import Owners
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import ServerUnreachable
from presswork.core.settings import AgentSettings, Ports
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.route import Duties, InwardSpec, OwnerReply, OwnerRequest
from presswork.testing.intake import HOLD, STATE, running_intake
from presswork.testing.timing import eventually

ADA, GRACE = UUID(int=21), UUID(int=22)


@dataclass
class PlayedOwners:
    """A server that knows these names, while it answers."""

    people: Mapping[str, UUID] = field(default_factory=lambda: {"ada": ADA, "grace": GRACE, "office": GRACE})
    away: bool = False
    asked: list[str] = field(default_factory=list)

    async def __call__(self, request: OwnerRequest) -> OwnerReply:
        """See ``Ask``."""
        self.asked.append(request.name)
        if self.away:
            raise ServerUnreachable("The server does not answer.")
        return OwnerReply(user_id=self.people.get(request.name))


def inward_spec(**changes: Any) -> InwardSpec:
    """From this computer, to the queue that holds, by whatever ``changes`` says."""
    return InwardSpec.model_validate(
        {"queue_id": HOLD.queue_id, "allowed": ["127.0.0.0/8", "::1/128"], "owner": "office"} | changes
    )


def state_with(*specs: InwardSpec, redirector: bool = True) -> DesiredState:
    """What a redirector is to have."""
    return STATE.model_copy(update={"duties": Duties(redirector=redirector, inward=specs)})


@dataclass
class RunningRedirector:
    """One that listens."""

    intake: Intake
    spool: Spool
    desired: Desired
    inward: Inward
    listeners: InwardListeners
    owners: PlayedOwners

    async def port(self, protocol: str, number: int = 0) -> int:
        """The port of IPP or LPR, or of RAW with its number, once it is listened on."""
        await eventually(lambda: (protocol, number) in self.listeners.open)
        return self.listeners.open[protocol, number]

    async def jobs(self) -> list[Job]:
        """All there are, oldest first."""
        return await self.spool.list(phases=set(Phase), newest_first=False)

    async def document(self, job: Job) -> bytes:
        """A job's document."""
        return b"".join([piece async for piece in self.spool.read(job.id)])


@asynccontextmanager
async def running_redirector(
    directory: Path, *specs: InwardSpec, owners: PlayedOwners | None = None, document_limit: int = 1 << 24
) -> AsyncIterator[RunningRedirector]:
    """Listens as long as the context."""
    owners = owners or PlayedOwners()
    clock = SystemClock()
    ports = Ports(inward_ipp=0, inward_lpd=0)
    settings = AgentSettings(directory=directory, ports=ports, document_limit=document_limit)
    async with running_intake(directory, state=state_with(*specs), document_limit=document_limit) as running:
        states = QueueStates(running.spool)
        kinds = Kinds(directory / "spool", document_limit, system_randomness)
        inward = Inward(running.desired, running.intake.arrivals, Owners(owners, clock), kinds)
        listeners = InwardListeners(
            settings, inward, running.intake, running.spool, states, clock=clock, randomness=system_randomness
        )
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(listeners.run())
            yield RunningRedirector(running.intake, running.spool, running.desired, inward, listeners, owners)
            task.cancel()
