"""Many connections that never come to a request, of this account or of another one."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from presswork.testing.timing import MS

_PROGRAM = """
import socket, sys
port, count = map(int, sys.argv[1:3])
held = []
for _ in range(count):
    one = socket.create_connection(("127.0.0.1", port))
    one.send(sys.argv[3].encode())
    held.append(one)
print("there", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def crowd(port: int, count: int, octets: bytes = b"") -> AsyncIterator[None]:
    """So many connections that have sent this much and now wait; some may have been refused."""
    writers = []
    try:
        for _ in range(count):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            writer.write(octets)
        yield
    finally:
        for writer in writers:
            writer.transport.abort()


@asynccontextmanager
async def slow_loris(port: int, count: int, beginning: bytes, trickle: bytes) -> AsyncIterator[None]:
    """So many connections that go on and on sending a little more."""

    async def one() -> None:
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    writer.write(beginning)
                    for _ in range(1_000):
                        writer.write(trickle)
                        await writer.drain()
                        await asyncio.sleep(100 * MS)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(100 * MS)

    async with asyncio.TaskGroup() as tasks:
        crowd = [tasks.create_task(one()) for _ in range(count)]
        await asyncio.sleep(500 * MS)
        yield
        for task in crowd:
            task.cancel()


@asynccontextmanager
async def strangers(port: int, count: int, octets: str = "") -> AsyncIterator[None]:
    """A crowd of the account nobody."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, str(port), str(count), octets, user="nobody", stdin=PIPE, stdout=PIPE
    )
    assert program.stdout is not None
    try:
        assert await program.stdout.readline() == b"there\n"
        yield
    finally:
        program.kill()
        await program.wait()
