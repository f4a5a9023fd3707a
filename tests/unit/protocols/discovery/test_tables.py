from __future__ import annotations

import math
from dataclasses import replace
from ipaddress import IPv4Address
from uuid import UUID

from presswork.protocols.discovery.choice import rank_of
from presswork.protocols.discovery.entry import NO_ROLE, Entry, Role
from presswork.protocols.discovery.packets import Beacon, Challenge
from presswork.protocols.discovery.schedule import GONE, LONGEST_INTERVAL, SHORTEST
from presswork.protocols.discovery.tables import (
    GRACE,
    MOST_ASKED,
    MOST_HEARD,
    MOST_PEERS,
    PATIENCE,
    TRIES,
    Asked,
    Census,
    Heard,
    Peer,
    Peers,
    Question,
    worth,
)

HOME = IPv4Address("192.0.2.1")
BEACON = Beacon(b"b" * 8, 1, 30, 21335, 0, b"")


def entry(number: int, roles: Role = NO_ROLE) -> Entry:
    return Entry(UUID(int=1), UUID(int=number), bytes(32), 1000, roles)


def peer(number: int, roles: Role = NO_ROLE, *, beacon: Beacon = BEACON, at: float = 0.0) -> Peer:
    return Peer(entry(number, roles), HOME, 21337, beacon, at, counter=5)


def question(number: int, nonce: int) -> Question:
    challenge = Challenge(UUID(int=number), b"b" * 8, nonce.to_bytes(16, "big"), HOME)
    return Question(challenge, entry(number), BEACON, HOME, 21337, 0.0)


def test_site_nodes_then_redirectors_then_the_lowest_ranks_are_worth_most() -> None:
    numbers = sorted(range(50), key=lambda number: rank_of(UUID(int=number)))
    last = UUID(int=numbers[-1])
    assert worth(last, Role.SITE_NODE) < worth(last, Role.REDIRECTOR) < worth(UUID(int=numbers[0]), NO_ROLE)
    assert [worth(UUID(int=one), NO_ROLE) for one in numbers] == sorted(
        worth(UUID(int=one), NO_ROLE) for one in numbers
    )


def test_peers_are_bounded_and_the_ones_that_count_are_kept() -> None:
    peers = Peers()
    for number in range(MOST_PEERS * 2):
        peers.put(peer(number, Role.SITE_NODE if number == 3 else NO_ROLE))
        assert len(peers) <= MOST_PEERS
    kept = {one.entry.computer_id for one in peers}
    best = sorted((UUID(int=number) for number in range(MOST_PEERS * 2) if number != 3), key=rank_of)
    assert kept == {UUID(int=3), *best[: MOST_PEERS - 1]}
    assert peers.would_keep(UUID(int=999), Role.SITE_NODE)
    assert not peers.would_keep(best[-1], NO_ROLE)


def test_a_peer_is_gone_after_some_intervals_and_with_its_entry() -> None:
    peers = Peers()
    peers.put(peer(1))
    peers.forget(GONE * SHORTEST, 0, 1000)
    assert len(peers) == 1
    peers.forget(GONE * SHORTEST + 1, 0, 1000)
    assert [one.place for one in peers.silent(GONE * SHORTEST + 1, 0)] == [(UUID(int=1), HOME)]
    peers.forget(GONE * SHORTEST + GRACE + 1, 0, 1000)
    assert len(peers) == 0
    peers.put(peer(1))
    peers.forget(0.0, 0, 1001)
    assert len(peers) == 0


def test_where_many_are_one_is_waited_for_longer() -> None:
    peers = Peers()
    peers.put(peer(1))
    peers.forget(GONE * SHORTEST + GRACE + 1, 4000, 0)
    assert len(peers) == 1


def test_nobody_is_believed_that_they_come_once_a_day() -> None:
    peers = Peers()
    peers.put(peer(1, beacon=replace(BEACON, interval=65535)))
    peers.forget(GONE * LONGEST_INTERVAL + GRACE + 1, 0, 0)
    assert len(peers) == 0


def test_of_one_computer_one_boot_is_kept() -> None:
    peers = Peers()
    peers.put(peer(1))
    peers.put(peer(2))
    peers.drop_others(UUID(int=1), b"c" * 8)
    assert [one.entry.computer_id for one in peers] == [UUID(int=2)]


def test_the_census_is_bounded_and_forgets() -> None:
    census = Census()
    for number in range(MOST_HEARD + 10):
        census.put(Heard(entry(number), b"", 30, 0.0))
    assert len(census) == MOST_HEARD
    census.put(Heard(entry(5), b"", 31, 0.0))
    found = census.get(UUID(int=5))
    assert found is not None
    assert found.interval == 31
    assert census.get(UUID(int=MOST_HEARD + 5)) is None
    census.forget(1e6)
    assert len(census) == 0


def test_open_questions_are_bounded_and_given_up() -> None:
    asked = Asked()
    assert all(asked.put(question(number, number)) for number in range(MOST_ASKED))
    assert not asked.put(question(999, 999))
    assert asked.put(question(5, 1000))
    assert asked.get((5).to_bytes(16, "big")) is None
    assert len(asked) == MOST_ASKED
    now = 0.0
    for _ in range(TRIES + 1):
        for one in asked.due(now):
            if one.tries == TRIES:
                asked.drop(one)
            one.tries += 1
            one.due = now + PATIENCE
        asked.look_again(now)
        assert asked.next_due > now
        now += PATIENCE
    assert len(asked) == 0
    assert asked.next_due == math.inf
    assert asked.about((UUID(int=5), HOME)) is None
