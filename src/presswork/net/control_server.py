"""The server's end of the client channel (21338)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

import structlog

from presswork.core.errors import Fault
from presswork.net.control import HANDSHAKE_DEADLINE, PIECE, Channel

_AFTER_EXHAUSTION = 0.5
_log = structlog.get_logger(__name__)


class FourTuple(NamedTuple):
    """A TCP connection as the kernel knows it, seen from the server: whose it is can be asked by exactly this."""

    client: tuple[str, int]
    server: tuple[str, int]


Handler = Callable[[Channel], Awaitable[None]]
Admission = Callable[[FourTuple], AbstractAsyncContextManager[Handler]]
"""Decides at accept, before the handshake, whether a connection may go on: entering raises a ``Fault`` when not."""


async def serve(listener: socket.socket, context: ssl.SSLContext, admit: Admission, *, connections: int = 256) -> None:
    """Accept until cancelled. At most ``connections`` at once; the next ones wait in the kernel's queue."""
    listener.setblocking(False)
    loop = asyncio.get_running_loop()
    room = asyncio.Semaphore(connections)
    async with asyncio.TaskGroup() as group:
        while True:
            await room.acquire()
            try:
                accepted, _ = await loop.sock_accept(listener)
            except OSError as error:
                # Out of file descriptors, or a peer that left between: neither is a reason to stop serving.
                room.release()
                _log.warning("A connection could not be accepted.", error=str(error))
                await asyncio.sleep(_AFTER_EXHAUSTION)
                continue
            task = group.create_task(_connection(accepted, context, admit))
            task.add_done_callback(lambda _: room.release())


async def _connection(accepted: socket.socket, context: ssl.SSLContext, admit: Admission) -> None:
    try:
        four_tuple = FourTuple(accepted.getpeername()[:2], accepted.getsockname()[:2])
        async with admit(four_tuple) as handler:
            channel = await _handshake(accepted, context)
            try:
                await handler(channel)
            finally:
                await channel.close()
    except Fault as refused:
        _log.info("A local connection was not admitted.", code=refused.code, reason=refused.sentence)
    except (OSError, TimeoutError):
        pass  # the peer left, or never spoke TLS
    except Exception:  # what goes wrong with one connection ends no other
        _log.exception("A local connection failed by a mistake of ours.")
    finally:
        accepted.close()


async def _handshake(accepted: socket.socket, context: ssl.SSLContext) -> Channel:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=PIECE)
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, accepted, ssl=context, ssl_handshake_timeout=HANDSHAKE_DEADLINE
    )
    return Channel(reader, asyncio.StreamWriter(transport, protocol, reader, loop))
