"""Sender: a job of this computer to another one, and what became of it there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from presswork.agent.delivery.way import Delivered, Errand, Watched
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.trust import Trust
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job
from presswork.core.clock import Clock, Randomness
from presswork.net.relay import Octets
from presswork.protocols.control.route import PeerSpec

DialThroughServer = Callable[[PeerSpec, str], Awaitable[Octets]]
"""A stream to that computer for the transfer of that ticket. Raises ``OSError`` where there is none, also after a deadline."""


class Sender:
    """Sends transfers, and follows them to their ends. One an agent."""

    def __init__(
        self,
        spool: Spool,
        trust: Trust,
        *,
        clock: Clock,
        randomness: Randomness,
        tunnel: DialThroughServer | None = None,
        deadlines: RelayDeadlines = RelayDeadlines(),  # noqa: B008 - immutable
    ) -> None:
        """``tunnel`` makes streams through the server; None: there are none. Others are TCP, to the peer's addresses in turn."""
        self._spool = spool
        self._trust = trust
        self._clock = clock
        self._randomness = randomness
        self._tunnel = tunnel
        self._deadlines = deadlines

    async def send(self, to: PeerSpec, ticket: str, errand: Errand, *, through_server: bool = False) -> Delivered:
        """As ``Way.deliver``: up to GO it raises, and everything may be tried again; from there on it answers.

        The documents are those of ``errand.job`` in the spool, as they lie there; ``errand.read`` is not used. ``errand.mark``
        is called once, when the receiver asks GO; who was given it is remembered before, durably. Then it answers an
        ``End``, or a ``Watched`` as soon as all of it was sent.

        Raises ``Unavailable`` where the computer does not answer, declines for want of room or breaks off before GO, and
        its kind ``PrinterUnreachable`` where the printer does not answer there; ``Distrusted`` (its kind
        ``TicketRefused`` where the ticket is not taken); ``NotNow``, ``NotTaken``, ``Overtaken`` as ways do.
        """
        raise NotImplementedError

    async def take_up(self, job: Job) -> Watched | None:
        """After a restart: the watch over a job in ``SENDING`` that somebody was given GO for; None where nobody was.

        Answers at once; the watch asks that computer for the end, and sends on where it wants chunks still.
        """
        raise NotImplementedError

    async def cancel(self, job: Job) -> bool:
        """Have whoever was given GO give the job up. False where nobody was. Raises ``NotPossible``, ``Unavailable``."""
        raise NotImplementedError

    def close(self) -> None:
        """Drop the connections that are open still; the transfers go on where they are."""
        raise NotImplementedError
