"""Two agents that reach nobody but their server, and a server that goes away in the middle."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from presswork.agent.link.identity import load_identity
from presswork.agent.parts import RunningAgent
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.sender import Sender
from presswork.agent.relay.trust import Trust
from presswork.agent.spool import open_spool
from presswork.agent.spool.job import Outcome
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.route import PeerSpec
from presswork.testing.agent import running_agent
from presswork.testing.delivering import printer_spec
from presswork.testing.raw_server import raw_server
from presswork.testing.relaying import Holder, Organisation
from presswork.testing.server import ServerInTest, running_server
from presswork.testing.sink import Sink
from presswork.testing.timing import MS, eventually

IMPATIENT = replace(RelayDeadlines(), first_retry=0.1, slowest_retry=0.5)


@asynccontextmanager
async def holder_beside(agent: RunningAgent, relay: RunningAgent, server: ServerInTest) -> AsyncIterator[Holder]:
    """Sends by hand what an agent sends by itself; the tunnels are the agent's."""
    identities = [await asyncio.to_thread(load_identity, one.settings.directory) for one in (agent, relay)]
    assert identities[0] is not None
    assert identities[1] is not None
    signer = server.context.installation.signer
    trust = Trust(agent.settings.directory, lambda: signer.certificate, lambda: datetime.now(UTC))
    spool = await open_spool(agent.settings.directory / "by hand", SystemClock(), system_randomness)
    sender = Sender(
        spool,
        trust,
        clock=SystemClock(),
        randomness=system_randomness,
        tunnel=agent.link.tunnels.dial,
        deadlines=IMPATIENT,
    )
    try:
        peer = PeerSpec(computer_id=identities[1].computer_id, name="relay", port=1)
        yield Holder(Organisation(key=signer.key), identities[0].computer_id, spool, sender, peer)
    finally:
        sender.close()
        await spool.close()


async def test_a_server_that_is_started_anew_in_the_middle_costs_a_moment(tmp_path: Path) -> None:
    document = os.urandom(12_000_000)
    sink = Sink(limit=1_000_000)
    async with AsyncExitStack() as first, AsyncExitStack() as rest, asyncio.timeout(60_000 * MS):
        server = await first.enter_async_context(running_server(tmp_path))
        relay = await rest.enter_async_context(running_agent(tmp_path / "relay", server=server))
        agent = await rest.enter_async_context(running_agent(tmp_path / "holder", server=server))
        port = await rest.enter_async_context(raw_server(sink))
        tenant_id = server.context.installation.tenant_id
        await eventually(lambda: bool(relay.desired.state.ticket_certificate), deadline=20_000 * MS)
        holder = await rest.enter_async_context(holder_beside(agent, relay, server))
        job = await holder.job(document)
        ticket = await holder.ticket(
            job, printer_spec(f"socket://127.0.0.1:{port}"), tenant_id=tenant_id, through_server=True
        )

        errand = holder.errand(job)
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(holder.sender.send(holder.receiver, ticket, errand, through_server=True))
            await eventually(lambda: bool(sink.jobs) and len(sink.jobs[0]) >= 1_000_000, deadline=20_000 * MS)
            await first.aclose()
            assert not sending.done()
            server = await rest.enter_async_context(running_server(tmp_path, port=urlsplit(server.url).port or 0))
            sink.goes.set()
        end = await holder.end(sending.result())
    assert end.outcome is Outcome.UNKNOWN  # RAW does not say more
    assert sink.jobs == [document]
    assert len(holder.marks) == 1
