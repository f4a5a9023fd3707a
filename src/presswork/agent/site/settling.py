"""Jobs on their way to the site node are brought to one holder: the other computer says whose they are, or the server decides.

As long as nobody waits for a job, the other computer is asked until it answers. Where somebody does, and it does not answer in
time, the server is asked to undo the hand-over: either it has heard of the job from there already, or this computer holds the job
again under a higher number, and what is there never prints. That it was asked is on the disk before, for from then on an answer of
the other computer counts no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from presswork.agent.site.carrier import Carrier
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, Move, Phase
from presswork.agent.spool.recovery import LOST
from presswork.core.backoff import Backoff
from presswork.core.clock import Randomness
from presswork.core.errors import Fault, NotPossible, Unavailable
from presswork.printer.job import JobState
from presswork.protocols.control.route import HandOverReply, HandOverRequest, PeerSpec
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ticket import digest_of

FOR_RELEASE = "job-held-for-release"
_log = structlog.get_logger(__name__)


class Server(Protocol):
    """Who is to take a job over, and who has it; the link's."""

    async def hand_over(self, request: HandOverRequest) -> HandOverReply:
        """Raises ``ServerUnreachable``, ``ServerRefused``."""
        ...


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds between attempts."""

    first: float = 5
    slowest: float = 15 * 60
    nobody: float = 5 * 60
    """Until a job is asked for again that the server named nobody for, or that was taken back."""
    patience: float = 10
    """So long the other computer has for its answer while somebody waits for the job."""


class Settling:
    """``run`` asks until cancelled."""

    def __init__(
        self,
        spool: Spool,
        server: Server,
        carrier: Carrier,
        *,
        rests: Callable[[UUID], None],
        randomness: Randomness,
        waits: Waits,
    ) -> None:
        """``rests`` is told of a job that is about to be held here again because somebody waits for it."""
        self._spool = spool
        self._server = server
        self._carrier = carrier
        self._rests = rests
        self._randomness = randomness
        self._waits = waits
        self._wanted: set[UUID] = set()
        """Jobs that somebody waits for, until it was tried to settle them."""
        self._wishes: asyncio.Queue[UUID] = asyncio.Queue()
        self._moving = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._one_after_the_other())
            tasks.create_task(self._wanted_first())

    def look(self) -> None:
        """There is a job on its way, or it may be reached now."""
        self._moving.set()

    def wanted(self, job_id: UUID) -> None:
        """Somebody released or deleted that job: they are not kept waiting for the other computer."""
        if job_id not in self._wanted:
            self._wanted.add(job_id)
            self._wishes.put_nowait(job_id)

    async def _one_after_the_other(self) -> None:
        """Whatever is on its way is asked for until its holder is known, also after a restart."""
        backoff = Backoff(self._randomness, self._waits.slowest, self._waits.first)
        self._moving.set()
        while True:
            self._moving.clear()
            left = False
            for job in await self._spool.list(phases={Phase.MOVING}, limit=1000):
                try:
                    await self.settle(job.id)
                except Fault as fault:
                    left = True
                    _log.info("Whether a job was handed over is not known yet.", job=str(job.id), reason=fault.sentence)
            if not left:
                backoff.succeeded()
            with suppress(TimeoutError):
                async with asyncio.timeout(backoff.failed() if left else None):
                    await self._moving.wait()

    async def _wanted_first(self) -> None:
        """What somebody waits for is not kept waiting by a computer that does not answer, nor by other jobs.

        Once for each wish: an order that is open still comes again with the next exchange.
        """
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(self._wish(await self._wishes.get()))

    async def _wish(self, job_id: UUID) -> None:
        try:
            with suppress(Fault):  # the other loop goes on with it
                await self._settle_soon(job_id)
        finally:
            self._wanted.discard(job_id)

    async def _settle_soon(self, job_id: UUID) -> None:
        with suppress(Fault, TimeoutError):
            async with asyncio.timeout(self._waits.patience):
                await self.settle(job_id)
        job = await self._spool.get(job_id)
        if job.phase is not Phase.MOVING or job.move is None:
            return
        if not job.move.back:
            back = Change(move=job.move.model_copy(update={"back": True}))
            await self._spool.change(job_id, back, only_if={Phase.MOVING}, version=job.version)
        await self.settle(job_id)

    async def settle(self, job_id: UUID) -> None:
        """Bring a job that moves to one holder. Raises where that is not known yet."""
        job = await self._spool.get(job_id)
        if job.phase is not Phase.MOVING or job.move is None:
            return
        if job.move.back:
            change = await self._back(job, job.move)
        else:
            change = _moved(job.move) if await self._is_there(job, job.move) else _held_here()
        try:
            # An answer of the other computer counts only as long as nothing was asked of the server: it may come late.
            await self._spool.change(job_id, change, only_if={Phase.MOVING}, version=job.version)
        except NotPossible:
            job = await self._spool.get(job_id)
            if job.phase is Phase.MOVING and job.document_kept:
                raise
            if job.phase is Phase.MOVING:
                await self._spool.change(job_id, LOST, only_if={Phase.MOVING})
        if change.phase is None:
            raise Unavailable("The server does not know of this hand-over, so the other computer is asked on.")

    async def _back(self, job: Job, move: Move) -> Change:
        """What the server says of a hand-over that is to be undone. It says the same however often it is asked."""
        asked = HandOverRequest(job_id=job.id, digest=digest_of(()), begun=move.ticket_id, back=move.fence)
        reply = await self._server.hand_over(asked)
        if reply.fence is not None:
            self._rests(job.id)
            return _taken_back(move, reply.fence)
        if reply.moved:
            return _moved(move)
        return Change(move=move.model_copy(update={"back": False}))

    async def _is_there(self, job: Job, move: Move) -> bool:
        """Ask it; where it does not answer, ask the server first where it is by now."""
        try:
            return await self._carrier.commit(move)
        except Unavailable:
            digest = ""
            if job.document_kept:
                digest = digest_of(document.header.digest for document in await self._spool.sealed(job.id))
            asked = HandOverRequest(job_id=job.id, digest=digest or digest_of(()), begun=move.ticket_id)
            reply = await self._server.hand_over(asked)
            if reply.peer is None or reply.peer == move.peer or reply.peer.computer_id != move.peer.computer_id:
                raise
            return await self._carrier.commit(move.model_copy(update={"peer": reply.peer, "ticket": reply.ticket}))


def to(peer: PeerSpec) -> tuple[tuple[str, str], ...]:
    """What an entry of the story says of the other computer."""
    return (("computer", peer.name),)


def _moved(move: Move) -> Change:
    return Change(
        phase=Phase.ENDED,
        state=JobState.COMPLETED,
        state_reasons=("job-transferring",),
        event=JobEvent.MOVED,
        values=to(move.peer),
    )


def _taken_back(move: Move, fence: int) -> Change:
    return Change(
        phase=Phase.HELD,
        state=JobState.PENDING_HELD,
        state_reasons=(FOR_RELEASE,),
        event=JobEvent.TAKEN_BACK,
        values=to(move.peer),
        fence=fence,
        clear=frozenset({"move"}),
    )


def _held_here() -> Change:
    return Change(
        phase=Phase.HELD,
        state=JobState.PENDING_HELD,
        state_reasons=(FOR_RELEASE,),
        event=JobEvent.HELD,
        clear=frozenset({"move"}),
    )
