from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network

from presswork.agent.discovery.face import Here, Neighbours
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.discovery.entry import NO_ROLE, Role
from presswork.protocols.discovery.segment import Segment
from presswork.testing.discovery import NETWORK, PORT, SERVER_TIME, Host, VirtualLan

LAN = str(NETWORK)


def of(host: Host, *others: Segment) -> Neighbours:
    found = Neighbours()
    found.put(host.bearer, (host.segment, *others))
    return found


def test_nobody_is_here_before_the_enrolment() -> None:
    nobody = Neighbours()
    assert nobody.peers() == ()
    assert nobody.here(VirtualLan().join().computer_id) is None
    assert not nobody.chosen(LAN, "watch")
    assert nobody.counts() == ()


def test_who_is_here_and_where() -> None:
    lan = VirtualLan()
    one, node, other = lan.join(), lan.join(roles=Role.SITE_NODE), lan.join(roles=Role.REDIRECTOR)
    other.bearer.redirector_port, other.bearer.relay_port = 21336, 0
    lan.run(3)
    neighbours = of(one)
    found_node = Here(node.computer_id, (str(node.segment.address),), 21335, None, site_node=True, redirector=False)
    found_other = Here(other.computer_id, (str(other.segment.address),), None, 21336, site_node=False, redirector=True)
    assert neighbours.peers() == (found_node, found_other)
    assert neighbours.here(node.computer_id) == found_node
    assert neighbours.here(one.computer_id) is None
    assert neighbours.counts() == ((NETWORK, 2, 2, 0),)


def test_one_computer_on_two_networks_is_one_with_both_addresses_ipv4_first() -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    lan.run(3)
    network, here, there = IPv6Network("2001:db8::/64"), IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")
    mine = Segment(one.bearer, network, here, now=3.0, randomness=bytes)
    theirs = Segment(other.bearer, network, there, now=3.0, randomness=bytes)
    octets, server_time = other.bearer.beacon(30, solicit=True), SERVER_TIME
    (question,) = mine.receive(octets, (str(there), PORT), now=3.0, server_time=server_time)
    (answer,) = theirs.receive(question.octets, (str(here), PORT), now=3.0, server_time=server_time)
    mine.receive(answer.octets, (str(there), PORT), now=3.0, server_time=server_time)
    (found,) = of(one, mine).peers()
    assert found.addresses == (str(other.segment.address), str(there))


def test_a_computer_that_is_here_is_tried_first_where_it_answered() -> None:
    lan = VirtualLan()
    one, other = lan.join(), lan.join()
    lan.run(3)
    elsewhere = IPv4Address("203.0.113.7")
    peer = PeerSpec(computer_id=other.computer_id, name="pc", addresses=(elsewhere,), port=21335)
    found = of(one).near(peer)
    assert found is not None
    assert found.addresses == (other.segment.address, elsewhere)
    assert found.model_copy(update={"addresses": peer.addresses}) == peer
    assert of(one).near(found) == found
    assert of(other).near(peer) is None


def test_of_all_that_are_here_exactly_one_is_chosen_for_each_chore() -> None:
    lan = VirtualLan()
    hosts = [lan.join() for _ in range(5)]
    lan.run(3)
    faces = [of(host) for host in hosts]
    for chore in map(str, range(20)):
        assert sum(face.chosen(LAN, chore) for face in faces) == 1
    assert not any(face.chosen("192.0.2.0/24", "watch") for face in faces)


def test_a_chore_moves_when_the_chosen_one_goes_away() -> None:
    lan = VirtualLan()
    hosts = [lan.join(roles=NO_ROLE) for _ in range(4)]
    lan.run(3)
    (first,) = [host for host in hosts if of(host).chosen(LAN, "watch")]
    lan.leave(first)
    hosts.remove(first)
    assert not any(of(host).chosen(LAN, "watch") for host in hosts)
    lan.run(120)
    assert sum(of(host).chosen(LAN, "watch") for host in hosts) == 1


def test_one_without_an_entry_is_never_chosen() -> None:
    lan = VirtualLan()
    mute = lan.join()
    mute.bearer.entry = b""
    assert not of(mute).chosen(LAN, "watch")


def test_who_was_removed_is_not_here_though_its_entry_is_good() -> None:
    lan = VirtualLan()
    one, node, other = lan.join(), lan.join(roles=Role.SITE_NODE), lan.join()
    lan.run(3)
    removed = {node.computer_id}
    neighbours = Neighbours(removed)
    neighbours.put(one.bearer, (one.segment,))
    assert [peer.computer_id for peer in neighbours.peers()] == [other.computer_id]
    assert neighbours.here(node.computer_id) is None
    assert neighbours.counts()[0][1] == 1
    removed.add(other.computer_id)
    assert neighbours.chosen(LAN, "watch")
