"""A program behind a socket, a process for each connection, as inetd does it.

async with inetd("/usr/lib/cups/daemon/cups-lpd", environment=cupsd.environment) as port:
    ...
"""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager


@asynccontextmanager
async def inetd(program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[int]:
    """Gives the port on 127.0.0.1. The connection is the program's standard input and output; it ends with the context."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        async with asyncio.TaskGroup() as tasks:
            accepting = tasks.create_task(_accept(listener, tasks, (program, *arguments), environment or os.environ))
            yield listener.getsockname()[1]
            accepting.cancel()


async def _accept(
    listener: socket.socket, tasks: asyncio.TaskGroup, command: tuple[str, ...], environment: Mapping[str, str]
) -> None:
    serving: set[asyncio.Task[None]] = set()
    try:
        while True:
            connection, _ = await asyncio.get_running_loop().sock_accept(listener)
            task = tasks.create_task(_serve(connection, command, environment))
            serving.add(task)
            task.add_done_callback(serving.discard)
    finally:
        for task in serving:
            task.cancel()


async def _serve(connection: socket.socket, command: tuple[str, ...], environment: Mapping[str, str]) -> None:
    connection.setblocking(True)  # as programs of inetd expect it
    with connection:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=connection.fileno(), stdout=connection.fileno(), stderr=DEVNULL, env=dict(environment)
        )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
