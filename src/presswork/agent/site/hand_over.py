"""This computer's held jobs go to the site node, each in two steps: there whole, then there's.

Up to the commit in between (``_commit``) the job is held here as ever, and a release or a deletion goes before. From then on
it is not this computer's any more until that is certain (``settling.py``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import structlog

from presswork.agent.desired import Desired
from presswork.agent.link.requests import ServerRefused
from presswork.agent.site.carrier import Carrier
from presswork.agent.site.settling import FOR_RELEASE, Server, Settling, Waits, to
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, Move, Phase
from presswork.agent.spool.moves import described
from presswork.core.backoff import Backoff
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Distrusted, Fault, NotPossible, Unavailable
from presswork.protocols.control.route import HandOverRequest
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.ticket import Ticket, TicketRefused, digest_of

ASKED_FIRST = timedelta(minutes=1)
"""So long a job of a queue that asks its sender stays: the answer is mostly to print it now."""
_REFUSED_AGAIN = 3600.0
"""Seconds until a job is offered again that the other computer did not want."""
TOGETHER = 3
"""Jobs that are carried over at the same time, so that a large one does not hold up a small one while the lid closes."""
_AT_ONCE = 200
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    """When a job is to be tried."""

    at: float
    """The clock's monotonic seconds."""
    size: int = 0
    """Octets of its documents."""
    obstacles: int = 0
    """How often something stood in its way that may stand in the way of all."""


class HandOver:
    """``run`` hands over until cancelled."""

    def __init__(
        self,
        spool: Spool,
        desired: Desired,
        server: Server,
        carrier: Carrier,
        *,
        read_ticket: Callable[[str], Awaitable[Ticket]],
        counted: Callable[[UUID], Awaitable[None]],
        clock: Clock,
        randomness: Randomness,
        waits: Waits = Waits(),  # noqa: B008 - immutable
    ) -> None:
        """``read_ticket`` opens a ticket of the server; ``counted`` returns when a job's pages are counted."""
        self._spool = spool
        self._desired = desired
        self._server = server
        self._carrier = carrier
        self._read_ticket = read_ticket
        self._counted = counted
        self._clock = clock
        self._randomness = randomness
        self._waits = waits
        self._due: dict[UUID, _Due] = {}
        """Held jobs, and when each is to be tried."""
        self._busy: set[UUID] = set()
        """Those that are being tried at this moment …"""
        self._going: dict[UUID, tuple[Job, asyncio.Timeout]] = {}
        """… and, while one is being carried over, how it was then, and what ends that."""
        self._obstacle = 0.0
        """Seconds that all wait from now on, because of what one met."""
        self._settling = Settling(spool, server, carrier, rests=self._rest, randomness=randomness, waits=waits)
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        async with self._spool.subscribe() as news, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_desired())
            tasks.create_task(self._settling.run())
            tasks.create_task(self._hand_over_all())
            while True:
                job = await news.get_job()
                if job is None:
                    await self._look_at_all()
                else:
                    self._look_at(job)

    def wanted(self, job_id: UUID) -> None:
        """Somebody released or deleted that job, and it is on its way: they are not kept waiting for the other computer."""
        self._settling.wanted(job_id)

    def _rest(self, job_id: UUID) -> None:
        self._due[job_id] = _Due(self._clock.monotonic() + self._waits.nobody)

    async def _follow_desired(self) -> None:
        """Another network may have another site node, or one at last: everything is tried again at once."""
        while True:
            seen = self._desired.generation
            self._due.clear()
            await self._look_at_all()
            self._settling.look()
            await self._desired.changed(seen)

    async def _look_at_all(self) -> None:
        if self._desired.state.site_node is None:
            return
        before: UUID | None = None
        while page := await self._spool.list(phases={Phase.HELD}, limit=_AT_ONCE, before=before, newest_first=False):
            for job in page:
                self._look_at(job)
            before = page[-1].id

    def _look_at(self, job: Job) -> None:
        going = self._going.get(job.id)
        if going is not None and going[0].version != job.version:
            # released, deleted: no use in carrying it over
            going[1].reschedule(asyncio.get_running_loop().time())
        if job.phase is Phase.MOVING:
            self._settling.look()
        elif self._goes(job):
            self._due.setdefault(job.id, _Due(self._clock.monotonic() + self._still_asked(job), job.size))
            self._wake.set()

    def _goes(self, job: Job) -> bool:
        """Whether it waits for nothing but its release, and there is somebody to hold it meanwhile."""
        queue = self._desired.queue_by_id(job.queue_id)
        return (
            job.phase is Phase.HELD
            and job.state_reasons == (FOR_RELEASE,)
            and job.user_id is not None
            and job.origin is None
            and self._desired.state.site_node is not None
            and queue is not None
            and queue.mode == "hold"
        )

    def _still_asked(self, job: Job) -> float:
        queue = self._desired.queue_by_id(job.queue_id)
        if queue is None or not queue.ask:
            return 0
        return max(0.0, (ASKED_FIRST - (self._clock.now() - job.created_at)).total_seconds())

    async def _hand_over_all(self) -> None:
        """A few at a time. What stands in the way of one may stand in the way of all: then they wait, and others go first."""
        backoff = Backoff(self._randomness, self._waits.slowest, self._waits.first)
        room = asyncio.Semaphore(TOGETHER)

        async def one(job_id: UUID, due: _Due) -> None:
            try:
                await self._try(job_id, due, backoff)
            finally:
                self._busy.discard(job_id)
                self._wake.set()
                room.release()

        async with asyncio.TaskGroup() as tasks:
            while True:
                await room.acquire()
                job_id, due = await self._next()
                self._busy.add(job_id)
                tasks.create_task(one(job_id, due))

    async def _next(self) -> tuple[UUID, _Due]:
        """Of those whose time has come the smallest; those that met an obstacle come after those that did not."""
        while True:
            if self._obstacle:
                await self._pause(self._obstacle)
                self._obstacle = 0.0
            self._wake.clear()
            now = self._clock.monotonic()
            free = {job_id: due for job_id, due in self._due.items() if job_id not in self._busy}
            ready = [job_id for job_id, due in free.items() if due.at <= now]
            if ready:
                job_id = min(ready, key=lambda one: (free[one].obstacles, free[one].size))
                return job_id, self._due.pop(job_id)  # it comes again when it changes meanwhile
            await self._until_woken(min(due.at for due in free.values()) - now if free else None)

    async def _try(self, job_id: UUID, due: _Due, backoff: Backoff) -> None:
        def again(seconds: float, obstacles: int = 0) -> None:
            self._due[job_id] = _Due(self._clock.monotonic() + seconds, due.size, obstacles)

        try:
            await self._hand_over(job_id)
        except TicketRefused as refusal:
            again(self._waits.slowest)
            _log.info("A held job stays here; the other computer does not take it.", reason=refusal.sentence)
        except (Unavailable, Distrusted, ServerRefused) as obstacle:
            _log.info("A held job stays here for now; its hand-over is tried again.", reason=str(obstacle))
            again(0, due.obstacles + 1)
            self._obstacle = self._obstacle or backoff.failed()
        except _NobodyThere:
            again(self._waits.nobody)
        except Fault as fault:
            again(_REFUSED_AGAIN)
            _log.warning("A held job stays here.", job=str(job_id), code=fault.code, reason=fault.sentence)
        else:
            backoff.succeeded()

    async def _hand_over(self, job_id: UUID) -> None:
        """The job is at the site node when this returns, or goes no more."""
        await self._counted(job_id)  # what changes later would have to be said again
        job = await self._spool.get(job_id)
        if not self._goes(job):
            return
        documents = await self._spool.sealed(job.id)
        digest = digest_of(document.header.digest for document in documents)
        secret = self._randomness(32)
        asked = HandOverRequest(job_id=job.id, digest=digest, commitment=sha256(secret).hexdigest())
        reply = await self._server.hand_over(asked)
        if reply.peer is None:
            raise _NobodyThere
        ticket = await self._read_ticket(reply.ticket)
        move = Move(
            ticket_id=ticket.ticket_id,
            peer=reply.peer,
            fence=ticket.fence,
            ticket=reply.ticket,
            secret=secret.hex(),
        )
        story = await self._spool.story(job.id)
        last = story.timeline[-1].sequence if story.timeline else 0
        entry = TimelineEntry(
            sequence=last + 1, at=self._clock.now(), event=JobEvent.MOVING, values=dict(to(reply.peer))
        )
        held = described(story, await self._spool.documents(job.id), job.queue_id, entry)
        try:
            async with asyncio.timeout(None) as until_changed:
                self._going[job.id] = (story.job, until_changed)
                await self._carrier.stage(move, story.job, held)
        except TimeoutError:
            return
        finally:
            self._going.pop(job.id, None)
        if await self._commit(story.job, move):
            with suppress(Fault):  # it is asked again
                await self._settling.settle(job.id)

    async def _commit(self, job: Job, move: Move) -> bool:
        """From here on the other computer may hold it. False: it was released, deleted or changed first."""
        change = Change(phase=Phase.MOVING, event=JobEvent.MOVING, values=to(move.peer), move=move)
        try:
            await self._spool.change(job.id, change, only_if={Phase.HELD}, version=job.version)
        except NotPossible:
            self._look_at(await self._spool.get(job.id))
            return False
        return True

    async def _pause(self, seconds: float) -> None:
        """Until then, or until the desired state is another."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._desired.changed(self._desired.generation)

    async def _until_woken(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()


class _NobodyThere(Exception):
    """The server names nobody for this job now."""
