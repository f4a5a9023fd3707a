"""What a hand-over needs of the way to the other computer, and that way over the relay protocol."""

from __future__ import annotations

from typing import Protocol

from presswork.agent.delivery.way import Delivered, End, Errand, News, NotNow, NotTaken, Overtaken, Taken, Watched
from presswork.agent.relay.sender import Sender
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Move, Outcome, Phase
from presswork.core.errors import NotFound, Unavailable
from presswork.protocols.control.held import HeldJob
from presswork.protocols.control.timeline import JobEvent

STAGED = End(Outcome.HANDED_OVER, JobEvent.MOVING)
"""The end of a transfer that arrived whole: its holder's still, until it commits."""


class Carrier(Protocol):
    """Speaks with the next holder."""

    async def stage(self, move: Move, job: Job, held: HeldJob) -> None:
        """The job is there, whole and durably, and not that computer's yet. May be repeated, by another move.

        Raises ``Unavailable`` where the computer does not answer or has no room; ``TicketRefused`` where it does not take
        this job; ``Distrusted`` where another computer answers.
        """
        ...

    async def commit(self, move: Move) -> bool:
        """Whether it is that computer's from now on; False: it is not, and never will be by this move. May be repeated.

        Raises a ``Fault`` where that is not known.
        """
        ...


class RelayCarrier:
    """See ``Carrier``."""

    def __init__(self, spool: Spool, sender: Sender) -> None:
        self._spool = spool
        self._sender = sender

    async def stage(self, move: Move, job: Job, held: HeldJob) -> None:
        """See ``Carrier``. GO costs nothing here: the job stays its holder's, whatever becomes of the transfer."""

        async def mark(_: int | None) -> None:
            try:
                now = await self._spool.get(job.id)
            except NotFound:
                raise Overtaken from None
            if (now.phase, now.version) != (Phase.HELD, job.version):
                raise Overtaken

        async def pages() -> int | None:
            return job.pages

        errand = Errand(
            job=job,
            read=lambda: self._spool.read(job.id),
            mark=mark,
            sent=lambda _: None,
            tell=_heard,
            pages=pages,
            by=lambda *_: None,
        )
        try:
            delivered = await self._sender.send(move.peer, move.ticket, errand, held=held)
            end = await _end_of(delivered)
        except (NotNow, NotTaken, Overtaken) as error:
            raise Unavailable("The document was not taken now, or was released meanwhile.") from error
        if (end.outcome, end.event) != (STAGED.outcome, STAGED.event):
            raise Unavailable(
                f"{move.peer.name} could not keep the document: {end.message or 'the transfer broke off'}"
            )

    async def commit(self, move: Move) -> bool:
        """See ``Carrier``."""
        return await self._sender.commit(move.peer, move.ticket, move.secret)


async def _end_of(delivered: Delivered) -> End:
    match delivered:
        case End():
            return delivered
        case Watched():
            try:
                return await delivered.watch(_heard)
            finally:
                delivered.drop()
        case Taken():
            return End.unknown(JobEvent.BROKEN_OFF)  # no device is followed here


async def _heard(_: News) -> None:
    """No device has it."""
