"""What an agent is for others: on the LAN from the enrolment on, and nothing of it keeps printing from going on."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from presswork.agent.parts import RunningAgent
from presswork.protocols.control.route import Duties
from presswork.testing.agent import running_agent, settings_for
from presswork.testing.server import running_server
from presswork.testing.timing import MS, eventually

DEADLINE = 30_000 * MS


async def relay_port(agent: RunningAgent) -> int:
    """Once it is open."""
    await eventually(lambda: agent.introduction.said.relay_port is not None, deadline=DEADLINE)
    return agent.introduction.said.relay_port or 0


async def test_strangers_get_no_further_than_the_handshake(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, running_agent(tmp_path, server=server) as agent:
        port = await relay_port(agent)
        assert port == agent.settings.ports.relay
        assert agent.introduction.said.redirector_port is None, "it has no such duty"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        with pytest.raises(OSError, match="certificate"):  # TLS 1.3: the refusal comes with the first octet
            await reader.readexactly(1)
        writer.transport.abort()
        duties = Duties(redirector=True)
        await agent.desired.put(agent.desired.state.model_copy(update={"duties": duties}))
        await eventually(lambda: agent.introduction.said.redirector_port is not None, deadline=DEADLINE)


async def test_a_taken_port_is_said_and_taken_when_it_is_free(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with capture_logs() as logs:
        async with running_server(tmp_path) as server:
            with socket.create_server(("0.0.0.0", settings.ports.relay)):
                async with running_agent(tmp_path, server=server, settings=settings) as agent:
                    await eventually(lambda: any("Printing goes on" in str(one) for one in logs), deadline=DEADLINE)
                    assert agent.introduction.said.relay_port is None
                    await eventually(lambda: agent.link.reachable, deadline=DEADLINE)
            async with running_agent(tmp_path, server=server, settings=settings) as agent:
                await relay_port(agent)
