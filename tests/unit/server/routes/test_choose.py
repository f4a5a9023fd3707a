"""Who comes into question for a job, as a table of facts."""

from __future__ import annotations

import dataclasses
from collections import Counter
from uuid import UUID

import pytest

from presswork.protocols.control.route import ALL_ROUTES, RouteNotTaken
from presswork.server.routes.choose import Choice, Facts, FarQueue, Other, choose

JOB, HOLDER = UUID(int=1), UUID(int=2)
HALL, LAB = UUID(int=11), UUID(int=12)
FACTS = Facts(job_id=JOB, holder_id=HOLDER, policy=ALL_ROUTES)


def _pc(number: int, **facts: object) -> Other:
    return dataclasses.replace(Other(UUID(int=100 + number)), **facts)  # type: ignore[arg-type]


def _far(number: int = 1, **facts: object) -> FarQueue:
    computer = UUID(int=200 + number)
    made = FarQueue(way=f"redirector://{computer}/Labels", computer_id=computer, computer="server", user="ada")
    return dataclasses.replace(made, **facts)  # type: ignore[arg-type]


def _choose(**facts: object) -> Choice:
    return choose(dataclasses.replace(FACTS, **facts))  # type: ignore[arg-type]


def _of(choice: Choice, kind: str) -> list[int]:
    return [pick.computer_id.int for pick in choice.picks if pick.kind == kind]


@pytest.mark.parametrize(
    ("facts", "kind", "reason"),
    [
        ({}, "relay", "nobody-there"),
        ({"placed": False}, "relay", "no-network"),
        ({"has_address": False, "others": [_pc(1)]}, "relay", "not-set-up"),
        ({"others": [_pc(1, relays=False)]}, "relay", "too-old"),
        ({"others": [_pc(1, relays=False), _pc(2, reachable=False)]}, "relay", "nobody-there"),
        ({"others": [Other(HOLDER)]}, "relay", "nobody-there"),
        ({"others": [_pc(1)], "policy": ("direct", "cloud")}, "relay", "policy"),
        ({"others": [_pc(1)], "holder_tunnels": False}, "cloud", "too-old"),
        ({"others": [_pc(1, tunnels=False)]}, "cloud", "nobody-there"),
        ({"others": [_pc(1)], "policy": ("direct",)}, "cloud", "policy"),
        ({"others": [_pc(1)], "has_address": False}, "cloud", "not-set-up"),
        ({"others": [_pc(1)], "chosen": True}, "relay", "policy"),
        ({"others": [_pc(1)], "chosen": True}, "cloud", "policy"),
        ({"others": [_pc(1, reachable=False)], "chosen": True}, "relay", "nobody-there"),
        ({}, "redirector", "not-set-up"),
        ({"far_queues": [_far()], "policy": ("direct",)}, "redirector", "policy"),
        ({"far_queues": [_far()], "documents": 2}, "redirector", "one-document-only"),
        ({"far_queues": [_far(online=False)]}, "redirector", "nobody-there"),
        ({"far_queues": [_far(redirects=False, online=False)]}, "redirector", "not-set-up"),
        ({"far_queues": [_far(user=None)]}, "redirector", "no-name-there"),
    ],
)
def test_why_there_is_nobody(facts: dict[str, object], kind: str, reason: str) -> None:
    choice = _choose(**facts)
    assert _of(choice, kind) == []
    assert [one.reason for one in choice.not_taken if one.kind == kind] == [reason]


def test_somebody_on_the_network_carries_it_and_through_the_server_too() -> None:
    choice = _choose(others=[_pc(1)])
    assert [(pick.kind, pick.computer_id.int) for pick in choice.picks] == [("relay", 101), ("cloud", 101)]
    assert choice.not_taken == (RouteNotTaken(kind="redirector", reason="not-set-up"),)


def test_where_carriers_are_chosen_nobody_else_carries() -> None:
    choice = _choose(others=[_pc(1), _pc(2, carrier=True), _pc(3, site_node=True)], chosen=True)
    assert _of(choice, "relay") == _of(choice, "cloud") == [103, 102]


@pytest.mark.parametrize(
    ("policy", "kinds"),
    [
        (ALL_ROUTES, ["relay", "redirector", "cloud"]),
        (("cloud", "redirector", "direct", "relay"), ["cloud", "redirector", "relay"]),
        (("redirector",), ["redirector"]),
        (("direct",), []),
    ],
)
def test_the_kinds_come_in_the_order_of_the_policy(policy: tuple[str, ...], kinds: list[str]) -> None:
    choice = _choose(others=[_pc(1)], far_queues=[_far()], policy=policy)
    assert [pick.kind for pick in choice.picks] == kinds
    assert {one.kind for one in choice.not_taken} == {"relay", "redirector", "cloud"} - set(kinds)


def test_who_shares_a_network_goes_first_then_site_nodes_and_who_tried_in_vain_last() -> None:
    others = [
        _pc(1, networks=frozenset({HALL})),
        _pc(2, networks=frozenset({HALL}), site_node=True),
        _pc(3, networks=frozenset({HALL, LAB})),
        _pc(4, networks=frozenset({HALL, LAB}), site_node=True, in_vain=True),
    ]
    choice = _choose(others=others, holder_networks=frozenset({LAB}))
    assert _of(choice, "relay") == [103, 102, 101, 104]
    assert [pick.in_vain for pick in choice.picks if pick.kind == "relay"] == [False, False, False, True]


def test_of_many_so_many_are_named_and_each_job_names_others() -> None:
    others = [_pc(number) for number in range(20)]
    firsts: Counter[int] = Counter()
    for job in range(400):
        choice = _choose(job_id=UUID(int=job), others=others, far_queues=[_far(number) for number in range(9)])
        assert Counter(pick.kind for pick in choice.picks) == {"relay": 4, "redirector": 2, "cloud": 2}
        assert choice == _choose(
            job_id=UUID(int=job), others=others[::-1], far_queues=[_far(number) for number in range(9)]
        )
        firsts[_of(choice, "relay")[0]] += 1
    assert len(firsts) == 20
    assert max(firsts.values()) < 60


def test_of_several_queues_those_that_can_take_it() -> None:
    queues = [_far(1, online=False), _far(2, user="lovelace"), _far(3, user=None)]
    choice = _choose(far_queues=queues)
    (pick,) = [one for one in choice.picks if one.kind == "redirector"]
    assert (pick.computer_id, pick.user, pick.way) == (queues[1].computer_id, "lovelace", queues[1].way)
    reasons = [one.reason for one in choice.not_taken if one.kind == "redirector"]
    assert reasons == ["nobody-there", "no-name-there"]


def test_a_queue_of_the_holder_itself_is_one_too() -> None:
    choice = _choose(far_queues=[_far(1, computer_id=HOLDER)])
    assert _of(choice, "redirector") == [HOLDER.int]


def test_what_is_said_is_bounded() -> None:
    choice = _choose(far_queues=[_far(number, online=False) for number in range(50)])
    assert len(choice.not_taken) <= 16
