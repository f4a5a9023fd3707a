"""What is killed: a site with everything real, two accounts that print, and three printers."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from presswork.testing.agent import free_port
from presswork.testing.cups import PrivateCupsd
from presswork.testing.peers import Ippeveprinter, ippeveprinter
from presswork.testing.site import ACCOUNT, Site, site
from presswork.testing.timing import MS, eventually

HELD, DIRECT, RAW = "held", "direct", "raw"
"""Queues: one whose documents wait, one that prints at once at an IPP printer, one at a RAW printer."""
QUICK, SLOW, SINK = "Quick", "Slow", "Sink"
"""Printers: IPP, IPPS, RAW."""
ACCOUNTS = (ACCOUNT, "games")
BACKENDS = "backends"
"""The filters and backends of cupsd, which are processes of their own."""
_SINK_PROGRAM = Path(__file__).with_name("sink.py")
_DIRECTIVES = {
    # what cupsd took over must be on its disk at once, or cupsd itself forgets it when it is killed
    "DirtyCleanInterval": "0",
    "MaxJobs": "0",
    # thirty seconds by default: most of a run would be waiting
    "JobRetryInterval": "2",
}


class Victim(Protocol):
    """What can be killed, and runs again."""

    async def kill(self) -> None: ...

    async def start(self) -> None: ...


@dataclass
class SinkProcess:
    """The RAW printer."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: Process | None = None

    async def start(self) -> None:
        """It listens when this returns."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, _SINK_PROGRAM, str(self.port), str(self.folder)
        )
        await eventually(self._listens, deadline=30_000 * MS)

    async def kill(self) -> None:
        """As when its power goes."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    def _listens(self) -> bool:
        return any(
            line.split()[1].endswith(f":{self.port:04X}") and line.split()[3] == "0A"
            for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        )

    def documents(self) -> list[tuple[bytes, bool]]:
        """What came, oldest first, and whether the sender closed it."""
        return [(path.read_bytes(), path.suffix == ".whole") for path in sorted(self.folder.iterdir())]


@dataclass
class Backends:
    """They need no start: cupsd starts them."""

    cupsd: PrivateCupsd

    async def kill(self) -> None:
        """All there are at this moment."""
        await asyncio.to_thread(self.cupsd.kill_backends)

    async def start(self) -> None:
        """Nothing to do."""


@dataclass
class World:
    """The site and its printers."""

    site: Site
    ipp: dict[str, Ippeveprinter]
    sink: SinkProcess
    documents: Path
    """Where applications keep what they print."""

    @property
    def victims(self) -> dict[str, Victim]:
        """Who can be killed, by name."""
        return {
            "agent": self.site.agent,
            "server": self.site.server,
            "cupsd": self.site.cupsd,
            BACKENDS: Backends(self.site.cupsd),
            **self.ipp,
            SINK: self.sink,
        }


@asynccontextmanager
async def world(directory: Path) -> AsyncIterator[World]:
    """It runs in ``directory``, which is kept; accounts other than root must be able to pass through it."""
    folder, documents = directory / "sink", directory / "documents"
    folder.mkdir(parents=True)
    documents.mkdir()
    sink = SinkProcess(folder)
    await sink.start()
    try:
        async with (
            ippeveprinter(directory, printing_takes=0.05) as quick,
            ippeveprinter(directory, printing_takes=0.4) as slow,
        ):
            printers = {QUICK: quick.uri, SLOW: slow.ipps_uri, SINK: f"socket://127.0.0.1:{sink.port}"}
            queues = {HELD: None, DIRECT: QUICK, RAW: SINK}
            async with site(
                directory, printers=printers, queues=queues, cupsd_directives=_DIRECTIVES, accounts=ACCOUNTS[1:]
            ) as here:
                yield World(here, {QUICK: quick, SLOW: slow}, sink, documents)
    finally:
        await sink.kill()


def unique_folder() -> Path:
    """A new folder for one run, which every account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="presswork-soak-"))
    folder.chmod(0o755)
    return folder
