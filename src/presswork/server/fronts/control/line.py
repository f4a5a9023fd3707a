"""The line to an agent: it says "there is news" and nothing else, so that losing it loses nothing."""

from __future__ import annotations

import asyncio

from starlette.websockets import WebSocket, WebSocketDisconnect

from presswork.protocols.control.agent import Wake
from presswork.server.computers import AgentPrincipal
from presswork.server.platform.events import Events, Waiter

_SEND_DEADLINE = 10.0
_OVER = 1008
"""Policy violation (RFC 6455 §7.4.1): the computer was removed, or has a newer line."""


async def hold_line(websocket: WebSocket, events: Events, agent: AgentPrincipal) -> None:
    """Until the agent hangs up, the computer is removed, it opens another line, or it stops reading.

    Pings are the HTTP server's; what the agent says is read and left: nothing is defined for it yet.
    """
    await websocket.accept()
    with events.waiter(agent.tenant_id, agent.computer_id) as waiter:
        async with asyncio.TaskGroup() as tasks:
            hearing = tasks.create_task(_hear(websocket, waiter))
            await _wake(websocket, waiter)
            hearing.cancel()


async def _hear(websocket: WebSocket, waiter: Waiter) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass
    waiter.wake(over=True)


async def _wake(websocket: WebSocket, waiter: Waiter) -> None:
    frame = Wake().model_dump_json()
    try:
        while True:
            await waiter.wait()
            async with asyncio.timeout(_SEND_DEADLINE):
                if waiter.over:
                    await websocket.close(_OVER)
                    return
                await websocket.send_text(frame)
    except (TimeoutError, WebSocketDisconnect):
        return
