"""Who asks on 21339: the account the kernel names for the connection; only the spooler's may name another owner."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from presswork.agent.host.host import Peer, Peers, Spooler
from presswork.core.clock import Clock
from presswork.core.errors import Busy, Fault, NotSignedIn, Unavailable
from presswork.net.http_message import Connection, HttpRequest
from presswork.printer.job import Requester

_log = structlog.get_logger(__name__)
_PEER = "peer"
_LOOK_AGAIN = 30.0
"""Seconds for which the name of the spooler's account is taken as read."""


@dataclass(frozen=True, slots=True)
class _Spooler:
    account: str
    read_at: float


class Requesters:
    """Looks at accept, and again before acting: the kernel's answer at accept must still be its answer."""

    def __init__(self, peers: Peers, spooler: Spooler, clock: Clock, tasks: asyncio.TaskGroup) -> None:
        self._peers = peers
        self._spooler = spooler
        self._clock = clock
        self._tasks = tasks
        self._read: _Spooler | None = None

    def accept(self, connection: Connection) -> None:
        """A new connection: begin to ask who it is."""
        connection.memory[_PEER] = self._tasks.create_task(self._look(connection))

    async def identify(self, request: HttpRequest) -> Requester:
        """The requester of this request. Raises ``Busy`` where the kernel does not say who it is.

        Busy, for then cupsd tries again; at not-authenticated it would ask the person for a password nobody has.
        """
        try:
            peer = await self._peer(request.connection)
        except (NotSignedIn, Unavailable) as fault:
            raise Busy(fault.sentence) from fault
        names_owner = peer.account == await self._spoolers_account()
        # The spooler speaks for others, whoever it runs as: what it passes on is never an operator's word.
        return Requester(name=peer.account, may_name_owner=names_owner, operator=peer.uid == 0 and not names_owner)

    async def _peer(self, connection: Connection) -> Peer:
        task: asyncio.Task[Peer | Fault] = connection.memory[_PEER]
        peer = await asyncio.shield(task)
        if isinstance(peer, Fault):
            raise peer
        self._peers.confirm(peer, connection.sockname, connection.peername)
        return peer

    async def _look(self, connection: Connection) -> Peer | Fault:
        try:
            return await self._peers.peer_of(connection.sockname, connection.peername)
        except Fault as fault:
            return fault
        except Exception as error:  # what goes wrong with one connection ends no other
            if not isinstance(error, OSError):
                _log.exception("who connects cannot be found out, by a mistake of ours")
            return Unavailable("This computer cannot find out who prints. Try again in a moment.")

    async def _spoolers_account(self) -> str:
        now = self._clock.monotonic()
        if self._read is None or now - self._read.read_at > _LOOK_AGAIN:
            self._read = _Spooler(await self._spooler.account(), now)
        return self._read.account
