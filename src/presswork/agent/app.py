"""The agent as a service and as a block of a program: what it stands on, opened and closed in order."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from presswork import __version__
from presswork.agent.delivery import Deadlines
from presswork.agent.directory import prepare_directory
from presswork.agent.listeners import open_listeners
from presswork.agent.parts import RunningAgent, parts, with_ports
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.spool import open_spool
from presswork.agent.systemd import notify
from presswork.core.clock import Clock, Randomness, SystemClock, system_randomness
from presswork.core.service import LoopLog, use_all_descriptors
from presswork.core.settings import AgentSettings

_log = structlog.get_logger(__name__)


async def run(
    settings: AgentSettings, *, deadlines: Deadlines | None = None, relay_deadlines: RelayDeadlines | None = None
) -> None:
    """The agent as a service: until SIGTERM or SIGINT, which let it end in order."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(LoopLog())
    use_all_descriptors()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with running(settings, deadlines=deadlines, relay_deadlines=relay_deadlines) as agent:
        ports = agent.settings.ports
        _log.info(
            "The agent runs.", version=__version__, client_control=ports.client_control, local_web=ports.local_web
        )
        notify(os.environ, "READY=1")
        await stopped.wait()
        notify(os.environ, "STOPPING=1")
        _log.info("The agent stops.")


@asynccontextmanager
async def running(
    settings: AgentSettings,
    *,
    clock: Clock | None = None,
    randomness: Randomness = system_randomness,
    deadlines: Deadlines | None = None,
    relay_deadlines: RelayDeadlines | None = None,
) -> AsyncIterator[RunningAgent]:
    """An agent as long as the block lasts. A part that the agent cannot do without ends the block when it fails.

    ``deadlines`` are those of deliveries, and ``relay_deadlines`` of transfers, where they are not what real printers and
    networks need.
    """
    clock = clock or SystemClock()
    deadlines = deadlines or Deadlines()
    await asyncio.to_thread(prepare_directory, settings.directory)
    with open_listeners(settings.ports, os.environ) as listeners:
        spool = await open_spool(settings.directory / "spool", clock, randomness)
        try:
            found = with_ports(settings, listeners)
            made = parts(
                found,
                listeners,
                spool,
                clock,
                randomness=randomness,
                deadlines=deadlines,
                relay_deadlines=relay_deadlines or RelayDeadlines(),
            )
            async with made as agent:
                yield agent
        finally:
            await spool.close()
