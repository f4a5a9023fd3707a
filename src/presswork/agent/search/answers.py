"""Who answers at an address at all: most do not, and those cost a second and three packets."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from presswork.agent.printers.examine import PORTS, Ports, connects
from presswork.core.clock import Randomness
from presswork.core.errors import PrinterUnreachable
from presswork.net.snmp import snmp_client
from presswork.net.snmp_reading import Patience
from presswork.protocols.snmp.credentials import Credentials
from presswork.protocols.snmp.mib import SYS_NAME

_SNMP = Patience(first=1.0, attempts=1)


@dataclass(frozen=True, slots=True)
class Asking:
    """With what, and for how long, an address is asked."""

    credentials: Credentials | None
    randomness: Randomness
    ports: Ports = PORTS
    connect: float = 1.5
    """Seconds."""


async def answers(host: str, asking: Asking) -> bool:
    """Whether something there speaks SNMP or listens where printers do. Sends nothing that could print."""
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_snmp(host, asking))]
        asked += [
            group.create_task(connects(host, port, asking.connect)) for port in (asking.ports.ipp, asking.ports.raw)
        ]
    return any(one.result() for one in asked)


async def _snmp(host: str, asking: Asking) -> bool:
    if asking.credentials is None:
        return False
    try:
        async with snmp_client(
            host, asking.credentials, asking.randomness, port=asking.ports.snmp, patience=_SNMP
        ) as device:
            await device.get(SYS_NAME)
    except PrinterUnreachable:
        return False
    return True
