"""A RAW printer that only counts: takes connections on some ports, notes when octets came. A process of its own.

async with sink(ports=20) as printer:
    printer.uris[3]                      # socket://127.0.0.1:PORT
    await printer.forget()               # counts from here on
    seen = await printer.octets(1024)    # waits for so many
    seen.first, seen.last                # time.monotonic() of the first and the last of them
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

DEADLINE = 60.0


@dataclass
class Seen:
    """What came since it was last told to forget."""

    octets: int = 0
    connections: int = 0
    first: float = 0.0
    last: float = 0.0

    def check(self, octets: int, connections: int) -> None:
        """Every octet came, none twice, each document on a connection of its own; else RuntimeError."""
        if (self.octets, self.connections) != (octets, connections):
            raise RuntimeError(f"{self.octets} octets came on {self.connections}, not {octets} on {connections}")


@dataclass(frozen=True)
class Sink:
    """A running sink."""

    ports: tuple[int, ...]
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    @property
    def uris(self) -> tuple[str, ...]:
        """The device URI of each port."""
        return tuple(f"socket://127.0.0.1:{port}" for port in self.ports)

    async def forget(self) -> None:
        """Count from here on."""
        await self._ask("forget")

    async def octets(self, number: int) -> Seen:
        """Wait until so many octets have come."""
        return Seen(**await self._ask(f"octets {number}"))

    async def _ask(self, question: str) -> dict[str, float]:
        self._writer.write(question.encode() + b"\n")
        async with asyncio.timeout(DEADLINE):
            return json.loads(await self._reader.readline())


@asynccontextmanager
async def sink(ports: int = 1) -> AsyncIterator[Sink]:
    """A sink that lives as long as the context."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(ports), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Sink(tuple(json.loads(await process.stdout.readline())), process.stdout, process.stdin)
    finally:
        process.kill()
        await process.wait()


class _Printer(asyncio.BufferedProtocol):
    buffer = memoryview(bytearray(1 << 20))

    def __init__(self, counter: _Counter) -> None:
        self._counter = counter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._counter.seen.connections += 1

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._counter.add(nbytes)

    def eof_received(self) -> None:
        """Close, as a printer does."""


class _Counter:
    def __init__(self) -> None:
        self.seen = Seen()
        self._wanted = 0
        self._reached = asyncio.Event()

    def add(self, octets: int) -> None:
        seen = self.seen
        seen.last = time.monotonic()
        if not seen.octets:
            seen.first = seen.last
        seen.octets += octets
        if self._wanted and seen.octets >= self._wanted:
            self._wanted = 0
            self._reached.set()

    def forget(self) -> None:
        self.seen = Seen()

    async def until(self, octets: int) -> None:
        if self.seen.octets < octets:
            self._wanted = octets
            await self._reached.wait()
            self._reached.clear()


async def _serve(ports: int) -> None:
    loop = asyncio.get_running_loop()
    counter = _Counter()
    servers = [await loop.create_server(lambda: _Printer(counter), "127.0.0.1", 0, backlog=512) for _ in range(ports)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    questions = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    while question := (await questions.readline()).split():
        if question[0] == b"forget":
            counter.forget()
        else:
            await counter.until(int(question[1]))
        print(json.dumps(asdict(counter.seen)), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
