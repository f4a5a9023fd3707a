"""Who answers at all."""

from __future__ import annotations

import asyncio

from presswork.agent.printers.examine import Ports
from presswork.agent.search.answers import Asking, answers
from presswork.core.clock import system_randomness
from presswork.protocols.snmp import mib
from presswork.protocols.snmp.credentials import Community
from presswork.protocols.snmp.message import Tag
from presswork.simulator.snmp import serve_snmp
from presswork.testing.agent import free_port


async def test_a_port_or_snmp_is_enough_and_nothing_is_nothing() -> None:
    nobody = free_port()
    closed = Ports(nobody, nobody, nobody, nobody)
    assert not await answers("127.0.0.1", Asking(None, system_randomness, closed))
    assert not await answers("no such name.invalid", Asking(Community(), system_randomness, closed))
    listening = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        assert await answers(
            "127.0.0.1", Asking(None, system_randomness, Ports(nobody, port, nobody, nobody), connect=5)
        )
    async with serve_snmp(lambda: {mib.SYS_NAME: (Tag.OCTET_STRING, b"x")}, ("127.0.0.1", 0)) as (_, port):
        only_snmp = Ports(nobody, nobody, nobody, port)
        assert await answers("127.0.0.1", Asking(Community(), system_randomness, only_snmp))
        assert not await answers("127.0.0.1", Asking(None, system_randomness, only_snmp))
