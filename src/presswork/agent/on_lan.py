"""What runs for other computers: from the enrolment on, as long as it is this computer's duty, and said in its hello."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Literal

from presswork.agent.desired import Desired
from presswork.agent.link.hello import Introduction
from presswork.agent.link.identified import Identified
from presswork.agent.listeners import open_on_lan

PortField = Literal["relay_port", "redirector_port"]
"""The hello's name of a port."""
Serve = Callable[[tuple[socket.socket, ...]], Awaitable[None]]
"""Serves at these listening sockets until cancelled; whoever gave them closes them."""


async def serve_on_lan(
    field: PortField, port: int, serve: Serve, identified: Identified, introduction: Introduction
) -> None:
    """Until cancelled. Other computers are told of the port only while it is listened on. Raises ``PortTaken``."""
    await identified.other_than(None)
    with open_on_lan(port) as listening:
        introduction.put(**{field: listening[0].getsockname()[1]})
        try:
            await serve(listening)
        finally:
            introduction.put(**{field: None})


async def while_wanted(desired: Desired, wanted: Callable[[], bool], run: Callable[[], Awaitable[None]]) -> None:
    """Run it whenever the desired state has it so, until cancelled. What ``run`` raises comes in a group."""

    async def once() -> None:
        await run()

    while True:
        await _until(desired, wanted)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(once())
            await _until(desired, lambda: not wanted())
            running.cancel()


async def _until(desired: Desired, true: Callable[[], bool]) -> None:
    seen = desired.generation
    while not true():
        seen = await desired.changed(seen)
