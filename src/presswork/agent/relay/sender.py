"""Sender: a job of this computer to another one, and what became of it there."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from presswork.agent.delivery.way import Delivered, End, Errand, Overtaken, Tell, Watched
from presswork.agent.relay.consignment import Around, Consignment
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.line_out import LineOut, connected
from presswork.agent.relay.trust import Trust
from presswork.agent.relay.wire import end_of, offer_of, problem
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Phase
from presswork.agent.spool.sealed import SealedDocument
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Fault, Gone, NotFound, NotPossible, Unavailable
from presswork.net.relay import Octets, dial_by_tcp
from presswork.protocols.control.base import Word
from presswork.protocols.control.held import HeldJob
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.relay.messages import Cancel, Canceled, Commit, Committed, Declined, Ended, Offer

DialThroughServer = Callable[[PeerSpec, str], Awaitable[Octets]]
"""A stream to that computer for the transfer of that ticket. Raises ``OSError`` where there is none, also after a deadline."""
_KEY: Final = "gone-by-relay "
_REMEMBERED: Final = 60.0
"""Seconds an end is remembered here: until then whoever asked for it has written it down."""
_log = structlog.get_logger(__name__)


class _Given(Word):
    """Who was given GO, and for what."""

    to: PeerSpec
    through_server: bool = False
    offer: Offer
    end: Ended | None = None


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
        self._dial = dial_by_tcp(deadlines.connect)
        self._over: deque[tuple[float, UUID]] = deque()
        self._open: dict[UUID, Consignment] = {}
        """Of each job the one that is open."""

    async def load(self) -> None:
        """Before anything is sent after a start: forget whom GO was to be given for jobs that got no mark."""
        unneeded = []
        for key in await self._spool.recall_all(_KEY):
            try:
                job = await self._spool.get(UUID(key.removeprefix(_KEY)))
            except (NotFound, ValueError):
                unneeded.append(key)
            else:
                if job.phase is not Phase.SENDING:
                    unneeded.append(key)
        await self._spool.forget(unneeded)

    async def send(
        self,
        to: PeerSpec,
        ticket: str,
        errand: Errand,
        *,
        through_server: bool = False,
        held: HeldJob | None = None,
    ) -> Delivered:
        """As ``Way.deliver``: up to GO it raises, and everything may be tried again; from there on it answers.

        The documents are those of ``errand.job`` in the spool, as they lie there; ``errand.read`` is not used. ``errand.mark``
        is called once, when the receiver asks GO; who was given it is remembered before, durably. Then it answers an
        ``End``, or a ``Watched`` as soon as all of it was sent. ``held``: of a job that is handed over, all of it.

        Raises ``Unavailable`` where the computer does not answer, declines for want of room or breaks off before GO, and
        its kind ``PrinterUnreachable`` where the printer does not answer there; ``Distrusted`` (its kind
        ``TicketRefused`` where the ticket is not taken); ``NotNow``, ``NotTaken``, ``Overtaken`` as ways do.
        """
        await self._forget_over()
        try:
            documents = await self._spool.sealed(errand.job.id)
        except (Gone, NotFound):
            raise Overtaken from None
        offer = Offer(ticket=ticket, job=offer_of(errand.job, documents), held=held)
        given = _Given(to=to, through_server=through_server, offer=offer)
        consignment = self._opened(given, errand, documents)
        try:
            end = await consignment.until("taken")
        except BaseException:
            self._drop(errand.job.id, consignment)
            raise
        if end is not None:
            self._drop(errand.job.id, consignment)
            return end
        answered = consignment.taken is not None and consignment.taken.answered
        return self._watched(errand.job.id, consignment, answered=answered)

    def _opened(
        self, given: _Given, errand: Errand | None = None, documents: Sequence[SealedDocument] | None = None
    ) -> Consignment:
        """In the place of one that a delivery left which failed."""
        job_id = given.offer.job.job_id
        if (earlier := self._open.get(job_id)) is not None:
            earlier.close()
        self._open[job_id] = self._consignment(given, errand, documents)
        return self._open[job_id]

    def _watched(self, job_id: UUID, consignment: Consignment, *, answered: bool = False) -> Watched:
        async def watch(tell: Tell) -> End:
            try:
                return await consignment.watch(tell)
            finally:
                drop()

        drop = partial(self._drop, job_id, consignment)
        return Watched(watch, answered=answered, alone=False, drop=drop)

    def _drop(self, job_id: UUID, consignment: Consignment) -> None:
        consignment.close()
        if self._open.get(job_id) is consignment:
            del self._open[job_id]

    async def take_up(self, job: Job) -> Watched | None:
        """After a restart: the watch over a job in ``SENDING`` that somebody was given GO for; None where nobody was.

        Answers at once; the watch asks that computer for the end, and sends on where it wants chunks still.
        """
        given = await self._given(job.id)
        if given is None:
            return None
        if given.end is not None:
            return Watched(partial(_known, end_of(given.end)), alone=False)
        offer = given.offer.model_copy(update={"gone": True})
        return self._watched(job.id, self._opened(given.model_copy(update={"offer": offer})))

    async def cancel(self, job: Job) -> bool:
        """Have whoever was given GO give the job up. False where nobody was. Raises ``NotPossible``, ``Unavailable``."""
        given = await self._given(job.id)
        if given is None or given.end is not None:
            return False
        line = await self._connect(given)
        try:
            async with asyncio.timeout(self._deadlines.decide):
                await line.say(Cancel(ticket=given.offer.ticket))
                answer = await line.hear()
        except TimeoutError:
            raise Unavailable(f"{given.to.name} does not answer.") from None
        finally:
            line.close()
        if isinstance(answer, Declined):
            raise NotPossible(str(problem(answer)))
        if isinstance(answer, Canceled) and not answer.done:
            raise NotPossible(answer.sentence or "This printer cannot be told to stop. Cancel the job at the printer.")
        if (consignment := self._open.get(job.id)) is not None:
            consignment.ask()
        return True

    async def commit(self, to: PeerSpec, ticket: str, secret: str) -> bool:
        """A job that was sent with ``held`` is that computer's now; False: it is not there, and never will be by this ticket.

        Raises ``Unavailable`` or another fault where that is not known; it may be asked again.
        """
        line = await connected(to, partial(self._dial, to), self._trust, self._deadlines)
        try:
            async with asyncio.timeout(self._deadlines.decide):
                await line.say(Commit(ticket=ticket, secret=secret))
                answer = await line.hear()
        except TimeoutError:
            raise Unavailable(f"{to.name} does not answer.") from None
        finally:
            line.close()
        if isinstance(answer, Declined) and isinstance(fault := problem(answer), Fault):
            raise fault
        if not isinstance(answer, Committed):
            raise Unavailable(f"{to.name} does not say whether it has the job.")
        return answer.done

    def close(self) -> None:
        """Drop the connections that are open still; the transfers go on where they are."""
        for consignment in self._open.values():
            consignment.close()
        self._open.clear()

    def _consignment(
        self, given: _Given, errand: Errand | None, documents: Sequence[SealedDocument] | None
    ) -> Consignment:
        job_id = given.offer.job.job_id

        async def sealed() -> Sequence[SealedDocument]:
            return documents if documents is not None else await self._spool.sealed(job_id)

        # What is handed over stays this computer's until it commits: a transfer that breaks off is no question left open.
        kept_here = given.offer.held is not None

        async def gone() -> None:
            if not kept_here:
                await self._remember(given)

        async def ended(end: Ended) -> None:
            if not kept_here:
                await self._remember(given.model_copy(update={"end": end}))
                self._over.append((self._clock.monotonic(), job_id))

        around = Around(
            connect=partial(self._connect, given),
            documents=sealed,
            given=gone,
            ended=ended,
            randomness=self._randomness,
            deadlines=self._deadlines,
            follow=self._deadlines.follow_by_tunnel if given.through_server else self._deadlines.follow,
        )
        return Consignment(given.offer, errand, around)

    async def _connect(self, given: _Given) -> LineOut:
        return await connected(given.to, partial(self._octets, given), self._trust, self._deadlines)

    async def _octets(self, given: _Given) -> Octets:
        if not given.through_server:
            return await self._dial(given.to)
        if self._tunnel is None:
            raise OSError("There is no connection to the server.")
        return await self._tunnel(given.to, given.offer.ticket)

    async def _given(self, job_id: UUID) -> _Given | None:
        text = await self._spool.recall(f"{_KEY}{job_id}")
        try:
            return None if text is None else _Given.model_validate_json(text)
        except ValidationError:
            _log.warning("to whom a job was given cannot be read", job=str(job_id))
            return None

    async def _remember(self, given: _Given) -> None:
        await self._spool.remember(f"{_KEY}{given.offer.job.job_id}", given.model_dump_json(exclude_defaults=True))

    async def _forget_over(self) -> None:
        """What was over a while ago."""
        unneeded = []
        while self._over and self._over[0][0] + _REMEMBERED < self._clock.monotonic():
            unneeded.append(f"{_KEY}{self._over.popleft()[1]}")
        if unneeded:
            with suppress(Fault):  # what is kept for longer does no harm
                await self._spool.forget(unneeded)


async def _known(end: End, tell: Tell) -> End:
    """An end that was known before the restart."""
    return end
