"""The agent to be measured: a process of its own, as it is installed, but for its ports, its directory and no cupsd.

What the server would have told it stands in its spool before it starts; so no server runs beside it.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from ipp import ME

from presswork.agent.desired import Desired
from presswork.agent.directory import prepare_directory
from presswork.agent.spool import open_spool
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import AccountBinding, PrinterSpec, QueueSpec
from presswork.testing.agent import AgentProcess, agent_process, queue_uri, settings_for

PERSON = AccountBinding(account=ME, user_id=UUID(int=7), person="Bench")


@dataclass(frozen=True)
class Agent:
    """A running agent and its queues."""

    process: AgentProcess
    queues: tuple[str, ...]

    @property
    def uris(self) -> tuple[str, ...]:
        """The printer-uri of each queue."""
        return tuple(queue_uri(self.process.settings, queue) for queue in self.queues)

    @property
    def pid(self) -> int:
        """Its process."""
        assert self.process.process is not None
        return self.process.process.pid


@asynccontextmanager
async def agent(directory: Path, device_uris: Sequence[str] = (), *, hold: bool = False) -> AsyncIterator[Agent]:
    """An agent with a direct queue to each device, and with ``hold`` one whose jobs wait."""
    settings = settings_for(directory)
    printers = [
        PrinterSpec(printer_id=UUID(int=100 + number), name=f"printer{number}", device_uri=uri)
        for number, uri in enumerate(device_uris)
    ]
    queues = [
        QueueSpec(queue_id=UUID(int=200 + number), name=f"queue{number}", mode="direct", printer_id=printer.printer_id)
        for number, printer in enumerate(printers)
    ]
    if hold:
        queues.append(QueueSpec(queue_id=UUID(int=300), name="secure", mode="hold"))
    prepare_directory(settings.directory)
    spool = await open_spool(settings.directory / "spool", SystemClock(), system_randomness)
    await Desired(spool).put(
        DesiredState(
            revision="1", computer_name="bench", queues=tuple(queues), printers=tuple(printers), accounts=(PERSON,)
        )
    )
    await spool.close()
    async with agent_process(directory, settings=settings) as process:
        yield Agent(process, tuple(queue.name for queue in queues))


def pin(pid: int, processor: int) -> None:
    """All threads of that process on one processor, as taskset(1) does; those it starts later inherit it."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {processor})


def resident_kib(pid: int) -> int:
    """Memory of that process (VmRSS of proc(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has no memory")
