"""Relay: takes transfers in, on its listeners and through tunnels."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping

from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.receiver import Receiver
from presswork.agent.relay.trust import Trust
from presswork.agent.spool import Spool
from presswork.core.clock import Clock
from presswork.net.relay import Octets
from presswork.protocols.ticket import TicketKind


class Relay:
    """All transfers that come in. One an agent, with however many listeners."""

    def __init__(
        self,
        spool: Spool,
        trust: Trust,
        receivers: Mapping[TicketKind, Receiver],
        *,
        clock: Clock,
        deadlines: RelayDeadlines = RelayDeadlines(),  # noqa: B008 - immutable
    ) -> None:
        """``receivers``: what this computer does for others now; it is looked at for each transfer."""
        self._spool = spool
        self._trust = trust
        self._receivers = receivers
        self._clock = clock
        self._deadlines = deadlines

    async def run(self) -> None:
        """Carry transfers out until cancelled; first what had GO before a restart is brought to its end."""
        raise NotImplementedError

    async def listen(self, listener: socket.socket, kinds: Collection[TicketKind]) -> None:
        """Accept until cancelled, for these kinds of tickets. While this computer is not enrolled nobody is let in."""
        raise NotImplementedError

    async def serve(self, octets: Octets, kinds: Collection[TicketKind]) -> None:
        """One stream that came another way, such as a tunnel through the server; until it is over. Raises nothing."""
        raise NotImplementedError
