"""LocalServer: accepts on 21338, asks the kernel who it is, limits each account."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from presswork.agent.host.host import Peers
from presswork.agent.local.certificate import try_to_renew
from presswork.agent.local.services import Services
from presswork.agent.local.session import serve_session
from presswork.core.errors import TooMany
from presswork.net.control import Channel
from presswork.net.control_server import FourTuple, Handler, serve

CONNECTIONS_PER_ACCOUNT = 16
_CERTIFICATE_CHECK = 24 * 3600.0


class LocalServer:
    """The client control service of this computer."""

    def __init__(
        self,
        services: Services,
        peers: Peers,
        *,
        listener: socket.socket,
        context: ssl.SSLContext,
        directory: Path,
    ) -> None:
        """``listener`` is bound to loopback; ``context`` is ``control_context(directory, …)``: clients find its certificate."""
        self._services = services
        self._peers = peers
        self._listener = listener
        self._context = context
        self._directory = directory
        self._open: Counter[int] = Counter()

    async def run(self) -> None:
        """Serve until cancelled."""
        now = self._services.clock.now
        async with asyncio.TaskGroup() as group:
            group.create_task(serve(self._listener, self._context, self._admit))
            while True:
                await asyncio.sleep(_CERTIFICATE_CHECK)
                await asyncio.to_thread(try_to_renew, self._directory, self._context, now())

    @asynccontextmanager
    async def _admit(self, four_tuple: FourTuple) -> AsyncIterator[Handler]:
        sockname, peername = four_tuple.server, four_tuple.client
        peer = await self._peers.peer_of(sockname, peername)
        if self._open[peer.uid] >= CONNECTIONS_PER_ACCOUNT:
            raise TooMany(f"{peer.account} has {CONNECTIONS_PER_ACCOUNT} connections open already.")

        def confirm() -> None:
            self._peers.confirm(peer, sockname, peername)

        async def handle(channel: Channel) -> None:
            await serve_session(self._services, peer.account, confirm, channel)

        self._open[peer.uid] += 1
        try:
            yield handle
        finally:
            self._open[peer.uid] -= 1
            if not self._open[peer.uid]:
                del self._open[peer.uid]
