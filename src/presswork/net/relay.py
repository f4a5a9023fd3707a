"""Connections of transfers: what carries the octets below TLS."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from presswork.protocols.control.route import PeerSpec


class Octets(Protocol):
    """A stream of octets to another computer, on which TLS is spoken: a TCP connection, or a tunnel through the server.

    One task receives, one sends. Keeps back no more than it must: who receives nothing stops the other end.
    """

    async def receive(self) -> bytes | memoryview:
        """What came, at most 1 MiB, good until the next call; empty at the end. Raises ``OSError``."""
        ...

    async def send(self, data: bytes | memoryview) -> None:
        """Until all of it is on its way. Raises ``OSError``; then the stream is of no more use."""
        ...

    def close(self) -> None:
        """At once; whoever waits gets ``OSError``, or the end."""
        ...


Dial = Callable[[PeerSpec], Awaitable[Octets]]
"""A stream to that computer. Raises ``OSError`` where there is none, also after a deadline of its own."""
