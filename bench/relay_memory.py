"""1 GB through a relay to a printer that stands still in the middle: how much memory the relay takes for it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from relaying import office, run
from rounds import Comparison

from presswork.testing.raw_server import raw_server
from presswork.testing.sink import Sink

SIZE = 1_000_000_000
STANDS_AT = 200_000_000
STANDS = 5.0


class Slow(Sink):
    """Counts only, and says that it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.stands = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        stood = False
        while data := await reader.read(1 << 18):
            self.ended += len(data)
            if not stood and self.ended >= STANDS_AT:
                stood = True
                self.stands.set()
                await self.goes.wait()


async def measure() -> None:
    """Run and print."""
    result = Comparison("relay_memory", "MiB", smaller_is_better=True)
    printer = Slow()
    most = 0
    with tempfile.TemporaryDirectory() as name:
        async with raw_server(printer) as port, office(Path(name)) as ours:
            uri = f"socket://127.0.0.1:{port}"
            await ours.send(await ours.job(1000), uri)
            before = ours.relay.resident_kib()
            job = await ours.job(SIZE)

            async def watch() -> None:
                nonlocal most
                while True:
                    most = max(most, ours.relay.resident_kib() - before)
                    await asyncio.sleep(0.05)

            async def go_on() -> None:
                await printer.stands.wait()
                await asyncio.sleep(STANDS)
                print(f"# while the printer stood still for {STANDS:.0f} s: {most / 1024:.1f} MiB")
                printer.goes.set()

            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watch())
                group.create_task(go_on())
                await ours.send(job, uri)
                watching.cancel()
    result.ours.append(most / 1024)
    result.print()


if __name__ == "__main__":
    sys.exit(run(measure()))
