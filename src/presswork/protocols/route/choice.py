"""Which routes a job is tried by, in which order, and why the others are not.

``plan`` is asked again whenever something became known: an attempt failed, the server answered. It answers with what is
to be tried now, whether the server is to be asked after that, and for every route that is in neither why.

    the policy's order first; a route that the policy does not name is never tried
    what lately did not answer comes after what may, and is still tried before the job has to wait
    past acceptance nothing: what a device has taken an octet of is never sent by another way
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from presswork.protocols.control.route import ALL_ROUTES, RouteKind, RouteNotTaken, RouteReason

CONNECT: Final = 4.0
"""Seconds for a connection to each address of the printer, where there may be another way: two repetitions of TCP."""
CONNECT_AGAIN: Final = 1.5
"""The same for a printer that did not answer some time ago."""
CONNECT_ONLY: Final = 10.0
"""The same where there is no other way."""
UNTIL_GO: Final = 75.0
"""Seconds until another computer has looked at the printer and wants the document."""
UNTIL_GO_AGAIN: Final = 15.0
"""The same for one that did not answer the last time."""
IN_ALL: Final = 150.0
"""Seconds for all other computers of one attempt; who is left has its turn in the next one, before those that were silent."""
_TOO_SHORT: Final = 5.0
"""Seconds in which nobody could look at a printer."""


class Silence(StrEnum):
    """What is remembered of somebody who did not answer."""

    NONE = "none"
    LATELY = "lately"
    """Not long ago: others go first."""
    PAST = "past"
    """Long enough ago to try again, briefly."""


class Server(StrEnum):
    """How the question for candidates went."""

    NOT_ASKED = "not-asked"
    ANSWERED = "answered"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A computer that may take the job to its printer."""

    kind: RouteKind
    """Not ``direct``."""
    computer_id: UUID
    computer: str
    good_until: datetime
    """How long its ticket is, in the server's time."""
    silence: Silence = Silence.NONE
    before: RouteReason = "remembered"
    """Why it comes after others, where ``silence`` says so: what it was not for another job, or for this one, not long ago."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that is over. ``reason`` says why it brought nothing about; None: the device accepted the job by it."""

    kind: RouteKind
    reason: RouteReason | None
    candidate: Candidate | None = None
    """None of the direct route."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the choice depends on."""

    now: datetime
    """The server's time, as far as it is known."""
    order: tuple[RouteKind, ...] = ALL_ROUTES
    """The policy: what is allowed, the first first."""
    others: bool = True
    """Whether other computers can be used at all: not where nobody's tickets are believed."""
    has_address: bool = True
    """Whether the printer has an address that a computer can send to by itself."""
    silence: Silence = Silence.NONE
    """Of the printer, for this computer."""
    candidates: tuple[Candidate, ...] = ()
    """As the server named them, the likeliest first."""
    told: tuple[RouteNotTaken, ...] = ()
    """What it said of routes there are not."""
    server: Server = Server.NOT_ASKED
    tried: tuple[Tried, ...] = ()
    spent: float = 0
    """Seconds since the first other computer was tried."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """To be tried."""

    kind: RouteKind
    seconds: float
    """Direct: until each address has taken the connection; else until the other computer wants the document."""
    candidate: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes now."""

    attempts: tuple[Attempt, ...]
    """In this order, each only while nothing was accepted."""
    ask: bool
    """Whether the server is to be asked for candidates when these brought nothing about."""
    not_taken: tuple[RouteNotTaken, ...]
    """Every route, and every candidate, that is none of the attempts and did not take the job."""


def plan(facts: Facts) -> Plan:
    """The choice."""
    accepted = any(one.reason is None for one in facts.tried)
    possible = () if accepted else tuple(_possible(facts))
    ask = not accepted and facts.server is Server.NOT_ASKED and _may_use_others(facts)
    if ask:  # who could help is not known yet: up to there, and of what lately did not answer nothing
        attempts = tuple(one for one in possible if _before_asking(one, facts))
    else:
        # stable: what may answer in the policy's order, then in the same order what lately did not
        attempts = tuple(sorted(possible, key=lambda one: _silence(one, facts) is Silence.LATELY))
    return Plan(attempts, ask, tuple(_not_taken(facts, attempts, accepted)))


def _may_use_others(facts: Facts) -> bool:
    return facts.others and any(kind != "direct" for kind in facts.order)


def _possible(facts: Facts) -> Iterator[Attempt]:
    over = {(one.kind, one.candidate.computer_id if one.candidate else None) for one in facts.tried}
    candidates = [one for one in facts.candidates if facts.others and one.good_until > facts.now]
    for kind in facts.order:
        found = (None,) if kind == "direct" else tuple(one for one in candidates if one.kind == kind)
        for candidate in found:
            route = kind, None if candidate is None else candidate.computer_id
            if route in over or (candidate is None and not facts.has_address):
                continue
            over.add(route)
            if candidate is None:
                yield Attempt(kind, _connect(facts))
            elif not _is_late(facts):
                yield Attempt(kind, min(_until_go(candidate), IN_ALL - facts.spent), candidate)


def _connect(facts: Facts) -> float:
    if not _may_use_others(facts):
        return CONNECT_ONLY
    return CONNECT_AGAIN if facts.silence is Silence.PAST else CONNECT


def _is_late(facts: Facts) -> bool:
    return facts.spent > IN_ALL - _TOO_SHORT


def _until_go(candidate: Candidate) -> float:
    return UNTIL_GO if candidate.silence is Silence.NONE else UNTIL_GO_AGAIN


def _silence(attempt: Attempt, facts: Facts) -> Silence:
    return facts.silence if attempt.candidate is None else attempt.candidate.silence


def _before_asking(attempt: Attempt, facts: Facts) -> bool:
    return attempt.kind == facts.order[0] == "direct" and facts.silence is not Silence.LATELY


def _not_taken(facts: Facts, attempts: tuple[Attempt, ...], accepted: bool) -> Iterator[RouteNotTaken]:
    for kind in ALL_ROUTES:
        said = [*_of_tried(kind, facts), *_of_candidates(kind, facts, attempts, accepted)]
        yield from said
        taken = any(one.kind == kind and one.reason is None for one in facts.tried)
        if not said and not taken and not any(one.kind == kind for one in attempts):
            yield from _of_kind(kind, facts)


def _of_tried(kind: RouteKind, facts: Facts) -> Iterator[RouteNotTaken]:
    for one in facts.tried:
        if one.kind == kind and one.reason is not None:
            name = "" if one.candidate is None else one.candidate.computer
            yield RouteNotTaken(kind=kind, reason=one.reason, computer=name)


def _of_candidates(
    kind: RouteKind, facts: Facts, attempts: tuple[Attempt, ...], accepted: bool
) -> Iterator[RouteNotTaken]:
    """Those that are neither tried nor to be tried."""
    over = {one.candidate.computer_id for one in facts.tried if one.candidate and one.kind == kind}
    over |= {one.candidate.computer_id for one in attempts if one.candidate and one.kind == kind}
    for one in facts.candidates:
        if one.kind == kind and one.computer_id not in over:
            over.add(one.computer_id)
            yield RouteNotTaken(kind=kind, reason=_why_not(one, facts, accepted), computer=one.computer)


def _why_not(candidate: Candidate, facts: Facts, accepted: bool) -> RouteReason:
    if candidate.kind not in facts.order:
        return "policy"
    if not facts.others:
        return "not-set-up"
    if candidate.good_until <= facts.now:
        return "no-server"  # which alone could renew the ticket
    if accepted:
        return candidate.before if candidate.silence is Silence.LATELY else "not-needed"
    return "no-time" if _is_late(facts) else "not-needed"


def _comes_after(kind: RouteKind, facts: Facts) -> bool:
    """Whether the device accepted the job by a route that comes before this one."""
    taken = (one.kind for one in facts.tried if one.reason is None and one.kind in facts.order)
    return any(facts.order.index(one) < facts.order.index(kind) for one in taken)


def _of_kind(kind: RouteKind, facts: Facts) -> Iterator[RouteNotTaken]:
    """Of a route of which there is nothing to try."""
    if kind not in facts.order:
        yield RouteNotTaken(kind=kind, reason="policy")
    elif _comes_after(kind, facts):
        yield RouteNotTaken(kind=kind, reason="not-needed")
    elif kind == "direct":
        yield RouteNotTaken(kind=kind, reason=_why_not_direct(facts))
    elif not facts.others:
        yield RouteNotTaken(kind=kind, reason="not-set-up")
    elif told := [one for one in facts.told if one.kind == kind]:
        yield from told
    elif facts.server is Server.AWAY:
        yield RouteNotTaken(kind=kind, reason="no-server")
    else:
        reason: RouteReason = "nobody-there" if facts.server is Server.ANSWERED else "not-needed"
        yield RouteNotTaken(kind=kind, reason=reason)


def _why_not_direct(facts: Facts) -> RouteReason:
    if not facts.has_address:
        return "not-set-up"
    return "remembered" if facts.silence is Silence.LATELY else "not-needed"
