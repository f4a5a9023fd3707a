"""The choice of the route: by table, and by what must hold whatever the facts are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from presswork.protocols.control.route import ALL_ROUTES, RouteKind, RouteNotTaken, RouteReason
from presswork.protocols.route import Attempt, Candidate, Facts, Plan, Server, Silence, Tried, plan
from presswork.protocols.route.choice import CONNECT, CONNECT_AGAIN, CONNECT_ONLY, IN_ALL, UNTIL_GO, UNTIL_GO_AGAIN

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOON, BEFORE = NOW + timedelta(hours=1), NOW - timedelta(seconds=1)
PC, NAS = (
    Candidate("relay", UUID(int=1), "PC-7", SOON),
    Candidate("relay", UUID(int=2), "NAS", SOON),
)
CLOUD = Candidate("cloud", UUID(int=1), "PC-7", SOON)
ASKED = Facts(NOW, server=Server.ANSWERED, candidates=(PC, NAS, CLOUD))
NO_ANSWER = Tried("direct", "no-answer")


def said(facts: Facts) -> tuple[list[str], bool, list[str]]:
    """What is tried, whether the server is asked then, and why the others are not tried."""
    found = plan(facts)
    return (
        [f"{one.kind} {one.candidate.computer}" if one.candidate else one.kind for one in found.attempts],
        found.ask,
        [f"{one.kind} {one.reason} {one.computer}".rstrip() for one in found.not_taken],
    )


UNNEEDED = ["relay not-needed", "redirector not-needed", "cloud not-needed"]


@pytest.mark.parametrize(
    ("facts", "attempts", "ask", "not_taken"),
    [
        (Facts(NOW), ["direct"], True, UNNEEDED),
        (Facts(NOW, tried=(Tried("direct", None),)), [], False, UNNEEDED),
        (Facts(NOW, tried=(NO_ANSWER,)), [], True, ["direct no-answer", *UNNEEDED]),
        (Facts(NOW, silence=Silence.LATELY), [], True, ["direct remembered", *UNNEEDED]),
        (Facts(NOW, silence=Silence.PAST), ["direct"], True, UNNEEDED),
        (Facts(NOW, has_address=False), [], True, ["direct not-set-up", *UNNEEDED]),
        (
            Facts(NOW, order=("direct",)),
            ["direct"],
            False,
            ["relay policy", "redirector policy", "cloud policy"],
        ),
        (Facts(NOW, others=False), ["direct"], False, [f"{kind} not-set-up" for kind in ALL_ROUTES[1:]]),
        (
            Facts(NOW, order=("relay", "direct")),
            [],
            True,
            ["direct not-needed", "relay not-needed", "redirector policy", "cloud policy"],
        ),
        (Facts(NOW, order=()), [], False, [f"{kind} policy" for kind in ALL_ROUTES]),
        (
            replace(ASKED, tried=(NO_ANSWER,)),
            ["relay PC-7", "relay NAS", "cloud PC-7"],
            False,
            ["direct no-answer", "redirector nobody-there"],
        ),
        (
            replace(ASKED, tried=(NO_ANSWER, Tried("relay", "nobody-there", PC), Tried("relay", None, NAS))),
            [],
            False,
            ["direct no-answer", "relay nobody-there PC-7", "redirector not-needed", "cloud not-needed PC-7"],
        ),
        (
            replace(
                ASKED,
                tried=(NO_ANSWER, Tried("relay", None, NAS)),
                candidates=(replace(PC, silence=Silence.LATELY, before="busy"), NAS, CLOUD),
            ),
            [],
            False,
            ["direct no-answer", "relay busy PC-7", "redirector not-needed", "cloud not-needed PC-7"],
        ),
        (
            replace(ASKED, order=("relay", "direct"), tried=(Tried("relay", "busy", PC),), spent=146),
            ["direct"],
            False,
            ["relay busy PC-7", "relay no-time NAS", "redirector policy", "cloud policy PC-7"],
        ),
        (
            replace(ASKED, silence=Silence.LATELY),
            ["relay PC-7", "relay NAS", "cloud PC-7", "direct"],
            False,
            ["redirector nobody-there"],
        ),
        (
            replace(ASKED, tried=(NO_ANSWER,), candidates=(replace(PC, silence=Silence.LATELY), NAS, CLOUD)),
            ["relay NAS", "cloud PC-7", "relay PC-7"],
            False,
            ["direct no-answer", "redirector nobody-there"],
        ),
        (
            replace(ASKED, order=("cloud", "direct"), silence=Silence.PAST),
            ["cloud PC-7", "direct"],
            False,
            ["relay policy PC-7", "relay policy NAS", "redirector policy"],
        ),
        (
            Facts(NOW, server=Server.AWAY, tried=(NO_ANSWER,), candidates=(PC, replace(NAS, good_until=BEFORE))),
            ["relay PC-7"],
            False,
            ["direct no-answer", "relay no-server NAS", "redirector no-server", "cloud no-server"],
        ),
        (
            Facts(
                NOW,
                server=Server.ANSWERED,
                tried=(NO_ANSWER,),
                told=(
                    RouteNotTaken(kind="relay", reason="no-network"),
                    RouteNotTaken(kind="redirector", reason="not-set-up"),
                    RouteNotTaken(kind="cloud", reason="too-old", computer="PC-7"),
                ),
            ),
            [],
            False,
            ["direct no-answer", "relay no-network", "redirector not-set-up", "cloud too-old PC-7"],
        ),
    ],
)
def test_what_is_known_decides(facts: Facts, attempts: list[str], ask: bool, not_taken: list[str]) -> None:
    assert said(facts) == (attempts, ask, not_taken)


def test_how_long_is_waited() -> None:
    assert plan(Facts(NOW)).attempts == (Attempt("direct", CONNECT),)
    assert plan(Facts(NOW, silence=Silence.PAST)).attempts == (Attempt("direct", CONNECT_AGAIN),)
    assert plan(Facts(NOW, order=("direct",))).attempts == (Attempt("direct", CONNECT_ONLY),)
    assert plan(replace(ASKED, tried=(NO_ANSWER,))).attempts[0] == Attempt("relay", UNTIL_GO, PC)
    again = replace(PC, silence=Silence.LATELY)
    assert plan(replace(ASKED, candidates=(again,), tried=(NO_ANSWER,))).attempts == (
        Attempt("relay", UNTIL_GO_AGAIN, again),
    )
    late = plan(replace(ASKED, tried=(NO_ANSWER,), spent=IN_ALL - 20)).attempts
    assert [one.seconds for one in late] == [20, 20, 20]


KINDS: tuple[RouteKind, ...] = ALL_ROUTES
REASONS: tuple[RouteReason, ...] = get_args(RouteReason)
_ids = some.integers(1, 3).map(lambda number: UUID(int=number))
_candidates = some.builds(
    Candidate,
    some.sampled_from(KINDS[1:]),
    _ids,
    some.sampled_from(["PC-7", "NAS", ""]),
    some.sampled_from([BEFORE, NOW, SOON]),
    some.sampled_from(Silence),
)
_not_taken = some.builds(RouteNotTaken, kind=some.sampled_from(KINDS[1:]), reason=some.sampled_from(REASONS))
_tried = some.one_of(
    some.builds(Tried, some.just("direct"), some.sampled_from(REASONS)),
    _candidates.flatmap(
        lambda one: some.builds(Tried, some.just(one.kind), some.sampled_from(REASONS), some.just(one))
    ),
)
_facts = some.builds(
    Facts,
    some.just(NOW),
    some.lists(some.sampled_from(KINDS), max_size=4).map(tuple),
    some.booleans(),
    some.booleans(),
    some.sampled_from(Silence),
    some.lists(_candidates, max_size=5).map(tuple),
    some.lists(_not_taken, max_size=3).map(tuple),
    some.sampled_from(Server),
    some.lists(_tried, max_size=4).map(tuple),
    some.sampled_from([0.0, 100.0, 146.0, 1000.0]),
)


@given(_facts, some.data())
def test_whatever_is_known(facts: Facts, data: some.DataObject) -> None:
    found = plan(facts)
    tried = {(one.kind, one.candidate and one.candidate.computer_id) for one in facts.tried}
    for attempt in found.attempts:
        assert attempt.kind in facts.order, "the policy is obeyed"
        assert attempt.candidate is None or attempt.candidate.good_until > NOW, "nobody is shown a ticket that is over"
        assert (attempt.candidate is None) is (attempt.kind == "direct")
        assert facts.has_address if attempt.kind == "direct" else facts.others
        assert attempt.seconds > 0
        assert (attempt.kind, attempt.candidate and attempt.candidate.computer_id) not in tried, "nothing twice"
    pairs = [(one.kind, one.candidate and one.candidate.computer_id) for one in found.attempts]
    assert len(pairs) == len(set(pairs)), "nothing twice"
    assert_every_route_is_accounted_for(facts, found)
    assert not (found.ask and facts.server is not Server.NOT_ASKED), "the server is asked once"
    if facts.tried:
        which = data.draw(some.integers(0, len(facts.tried) - 1))
        accepted = replace(facts.tried[which], reason=None)
        after = plan(replace(facts, tried=(*facts.tried[:which], accepted)))
        assert (after.attempts, after.ask) == ((), False), "past acceptance nothing"
        assert_every_route_is_accounted_for(replace(facts, tried=(*facts.tried[:which], accepted)), after)


def assert_every_route_is_accounted_for(facts: Facts, found: Plan) -> None:
    attempted = {one.kind for one in found.attempts}
    explained = {one.kind for one in found.not_taken}
    taken = {one.kind for one in facts.tried if one.reason is None}
    assert attempted | explained | taken == set(ALL_ROUTES)
    for one in facts.candidates:
        by_name = {(kind.kind, kind.computer) for kind in found.not_taken}
        ids = {(it.kind, it.candidate.computer_id) for it in found.attempts if it.candidate} | {
            (it.kind, it.candidate.computer_id) for it in facts.tried if it.candidate
        }
        same = {(other.kind, other.computer) for other in facts.candidates if other.computer_id == one.computer_id}
        assert (one.kind, one.computer_id) in ids or by_name & same


@given(_facts)
def test_it_comes_to_an_end(facts: Facts) -> None:
    """However long nothing helps: each round tries something new or asks once."""
    for _ in range(20):
        found = plan(facts)
        if found.attempts:
            first = found.attempts[0]
            facts = replace(facts, tried=(*facts.tried, Tried(first.kind, "no-answer", first.candidate)))
        elif found.ask:
            facts = replace(facts, server=Server.ANSWERED)
        else:
            return
    pytest.fail("it goes on for ever")
