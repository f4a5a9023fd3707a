"""Accepts connections of LPR and RAW: from where they may come, so many at once and from one address."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import structlog

from presswork.agent.redirector.inward import address_of

CONNECTIONS: Final = 64
"""At once, at one port; further ones wait in the kernel's queue."""
FROM_ONE: Final = 16
"""At once from one address; further ones are closed."""
_AFTER_EXHAUSTION = 0.5
_BUFFER = 256 * 1024
_log = structlog.get_logger(__name__)

Receive = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]
"""One connection, to its end; False: it is to be seen that it did not end well. Raises nothing of which one knows."""


class Streams:
    """One port."""

    def __init__(self, may_come: Callable[[Any], bool], receive: Receive) -> None:
        """``may_come`` is asked with the peer's name at accept, before anything is read."""
        self._may_come = may_come
        self._receive = receive
        self._sources: Counter[object] = Counter()

    async def serve(self, listeners: tuple[socket.socket, ...]) -> None:
        """Accept until cancelled; what is under way is broken off then."""
        room = asyncio.Semaphore(CONNECTIONS)
        async with asyncio.TaskGroup() as group:
            for listener in listeners:
                listener.setblocking(False)
                group.create_task(self._accept(listener, room, group))

    async def _accept(self, listener: socket.socket, room: asyncio.Semaphore, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await room.acquire()
            try:
                accepted, peername = await loop.sock_accept(listener)
            except OSError as error:
                room.release()
                _log.warning("a connection could not be accepted", error=str(error))
                await asyncio.sleep(_AFTER_EXHAUSTION)
                continue
            except BaseException:
                room.release()
                raise
            source = address_of(peername)
            if not self._may_come(peername) or self._sources[source] >= FROM_ONE:
                _log.info("a connection is not let in", source=str(source), open=self._sources[source])
                _reset(accepted)
                room.release()
                continue
            self._sources[source] += 1
            task = group.create_task(self._connection(accepted))
            task.add_done_callback(lambda _, source=source: self._over(source, room))  # type: ignore[misc]

    def _over(self, source: object, room: asyncio.Semaphore) -> None:
        room.release()
        self._sources[source] -= 1
        if not self._sources[source]:
            del self._sources[source]

    async def _connection(self, accepted: socket.socket) -> None:
        well = False
        writer: asyncio.StreamWriter | None = None
        try:
            reader, writer = await asyncio.open_connection(sock=accepted, limit=_BUFFER)
            well = await self._receive(reader, writer)
            if well:
                writer.close()
                await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError):  # TimeoutError is one
            _log.info("a connection broke off")
        except Exception:  # what goes wrong with one connection ends no other
            _log.exception("a connection of a legacy system failed by a mistake of ours")
        finally:
            if not well:
                if writer is None:
                    _reset(accepted)
                else:
                    _linger_not(accepted)
                    writer.transport.abort()


def _reset(connection: socket.socket) -> None:
    _linger_not(connection)
    connection.close()


def _linger_not(connection: socket.socket) -> None:
    """Closing resets it: RAW has no other way to say that a job was not taken."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
