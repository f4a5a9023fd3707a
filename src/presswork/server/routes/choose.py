"""Who could take a job to its printer: the server's part of the choice, from facts only.

The holder tries what comes out of this in its own order (``protocols/route``); here is decided who comes into question
for each route, who of many is asked first, and why there is nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from presswork.protocols.control.route import RouteKind, RouteNotTaken, RouteReason
from presswork.server.computers import weight

MOST_RELAYS, MOST_REDIRECTORS, MOST_CLOUDS = 4, 2, 2
"""Candidates of each kind: eight in all."""
Carried = Literal["relay", "redirector", "cloud"]


@dataclass(frozen=True, slots=True)
class Other:
    """A computer that is online, and that is on the printer's network or reached the printer."""

    computer_id: UUID
    networks: frozenset[UUID] = frozenset()
    relays: bool = True
    """Whether its agent is of a release that carries jobs for others."""
    reachable: bool = True
    """Whether it told where its agent listens for them."""
    tunnels: bool = True
    """Whether it takes jobs through the server, too."""
    site_node: bool = False
    carrier: bool = False
    """Whether an administrator chose it to carry jobs of others."""
    in_vain: bool = False
    """Whether it tried to reach the printer lately and did not."""


@dataclass(frozen=True, slots=True)
class FarQueue:
    """A queue of an operating system behind which the printer is, as one of the printer's addresses says."""

    way: str
    """``redirector://<computer id>/<queue>``."""
    computer_id: UUID
    computer: str
    online: bool = True
    redirects: bool = True
    """Whether that is its duty, and its agent listens for it."""
    user: str | None = ""
    """What the job's owner is called there; None: nothing, so that nothing can be handed over for them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the choice depends on."""

    job_id: UUID
    holder_id: UUID
    policy: tuple[RouteKind, ...]
    has_address: bool = True
    """Whether the printer has an address that a computer can send to by itself."""
    placed: bool = True
    """Whether the printer's network is known, or a computer that reached the printer."""
    chosen: bool = False
    """Whether only those carry that an administrator chose."""
    documents: int = 1
    holder_networks: frozenset[UUID] = frozenset()
    holder_tunnels: bool = True
    others: Sequence[Other] = ()
    far_queues: Sequence[FarQueue] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """A computer that may take the job."""

    kind: Carried
    computer_id: UUID
    way: str = ""
    """Of ``redirector``: which of the printer's addresses."""
    user: str = ""
    """Of ``redirector``: whose job it is to be there."""
    in_vain: bool = False
    """As in ``Other``."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the holder is told."""

    picks: tuple[Pick, ...]
    """The likeliest first within each kind; the kinds in the order of the policy."""
    not_taken: tuple[RouteNotTaken, ...]
    """For each kind of which there is none, why."""


def choose(facts: Facts) -> Choice:
    """The choice. The same facts give the same one; of many computers another job gets others."""
    deciders: dict[Carried, Callable[[Facts], tuple[list[Pick], list[RouteNotTaken]]]] = {
        "relay": _relay,
        "redirector": _redirector,
        "cloud": _cloud,
    }
    picks: list[Pick] = []
    not_taken: list[RouteNotTaken] = []
    for kind in sorted(deciders, key=lambda one: facts.policy.index(one) if one in facts.policy else len(deciders)):
        if kind not in facts.policy:
            not_taken.append(RouteNotTaken(kind=kind, reason="policy"))
            continue
        found, reasons = deciders[kind](facts)
        picks += found
        not_taken += reasons
    return Choice(tuple(picks), tuple(not_taken[:16]))


def _relay(facts: Facts) -> tuple[list[Pick], list[RouteNotTaken]]:
    return _carried(facts, "relay", MOST_RELAYS, lambda other: other.reachable)


def _cloud(facts: Facts) -> tuple[list[Pick], list[RouteNotTaken]]:
    if not facts.holder_tunnels:
        return [], [RouteNotTaken(kind="cloud", reason="too-old")]
    return _carried(facts, "cloud", MOST_CLOUDS, lambda other: other.tunnels)


def _carried(
    facts: Facts, kind: Literal["relay", "cloud"], most: int, can: Callable[[Other], bool]
) -> tuple[list[Pick], list[RouteNotTaken]]:
    others = [other for other in facts.others if other.computer_id != facts.holder_id]
    able = [other for other in others if other.relays and can(other)]
    allowed = [other for other in able if other.site_node or other.carrier or not facts.chosen]
    if facts.has_address and allowed:
        likeliest = _likeliest(facts, allowed)[:most]
        return [Pick(kind, other.computer_id, in_vain=other.in_vain) for other in likeliest], []
    reason = "policy" if facts.has_address and able else _why_nobody(facts, others)
    return [], [RouteNotTaken(kind=kind, reason=reason)]


def _likeliest(facts: Facts, others: Iterable[Other]) -> list[Other]:
    """Who tried in vain comes last; who shares a network with the holder can surely be reached; a site node is always on.

    Among equals each job has its own order, so that not one computer carries all.
    """
    return sorted(
        others,
        key=lambda other: (
            other.in_vain,
            not other.networks & facts.holder_networks,
            not other.site_node,
            weight(facts.job_id, other.computer_id),
        ),
    )


def _why_nobody(facts: Facts, others: Sequence[Other]) -> RouteReason:
    if not facts.has_address:
        return "not-set-up"
    if not facts.placed:
        return "no-network"
    return "too-old" if others and not any(other.relays for other in others) else "nobody-there"


def _redirector(facts: Facts) -> tuple[list[Pick], list[RouteNotTaken]]:
    if not facts.far_queues:
        return [], [RouteNotTaken(kind="redirector", reason="not-set-up")]
    if facts.documents > 1:
        return [], [RouteNotTaken(kind="redirector", reason="one-document-only")]
    picks: list[Pick] = []
    reasons: list[RouteNotTaken] = []
    for queue in facts.far_queues:
        reason = next(_against(queue), None)
        if reason is not None:
            reasons.append(RouteNotTaken(kind="redirector", reason=reason, computer=queue.computer))
        elif len(picks) < MOST_REDIRECTORS:
            picks.append(Pick("redirector", queue.computer_id, queue.way, queue.user or ""))
    return picks, reasons


def _against(queue: FarQueue) -> Iterator[RouteReason]:
    if not queue.redirects:
        yield "not-set-up"
    if queue.user is None:
        yield "no-name-there"
    if not queue.online:
        yield "nobody-there"
