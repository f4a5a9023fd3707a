"""Router: brings a job to its printer by the first route that goes, and says why the others did not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from presswork.agent.delivery.routes import Direct, NoRoute
from presswork.agent.delivery.way import Delivered, Errand, Overtaken, Watched
from presswork.agent.delivery.ways import addresses
from presswork.agent.route import memory
from presswork.agent.route.attempts import Carrier, Failed, Trials
from presswork.agent.route.memory import Reachability
from presswork.agent.route.tickets import Answer, Offer, Tickets
from presswork.agent.spool.job import Job
from presswork.core.errors import Gone, NotFound
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.route import PeerSpec, RouteCandidate, RouteNotTaken, RouteRequest
from presswork.protocols.control.route_words import Without, values_of
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.route import Attempt, Candidate, Facts, Plan, Tried, plan

Digest = Callable[[Job], Awaitable[str]]
"""``protocols.ticket.digest_of`` the job's documents."""
Near = Callable[[PeerSpec], PeerSpec | None]
"""The same computer with the addresses first at which it answers on a LAN of this one; None: it is on none.
``agent.discovery.Neighbours.near`` is it."""


@dataclass(slots=True)
class Course:
    """How far the routes of one job are known."""

    spec: PrinterSpec
    answer: Answer = field(default_factory=Answer)
    tried: tuple[Tried, ...] = ()
    problem: Exception | None = None
    others_since: float | None = None
    """When the first other computer was tried, in the loop's time."""


class Router:
    """See ``delivery.routes.Routes``."""

    def __init__(
        self,
        carrier: Carrier,
        tickets: Tickets,
        reach: Reachability,
        *,
        state: Callable[[], DesiredState],
        digest: Digest,
        near: Near,
        server_now: Callable[[], datetime],
    ) -> None:
        """``state``: the desired state, with the policy."""
        self._carrier = carrier
        self._tickets = tickets
        self._reach = reach
        self._state = state
        self._digest = digest
        self._near = near
        self._server_now = server_now
        self._trials = Trials(carrier, reach, lambda job: tickets.used(job.id))

    async def deliver(self, errand: Errand, spec: PrinterSpec, direct: Direct) -> Delivered:
        """See ``Routes``. Raises ``NoRoute`` when nothing was accepted by any."""
        course = Course(spec)
        while True:
            found = self._plan(course)
            if found.attempts:
                first = found.attempts[0]
                result = await self._attempt(first, errand, course, direct)
                if not isinstance(result, Failed):
                    return result
                course.tried = (*course.tried, Tried(first.kind, result.reason, first.candidate))
                course.problem = result.problem
            elif found.ask:
                try:
                    await self._ask(course, errand.job, len(errand.documents) or 1)
                except (Gone, NotFound):  # it was deleted meanwhile
                    raise Overtaken from None
            else:
                raise NoRoute(tuple(map(_without, found.not_taken))) from course.problem

    async def take_up(self, job: Job) -> Watched | None:
        """See ``Routes``."""
        watched = await self._carrier.take_up(job)
        return None if watched is None else replace(watched, alone=False)

    async def cancel(self, job: Job) -> bool:
        """See ``Routes``."""
        return await self._carrier.cancel(job)

    async def foresee(self, job: Job, spec: PrinterSpec) -> Plan:
        """What would be tried if the job were sent now; nothing is sent."""
        course = Course(spec)
        if self._plan(course).ask:
            await self._ask(course, job, job.documents)
        return self._plan(course)

    def _plan(self, course: Course) -> Plan:
        state = self._state()
        return plan(
            Facts(
                self._server_now(),
                order=state.routes,
                others=bool(state.ticket_certificate),
                has_address=bool(addresses(course.spec)),
                silence=self._reach.of(memory.printer(course.spec.printer_id)),
                candidates=tuple(
                    self._candidate(course, offer.candidate, offer.good_until) for offer in course.answer.offers
                ),
                told=course.answer.told,
                server=course.answer.server,
                tried=course.tried,
                spent=0 if course.others_since is None else _now() - course.others_since,
            )
        )

    async def _ask(self, course: Course, job: Job, documents: int) -> None:
        request = RouteRequest(
            job_id=job.id, printer_id=course.spec.printer_id, digest=await self._digest(job), documents=documents
        )
        answer = await self._tickets.ask(request)
        course.answer = replace(answer, offers=_near_first(answer.offers, self._near))

    async def _attempt(self, first: Attempt, errand: Errand, course: Course, direct: Direct) -> Delivered | Failed:
        candidate = first.candidate
        taken = replace(course, tried=(*course.tried, Tried(first.kind, None, candidate)))
        name = "" if candidate is None else candidate.computer
        errand.routed(values_of(first.kind, name, map(_without, self._plan(taken).not_taken)))
        if candidate is None:
            return await self._trials.direct(errand, course.spec, direct, first.seconds)
        if course.others_since is None:
            course.others_since = _now()
        return await self._trials.through(errand, course.spec, _offered(course, candidate), first.seconds)

    def _candidate(self, course: Course, offered: RouteCandidate, good_until: datetime) -> Candidate:
        kind, computer_id = offered.kind, offered.peer.computer_id
        there = memory.printer_through(kind, computer_id, course.spec.printer_id)
        names = memory.peer(kind, computer_id), there
        silence, before = self._reach.of(*names), self._reach.reason(*names)
        return Candidate(kind, computer_id, offered.peer.name, good_until, silence, before)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _offered(course: Course, candidate: Candidate) -> RouteCandidate:
    """The candidate as the server named it."""
    wanted = candidate.kind, candidate.computer_id
    offered = (offer.candidate for offer in course.answer.offers)
    return next(one for one in offered if (one.kind, one.peer.computer_id) == wanted)


def _near_first(offers: Iterable[Offer], near: Near) -> tuple[Offer, ...]:
    """As the server ordered them, but those that are on the LAN before the others, unless they tried in vain lately."""
    found = []
    for offer in offers:
        peer = near(offer.candidate.peer)
        nearer = offer if peer is None else _at(offer, peer)
        found.append((peer is None or offer.candidate.in_vain, nearer))
    return tuple(offer for _, offer in sorted(found, key=lambda one: one[0]))


def _at(offer: Offer, peer: PeerSpec) -> Offer:
    return replace(offer, candidate=offer.candidate.model_copy(update={"peer": peer}))


def _without(one: RouteNotTaken) -> Without:
    return Without(one.kind, one.reason, one.computer)
