"""Agents on a LAN in virtual time: they find each other, and nobody else gets anything out of it."""

from __future__ import annotations

from ipaddress import IPv4Network
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from presswork.protocols.discovery import segment as module
from presswork.protocols.discovery import tables
from presswork.protocols.discovery.bearer import Sending
from presswork.protocols.discovery.entry import NO_ROLE, Role
from presswork.protocols.discovery.packets import (
    BEACON_SIZE,
    CHALLENGE_SIZE,
    Challenge,
    Kind,
    kind_of,
    read_beacon,
    read_challenge,
    write_challenge,
)
from presswork.protocols.discovery.schedule import GONE, SHORTEST
from presswork.protocols.discovery.segment import ASKERS, NEW, Segment
from presswork.protocols.discovery.tables import MOST_ASKED, PATIENCE, TRIES, worth
from presswork.testing.discovery import (
    OTHER_TENANT,
    PORT,
    SERVER_TIME,
    Host,
    VirtualLan,
    address_of,
    bearer_of,
)

SOON = 3.0
LONG = GONE * SHORTEST * 2


def beacons(host: Host) -> list[bytes]:
    return [one.octets for one in host.sent if kind_of(one.octets) is Kind.BEACON]


def challenges(host: Host) -> list[Challenge]:
    return [read_challenge(one.octets) for one in host.sent if kind_of(one.octets) is Kind.CHALLENGE]


def test_two_know_each_other_at_once() -> None:
    lan = VirtualLan()
    one, other = lan.join(roles=Role.SITE_NODE), lan.join()
    lan.run(SOON)
    assert one.knows(other)
    assert other.knows(one)
    (peer,) = other.segment.peers
    assert (peer.relay_port, peer.entry.roles, peer.port) == (21335, Role.SITE_NODE, PORT)
    assert one.segment.dropped == other.segment.dropped == 0


def test_all_of_many_know_each_other_at_once_and_from_then_on() -> None:
    lan = VirtualLan()
    hosts = [lan.join() for _ in range(8)]
    lan.run(SOON)
    assert {len(host.known()) for host in hosts} == {7}
    lan.run(LONG)
    assert {len(host.known()) for host in hosts} == {7}


def test_one_that_comes_later_learns_at_once_who_is_here() -> None:
    lan = VirtualLan()
    hosts = [lan.join() for _ in range(10)]
    lan.run(LONG)
    comer = lan.join()
    lan.run(SOON)
    assert len(comer.known()) == 10
    assert all(host.knows(comer) for host in hosts)


def test_a_lan_that_loses_every_tenth_datagram_does_it_too() -> None:
    lan = VirtualLan(loss=0.1)
    hosts = [lan.join() for _ in range(5)]
    lan.run(LONG)
    assert {len(host.known()) for host in hosts} == {4}


def test_who_is_silent_for_three_intervals_is_gone() -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    lan.run(SOON)
    lan.leave(other)
    lan.run(GONE * SHORTEST - 40)
    assert one.knows(other)
    lan.run(60)
    assert not one.knows(other)
    assert len(one.segment.census) == 0


def test_a_new_start_is_proven_anew_and_the_old_one_forgotten() -> None:
    lan = VirtualLan()
    one, before = lan.join(), lan.join(2)
    lan.run(SOON)
    lan.leave(before)
    after = lan.join(2, boot=9)
    lan.run(SOON)
    (peer,) = one.segment.peers
    assert peer.boot == after.bearer.boot
    lan.run(LONG)
    assert one.knows(after)


def test_another_tenant_stays_unknown_and_costs_no_signature() -> None:
    lan = VirtualLan()
    one, stranger = lan.join(), lan.join(tenant=OTHER_TENANT)
    lan.run(LONG)
    assert not one.knows(stranger)
    assert not stranger.knows(one)
    assert len(one.segment.census) == 0
    assert not challenges(one)
    assert one.segment.dropped == len(beacons(stranger))


def test_an_entry_that_another_key_signed_leads_to_nothing() -> None:
    lan = VirtualLan()
    one, forger = lan.join(), lan.join(ticket_key=bearer_of(77).key)
    lan.run(SOON)
    assert not one.known()
    assert not challenges(one)
    assert forger.bearer.entry != one.bearer.entry


def test_an_entry_of_another_on_a_beacon_leads_to_nothing() -> None:
    lan = VirtualLan()
    one, thief = lan.join(), lan.join()
    thief.bearer.entry = bearer_of(5).entry
    lan.run(SOON)
    assert not one.known()
    assert not challenges(one)


def test_an_entry_whose_time_is_over_counts_no_more() -> None:
    lan = VirtualLan()
    one, old, ending = lan.join(), lan.join(until=SERVER_TIME - 1), lan.join(until=SERVER_TIME)
    lan.run(SOON)
    assert one.known() == {ending.computer_id}
    assert not one.knows(old)
    one.segment.tick(lan.now + 10, SERVER_TIME + 1)
    assert not one.known()


def test_one_without_an_entry_listens_and_is_silent() -> None:
    lan = VirtualLan()
    one, mute = lan.join(), lan.join()
    mute.bearer.entry = b""
    lan.run(LONG)
    assert mute.knows(one)
    assert not one.knows(mute)
    assert not beacons(mute)


def test_a_replay_is_dropped_wherever_it_comes_from() -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    lan.run(LONG)
    before, asked = one.segment.dropped, len(challenges(one))
    for octets in beacons(other):
        lan.inject(octets, str(other.segment.address))
        lan.inject(octets, "10.0.200.1")
    assert one.segment.dropped == before + 2 * len(beacons(other))
    assert len(challenges(one)) == asked
    assert one.knows(other)


def test_a_beacon_of_one_that_is_not_there_leads_to_some_questions_and_nothing_more() -> None:
    lan = VirtualLan()
    one, gone = lan.join(), lan.join()
    lan.run(SOON)
    lan.leave(gone)
    recorded = beacons(gone)[-1]
    elsewhere = VirtualLan()
    other = elsewhere.join()
    elsewhere.inject(recorded, "10.0.200.1")
    elsewhere.run(LONG)
    assert not other.known()
    assert len(challenges(other)) <= TRIES
    assert one.knows(gone)


def test_an_old_start_repeated_does_not_displace_one_that_answered() -> None:
    lan = VirtualLan()
    one, before = lan.join(), lan.join(2)
    lan.run(SOON)
    recorded = beacons(before)[-1]
    lan.leave(before)
    lan.run(LONG)
    after = lan.join(2, boot=9)
    lan.run(SOON)
    lan.inject(recorded, str(after.segment.address))
    lan.run(SOON * 2)
    (peer,) = one.segment.peers
    assert peer.boot == after.bearer.boot
    lan.run(LONG)
    assert one.knows(after)


class Around:
    """A LAN on which all know each other, none is new, and what is sent is counted."""

    def __init__(self, count: int, seconds: float = NEW * SHORTEST + 1) -> None:
        self.lan = VirtualLan()
        self.hosts = [self.lan.join() for _ in range(count)]
        self.lan.run(seconds)
        self.sent: list[tuple[float, Host, Sending]] = []
        self.lan.heard = lambda *one: self.sent.append(one)

    def replay(self, *recorded: bytes, source: str = "10.0.200.9") -> int:
        """Somebody sends this: octets that all send for it, one to one. Nobody has a beacon earlier for it."""
        self.sent.clear()
        for octets in recorded:
            self.lan.inject(octets, source)
        self.lan.run(TRIES * PATIENCE + 1)
        beacons = [host for _, host, sending in self.sent if sending.to is None]
        assert len(beacons) == len(set(beacons)) <= len(self.hosts) / 2
        alone = [sending for _, _, sending in self.sent if sending.to is not None]
        assert {str(sending.to[0]) for sending in alone if sending.to is not None} <= {source}
        return sum(len(sending.octets) for sending in alone)


def recordings(number: int, count: int = 1, *, boot: int = 7) -> list[bytes]:
    """What a computer sent in another place."""
    bearer = bearer_of(number, boot=boot)
    return [bearer.beacon(30, solicit=True) for _ in range(count)]


MOST = ASKERS * TRIES * CHALLENGE_SIZE
"""What all agents of a LAN together send for a beacon that none of them heard, and nobody answers for."""


def test_a_recording_leads_to_a_few_questions_of_all_together_and_to_nothing_the_second_time() -> None:
    assert MOST < 4 * BEACON_SIZE
    around = Around(14)
    (of_a_stranger,) = recordings(500)
    assert 0 < around.replay(of_a_stranger) <= MOST
    assert around.replay(of_a_stranger) == around.replay(of_a_stranger, source="10.0.200.8") == 0
    (of_a_later_start,) = recordings(2, boot=9)
    spoofed = str(around.hosts[4].segment.address)
    assert 0 < around.replay(of_a_later_start, source=spoofed) <= MOST
    assert around.replay(of_a_later_start, source=spoofed) == 0
    (of_an_earlier_start,) = recordings(3, boot=0)
    assert around.replay(of_an_earlier_start) == 0
    assert {len(host.known()) for host in around.hosts} == {13}


def test_many_recordings_of_one_start_lead_to_no_more_than_as_many_and_soon_to_less() -> None:
    around = Around(10)
    recorded = recordings(500, 40)
    octets = [around.replay(one) for one in recorded]
    assert max(octets) <= MOST
    assert sum(octets) <= len(around.hosts) * TRIES * CHALLENGE_SIZE * 2
    assert sum(octets[-10:]) < sum(octets[:10]) / 3


def test_what_somebody_sent_who_left_leads_to_nothing() -> None:
    around = Around(6)
    gone = around.hosts.pop()
    around.lan.leave(gone)
    around.lan.run(LONG)
    assert not any(host.knows(gone) for host in around.hosts)
    assert around.replay(*beacons(gone), source=str(gone.segment.address)) == 0


def test_those_that_are_new_are_asked_by_each_and_the_second_time_by_nobody() -> None:
    """Nobody asks for them, since they do not know who is here: that is as long as their first minute."""
    around = Around(6, 0.0)
    (recorded,) = recordings(500)
    around.lan.inject(recorded, "10.0.200.9")
    around.lan.run(SOON)
    to_nobody = [sending for _, _, sending in around.sent if str((sending.to or "?")[0]) == "10.0.200.9"]
    assert 0 < len(to_nobody) <= 6 * TRIES
    assert {len(host.known()) for host in around.hosts} == {5}
    around.lan.run(30)
    assert around.replay(recorded) == 0


def test_one_that_comes_to_many_who_know_each_other_is_known_at_once() -> None:
    around = Around(14)
    comer = around.lan.join()
    around.lan.run(SOON)
    assert len(comer.known()) == 14
    assert all(host.knows(comer) for host in around.hosts)
    first = [sending for _, host, sending in around.sent if host is not comer and str((sending.to or "?")[0]) != "?"]
    asked = [one for one in first if kind_of(one.octets) is Kind.CHALLENGE]
    assert len(asked) == 14


def test_one_that_was_asked_in_vain_is_known_when_it_comes() -> None:
    around = Around(8)
    comer = bearer_of(9)
    around.replay(*(comer.beacon(30, solicit=True) for _ in range(9)))
    joined = around.lan.join(9)
    joined.bearer.counter = comer.counter
    around.lan.run(2 * SHORTEST)
    assert len(joined.known()) == 8
    assert all(host.knows(joined) for host in around.hosts)


def test_one_whose_beacons_are_lost_stays_as_long_as_it_answers() -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    lan.run(SOON)
    other.bearer.entry = b""
    lan.run(LONG)
    assert one.knows(other)
    asked = len(challenges(one))
    assert 1 < asked <= 1 + LONG / (GONE * SHORTEST)


def test_two_lans_that_become_one_know_each_other_in_the_end() -> None:
    lan, parts = VirtualLan(), [VirtualLan(seed) for seed in (2, 3)]
    for number in range(1, 7):
        parts[number % 2].join(number)
    for part in parts:
        part.run(NEW * SHORTEST + 1)
        lan.hosts += part.hosts
    lan.now = parts[0].now
    for host in lan.hosts:
        lan.wake(host)
    lan.run(LONG * 2)
    assert {len(host.known()) for host in lan.hosts} == {5}


def test_own_beacons_come_to_nothing() -> None:
    lan = VirtualLan()
    one = lan.join()
    lan.run(SOON)
    asked = len(one.sent)
    lan.inject(beacons(one)[-1], str(one.segment.address))
    assert not one.known()
    assert len(one.sent) == asked


@pytest.mark.parametrize("source", ["192.0.2.1", "2001:db8::1", "fe80::1%eth0", "no address", ""])
def test_what_does_not_come_from_the_network_is_dropped_unread(source: str) -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    lan.run(SOON)
    fresh = other.bearer.beacon(30, solicit=True)
    before = one.segment.dropped
    lan.hosts.remove(other)
    lan.inject(fresh, source)
    assert one.segment.dropped == before + 1
    assert len(one.segment.peers) == 1


def test_nobody_answers_for_another_address_another_start_or_another_computer() -> None:
    lan = VirtualLan()
    one = lan.join()
    lan.run(SOON)
    good = Challenge(one.computer_id, one.bearer.boot, b"n" * 16, one.segment.address)
    asked = ("10.0.9.9", PORT)

    def answers(challenge: Challenge) -> int:
        return len(one.segment.receive(write_challenge(challenge), asked, now=lan.now, server_time=SERVER_TIME))

    assert answers(good) == 1
    assert answers(Challenge(UUID(int=5), good.boot, good.nonce, good.address)) == 0
    assert answers(Challenge(good.computer_id, b"x" * 8, good.nonce, good.address)) == 0
    assert answers(Challenge(good.computer_id, good.boot, good.nonce, address_of(9))) == 0


def test_an_answer_counts_from_the_place_that_was_asked_only() -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    fresh = other.bearer.beacon(30, solicit=True)
    (question,) = one.segment.receive(fresh, (str(other.segment.address), PORT), now=0.0, server_time=SERVER_TIME)
    (answer,) = other.segment.receive(
        question.octets, (str(one.segment.address), PORT), now=0.0, server_time=SERVER_TIME
    )
    forged = answer.octets[:-1] + bytes((answer.octets[-1] ^ 1,))
    for octets, source in (
        (answer.octets, ("10.0.200.1", PORT)),
        (answer.octets, (str(other.segment.address), PORT + 1)),
        (forged, (str(other.segment.address), PORT)),
    ):
        one.segment.receive(octets, source, now=0.0, server_time=SERVER_TIME)
        assert not one.known()
    one.segment.receive(answer.octets, (str(other.segment.address), PORT), now=0.0, server_time=SERVER_TIME)
    assert one.knows(other)


def test_who_floods_with_challenges_gets_few_answers() -> None:
    lan = VirtualLan()
    one = lan.join()
    good = Challenge(one.computer_id, one.bearer.boot, b"n" * 16, one.segment.address)
    octets, answered = write_challenge(good), 0
    for number in range(10_000):
        source = (str(address_of(number % 5000)), PORT)
        answered += len(one.segment.receive(octets, source, now=number / 10_000, server_time=SERVER_TIME))
    assert answered <= sum(module.ANSWERED)


def test_a_flood_of_forgeries_is_verified_within_the_budget_and_drowns_no_peer() -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    lan.run(SOON)
    forger = bearer_of(500)
    forged = [bytearray(forger.beacon(30, solicit=True)) for _ in range(200)]
    for octets in forged:
        octets[-1] ^= 1
    for number in range(20_000):
        source = (str(address_of(number % 3000 + 100)), PORT)
        one.segment.receive(bytes(forged[number % 200]), source, now=lan.now, server_time=SERVER_TIME)
    assert one.known() == {other.computer_id}
    assert not challenges(one)[1:]
    fresh = other.bearer.beacon(30, solicit=False)
    (peer,) = one.segment.peers
    one.segment.receive(fresh, (str(other.segment.address), PORT), now=lan.now, server_time=SERVER_TIME)
    assert peer.counter == other.bearer.counter


def test_recorded_beacons_of_many_fill_no_table_beyond_its_bound() -> None:
    """Somebody plays back what a thousand computers once sent: each costs some questions, and none becomes a peer."""
    lan = VirtualLan()
    one = lan.join()
    lan.run(SOON)
    recorded = [bearer_of(number).beacon(30, solicit=True) for number in range(100, 600)]
    now, sent = lan.now, 0
    for octets in recorded:
        now += 0.02
        sent += len(one.segment.receive(octets, (str(address_of(9)), PORT), now=now, server_time=SERVER_TIME))
        sent += len(one.segment.tick(now, SERVER_TIME))
    assert not one.known()
    assert len(one.segment._asked) <= MOST_ASKED
    assert sent < 10 * 20 + 40


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("bcar"), st.integers(0, 255), st.booleans()), max_size=40))
def test_nothing_that_arrives_makes_it_send_more_to_that_place_than_arrived(
    recipe: list[tuple[str, int, bool]],
) -> None:
    """The amplification is at most one, whatever is sent: beacons, challenges, answers, other octets."""
    lan = VirtualLan()
    one = lan.join()
    stranger = bearer_of(50)
    for kind, octet, spoilt in recipe:
        octets = {
            "b": lambda: stranger.beacon(30, solicit=True),
            "c": lambda: write_challenge(Challenge(one.computer_id, one.bearer.boot, bytes(16), one.segment.address)),
            "a": lambda: b"PWD\x01\x03" + bytes(96),
            "r": lambda: bytes((octet,)) * 101,  # noqa: B023 - called at once
        }[kind]()
        if spoilt:
            octets = octets[:octet] + b"\xff" + octets[octet + 1 :]
        sent = one.segment.receive(octets, ("10.0.77.1", PORT), now=lan.now, server_time=SERVER_TIME)
        assert sum(len(sending.octets) for sending in sent) <= len(octets)
        assert all(sending.to == (address_of(77 * 256), PORT) or str(sending.to) for sending in sent)
        lan.now += 0.01


def test_a_clock_that_is_an_hour_off_changes_nothing_but_the_end_of_entries() -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    lan.run(SOON)
    fresh = other.bearer.beacon(30, solicit=False)
    for off in (-3600, 3600):
        one.segment.tick(lan.now, SERVER_TIME + off)
    one.segment.receive(fresh, (str(other.segment.address), PORT), now=lan.now, server_time=SERVER_TIME + 3600)
    assert one.knows(other)


def test_of_many_the_same_ones_are_kept_by_all_and_site_nodes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 6
    monkeypatch.setattr(tables, "MOST_PEERS", most)
    lan = VirtualLan(3)
    hosts = [lan.join(roles=Role.SITE_NODE if number in (3, 11) else NO_ROLE) for number in range(16)]
    lan.run(20)
    in_order = [one.computer_id for one in sorted(hosts, key=lambda one: worth(one.computer_id, one.bearer.roles))]
    assert set(in_order[:2]) == {hosts[3].computer_id, hosts[11].computer_id}
    for host in hosts:
        assert host.known() == set([one for one in in_order if one != host.computer_id][:most])


def test_the_network_is_the_bound_of_who_is_a_neighbour() -> None:
    bearer = bearer_of(1)
    narrow = Segment(bearer, IPv4Network("10.0.0.0/24"), address_of(1), now=0.0, randomness=bytes)
    octets = bearer_of(2).beacon(30, solicit=True)
    assert narrow.receive(octets, ("10.0.1.5", PORT), now=1.0, server_time=SERVER_TIME) == []
    assert len(narrow.receive(octets, ("10.0.0.5", PORT), now=1.0, server_time=SERVER_TIME)) == 1


def test_a_beacon_says_when_the_next_one_comes() -> None:
    lan = VirtualLan()
    one = lan.join()
    lan.run(SOON)
    beacon = read_beacon(beacons(one)[0])
    assert (beacon.interval, beacon.solicit, len(beacons(one)[0])) == (30, True, BEACON_SIZE)
