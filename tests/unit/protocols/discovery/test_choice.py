from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Network, IPv6Network
from uuid import UUID

from presswork.protocols.discovery.choice import chosen, first_of, rank_of

LAN = IPv4Network("192.0.2.0/24")
ALL = [UUID(int=number) for number in range(20)]


def test_nobody_is_nobody() -> None:
    assert chosen(LAN, "watch", []) is None


def test_it_depends_on_who_is_here_and_not_on_the_order() -> None:
    assert chosen(LAN, "watch", ALL) == chosen(LAN, "watch", reversed(ALL))


def test_where_one_goes_away_only_its_chores_move() -> None:
    chores = [f"chore {number}" for number in range(200)]
    before = {chore: chosen(LAN, chore, ALL) for chore in chores}
    gone = ALL[3]
    for chore in chores:
        now = chosen(LAN, chore, [one for one in ALL if one != gone])
        assert now == before[chore] or before[chore] == gone


def test_where_one_comes_it_takes_its_share_and_nothing_else_moves() -> None:
    chores = [f"chore {number}" for number in range(400)]
    comer = UUID(int=99)
    moved = 0
    for chore in chores:
        before, after = chosen(LAN, chore, ALL), chosen(LAN, chore, [*ALL, comer])
        assert after in (before, comer)
        moved += after == comer
    assert moved < 400 * 3 / 21


def test_chores_and_networks_are_spread() -> None:
    by_chore = Counter(chosen(LAN, f"chore {number}", ALL) for number in range(1000))
    assert len(by_chore) == 20
    assert max(by_chore.values()) < 100
    networks = [IPv6Network((number << 64, 64)) for number in range(100)]
    assert len({chosen(network, "watch", ALL) for network in networks}) > 10


def test_ranks_are_all_different() -> None:
    assert len({rank_of(one) for one in ALL}) == 20


def test_the_first_of_some_is_the_chosen_one_and_all_of_few_are_the_first() -> None:
    first = first_of(3, LAN, "watch", ALL)
    assert len(set(first)) == 3
    assert first[0] == chosen(LAN, "watch", ALL)
    assert first_of(3, LAN, "watch", [one for one in ALL if one != first[0]])[:2] == first[1:]
    assert set(first_of(3, LAN, "watch", ALL[:2])) == set(ALL[:2])
