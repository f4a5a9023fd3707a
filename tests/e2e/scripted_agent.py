"""An agent without a spool: enrols and signs as the real one does, and reports the jobs a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from presswork.agent.link.enrolment import enrol
from presswork.agent.link.proof import Prover
from presswork.agent.link.requests import Requests
from presswork.agent.link.server_time import ServerTime
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.ids import uuid7
from presswork.net.tls import trusting_context
from presswork.protocols.control.agent import (
    AccountSignIn,
    AccountSignInStarted,
    DesiredState,
    Hello,
    SyncReply,
    SyncRequest,
)
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import JobReport, Order, OrderAnswer

HELLO = Hello(version="0.1.0", computer_name="bob-laptop", platform="Debian GNU/Linux 12")


@dataclass
class ScriptedJob:
    """A job as this agent holds it."""

    report: JobReport
    story: list[TimelineEntry] = field(default_factory=list)

    def tell(self, event: JobEvent, **values: str) -> None:
        """Another thing happened."""
        entry = TimelineEntry(sequence=len(self.story) + 1, at=datetime.now(UTC), event=event, values=values)
        self.story.append(entry)

    def become(self, **changes: Any) -> None:
        """It is another one now."""
        version = self.report.version + 1
        self.report = self.report.model_copy(update={**changes, "version": version})


@dataclass
class ScriptedAgent:
    """One enrolled computer."""

    requests: Requests
    desired: DesiredState | None = None

    async def sync(self, jobs: Sequence[ScriptedJob] = (), answers: Sequence[OrderAnswer] = ()) -> tuple[Order, ...]:
        """One exchange: gives the open orders."""
        reports = tuple(job.report.model_copy(update={"timeline": tuple(job.story)}) for job in jobs)
        told = SyncRequest(hello=HELLO, reports=reports, answers=tuple(answers))
        reply = await self.requests.post("/api/agent/sync", told, SyncReply)
        self.desired = reply.desired or self.desired
        return reply.orders

    async def order(self) -> Order:
        """The one open order, as soon as there is one."""
        async with asyncio.timeout(10):
            while True:
                if orders := await self.sync():
                    break
                await asyncio.sleep(0.05)
        (order,) = orders
        return order

    async def start_sign_in(self, account: str) -> AccountSignInStarted:
        """Somebody at this account wants to be known."""
        return await self.requests.post("/api/agent/sign-in", AccountSignIn(account=account), AccountSignInStarted)

    def held_job(self, name: str, account: str, user_id: UUID | None = None, **values: Any) -> ScriptedJob:
        """A new job that waits for release in the first queue."""
        assert self.desired is not None
        now = datetime.now(UTC)
        report = {
            "job_id": uuid7(SystemClock(), system_randomness),
            "version": 1,
            "queue_id": self.desired.queues[0].queue_id,
            "account": account,
            "owner_proof": "peer",
            "user_id": user_id,
            "name": name,
            "document_format": "application/pdf",
            "size": 48_213,
            "pages": 3,
            "state": "pending-held",
            "document_kept": True,
            "created_at": now,
        }
        job = ScriptedJob(JobReport.model_validate(report | values))
        job.tell(JobEvent.RECEIVED, account=account, computer=HELLO.computer_name)
        job.tell(JobEvent.HELD)
        return job


@asynccontextmanager
async def scripted_agent(directory: Path, url: str, code: str) -> AsyncIterator[ScriptedAgent]:
    """Enrol with ``code``, and say hello."""
    directory.mkdir(mode=0o700, exist_ok=True)
    time = ServerTime(SystemClock())
    identity = await enrol(directory, url, code, HELLO, time)
    context = await asyncio.to_thread(trusting_context, identity.ca_pem)
    async with Requests(identity.server_url, context, time, Prover(identity, system_randomness)) as requests:
        agent = ScriptedAgent(requests)
        await agent.sync()
        yield agent
