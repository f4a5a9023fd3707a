"""The one decision: who sees a queue, and where it stands."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.server.queues.sight import (
    Because,
    ComputerFacts,
    PersonFacts,
    QueueFacts,
    Reason,
    Standing,
    default_queue,
    sight,
    standing,
)

QUEUE, OTHER = UUID(int=1), UUID(int=2)
STAFF, BOARD = UUID(int=11), UUID(int=12)
BERLIN, PARIS = UUID(int=21), UUID(int=22)
ADA = PersonFacts(UUID(int=31), groups=frozenset({STAFF}), added=frozenset({QUEUE}))
BOB = PersonFacts(UUID(int=32), groups=frozenset({BOARD}))


def _queue(*, groups: set[UUID] | None = None, networks: set[UUID] | None = None, automatic: bool = True) -> QueueFacts:
    return QueueFacts(QUEUE, automatic, frozenset(groups or ()), frozenset(networks or ()))


@pytest.mark.parametrize(
    ("queue", "person", "networks", "seen", "reasons"),
    [
        (_queue(), ADA, set(), (True, True), ["everybody", "everywhere", "automatic"]),
        (_queue(), None, set(), (True, True), ["everybody", "everywhere", "automatic"]),
        (_queue(groups={STAFF, BOARD}), ADA, set(), (True, True), ["in-group", "everywhere", "automatic"]),
        (_queue(groups={BOARD}), ADA, set(), (False, False), ["in-no-group", "everywhere"]),
        (_queue(groups={BOARD}), None, set(), (False, False), ["nobody-signed-in", "everywhere"]),
        (_queue(networks={BERLIN}), ADA, {BERLIN, PARIS}, (True, True), ["everybody", "on-network", "automatic"]),
        (_queue(networks={BERLIN}), ADA, {PARIS}, (False, False), ["everybody", "on-no-network"]),
        (_queue(networks={BERLIN}), ADA, set(), (False, False), ["everybody", "on-no-network"]),
        (_queue(groups={STAFF}, networks={BERLIN}), ADA, {PARIS}, (False, False), ["in-group", "on-no-network"]),
        (_queue(automatic=False), ADA, set(), (True, True), ["everybody", "everywhere", "added"]),
        (_queue(automatic=False), BOB, set(), (True, False), ["everybody", "everywhere", "not-added"]),
        (_queue(automatic=False, groups={BOARD}), ADA, set(), (False, False), ["in-no-group", "everywhere"]),
    ],
)
def test_groups_networks_and_wishes_decide(
    queue: QueueFacts, person: PersonFacts | None, networks: set[UUID], seen: tuple[bool, bool], reasons: list[str]
) -> None:
    found = sight(queue, person, frozenset(networks))
    assert (found.visible, found.stands) == seen
    assert [reason.because for reason in found.reasons] == reasons


def test_reasons_name_what_they_are_about() -> None:
    found = sight(_queue(groups={STAFF, BOARD}, networks={BERLIN}), ADA, frozenset({PARIS}))
    assert found.reasons == (
        Reason(Because.IN_GROUP, frozenset({STAFF})),
        Reason(Because.ON_NO_NETWORK, frozenset({BERLIN})),
    )


def test_a_queue_stands_where_one_of_several_people_may_see_it_and_takes_theirs_only() -> None:
    computer = ComputerFacts(people={"ada": ADA, "bob": BOB, "eve": ADA})
    assert standing(_queue(), computer) == Standing(QUEUE, None)
    assert standing(_queue(groups={STAFF}), computer) == Standing(QUEUE, ("ada", "eve"))
    assert standing(_queue(groups={BOARD}), computer) == Standing(QUEUE, ("bob",))
    assert standing(_queue(groups={OTHER}), computer) is None
    assert standing(_queue(networks={BERLIN}), computer) is None


def test_a_queue_that_one_person_added_is_for_all_who_may_see_it() -> None:
    computer = ComputerFacts(people={"ada": ADA, "bob": BOB})
    assert standing(_queue(automatic=False), computer) == Standing(QUEUE, None)
    assert standing(_queue(automatic=False), ComputerFacts(people={"bob": BOB})) is None
    assert standing(_queue(automatic=False), ComputerFacts()) is None


def test_the_default_is_the_first_wish_that_stands() -> None:
    assert default_queue([OTHER, QUEUE], [QUEUE]) == QUEUE
    assert default_queue([OTHER, QUEUE], [QUEUE, OTHER]) == OTHER
    assert default_queue([OTHER], [QUEUE]) is None


_KEYS = st.frozensets(st.sampled_from([STAFF, BOARD, BERLIN, PARIS]))
_PEOPLE = st.builds(PersonFacts, st.just(UUID(int=9)), _KEYS, st.frozensets(st.sampled_from([QUEUE, OTHER])))


@given(
    st.builds(QueueFacts, st.just(QUEUE), st.booleans(), _KEYS, _KEYS),
    st.dictionaries(st.sampled_from("abc"), _PEOPLE),
    _KEYS,
)
def test_where_it_stands_and_what_is_explained_are_one(
    queue: QueueFacts, people: dict[str, PersonFacts], networks: frozenset[UUID]
) -> None:
    found = standing(queue, ComputerFacts(networks, people))
    each = {account: sight(queue, person, networks) for account, person in people.items()}
    if any(one.stands for one in each.values()):
        assert found is not None
    for account, one in each.items():
        assert one.stands <= one.visible
        assert one.stands == (not any(reason.against for reason in one.reasons))
        if found is not None:
            assert (found.accounts is None or account in found.accounts) == one.visible
