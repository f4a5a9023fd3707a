"""Real datagrams to a group, on loopback: there each 127.0.0.x is a computer of its own, all with one port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest

from presswork.net import discovery as module
from presswork.net.discovery import GROUP_4, GROUP_6, Lans, Spot
from presswork.protocols.discovery.bearer import Sending
from presswork.protocols.discovery.packets import LONGEST
from presswork.testing.timing import eventually

LOOPBACK = IPv4Network("127.0.0.0/8")


def spot(last: int) -> Spot:
    return Spot(socket.if_nametoindex("lo"), "lo", IPv4Address(f"127.0.0.{last}"), LOOPBACK)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Agent:
    """Keeps what it hears."""

    def __init__(self, port: int, at: Spot) -> None:
        self.heard: list[tuple[bytes, tuple[str, int]]] = []
        self.spot = at
        self.lans = Lans(port, lambda _spot, octets, source: self.heard.append((octets, source)))
        self.lans.keep((at,))

    def octets(self) -> list[bytes]:
        return [octets for octets, _ in self.heard]


@contextmanager
def agents(*spots: Spot) -> Iterator[list[Agent]]:
    port = free_port()
    made = [Agent(port, one) for one in spots]
    try:
        yield made
    finally:
        for one in made:
            one.lans.close()


async def test_what_one_sends_to_all_everybody_hears_with_its_address() -> None:
    with agents(spot(2), spot(3), spot(4)) as (one, *others):
        one.lans.send(one.spot, Sending(b"hello"))
        for other in others:
            await eventually(lambda other=other: other.octets() == [b"hello"])  # type: ignore[misc]
            assert other.heard[0][1][0] == "127.0.0.2"


async def test_what_is_for_one_only_that_one_hears() -> None:
    with agents(spot(2), spot(3), spot(4)) as (one, other, third):
        one.lans.send(one.spot, Sending(b"who"))
        await eventually(lambda: bool(other.heard) and bool(third.heard))
        address, port = other.heard[0][1]
        other.lans.send(other.spot, Sending(b"you", (IPv4Address(address), port)))
        await eventually(lambda: b"you" in one.octets())
        assert b"you" not in third.octets()


async def test_two_agents_of_one_address_have_a_mouth_each() -> None:
    with agents(spot(2), spot(2), spot(3)) as (one, same, other):
        for sender in (one, same):
            sender.lans.send(sender.spot, Sending(b"from"))
        await eventually(lambda: len(other.heard) == 2)
        assert len({source for _, source in other.heard}) == 2
        for number, (_, (address, port)) in enumerate(other.heard):
            other.lans.send(other.spot, Sending(bytes((number,)), (IPv4Address(address), port)))
        await eventually(lambda: b"\0" in one.octets() + same.octets() and b"\1" in one.octets() + same.octets())
        assert (b"\0" in one.octets()) != (b"\1" in one.octets())


async def test_where_it_listens_no_more_nothing_is_heard_or_sent() -> None:
    with agents(spot(2), spot(3)) as (one, other):
        other.lans.keep(())
        assert not other.lans.spots
        other.lans.send(other.spot, Sending(b"nothing"))
        one.lans.send(one.spot, Sending(b"first"))
        other.lans.keep((other.spot,))
        one.lans.send(one.spot, Sending(b"second"))
        await eventually(lambda: other.octets() == [b"second"])
        assert one.octets()[0] == b"first"


async def test_a_spot_that_cannot_be_opened_leaves_the_others() -> None:
    nowhere = Spot(spot(2).index, "lo", IPv4Address("192.0.2.77"), IPv4Network("192.0.2.0/24"))
    with agents(spot(2)) as (one,):
        one.lans.keep((one.spot, nowhere))
        assert set(one.lans.spots) == {one.spot}


async def test_a_datagram_that_is_too_long_is_not_read_whole() -> None:
    with agents(spot(2), spot(3)) as (one, other):
        one.lans.send(one.spot, Sending(bytes(2000)))
        await eventually(lambda: bool(other.heard))
        assert len(other.heard[0][0]) == LONGEST + 1


async def test_a_flood_is_read_within_its_budget_and_leaves_the_loop_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_READ", (10.0, 50.0))
    with agents(spot(2), spot(3)) as (one, other):
        for _ in range(500):
            one.lans.send(one.spot, Sending(bytes(100)))
        begun = asyncio.get_running_loop().time()
        await eventually(lambda: len(other.heard) >= 50)
        took = asyncio.get_running_loop().time() - begun
        assert len(other.heard) <= 50 + 10 * (took + 1)


async def test_it_reads_on_after_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_READ", (100.0, 5.0))
    with agents(spot(2), spot(3)) as (one, other):
        for number in range(20):
            one.lans.send(one.spot, Sending(bytes((number,))))
        await eventually(lambda: len(other.heard) == 20)


def test_the_groups_stay_on_the_lan() -> None:
    assert GROUP_4 in IPv4Network("239.255.0.0/16")
    assert GROUP_4.packed[2:] == (21337).to_bytes(2, "big")
    assert GROUP_6 in IPv6Network("ff12::/16")
    assert IPv6Address(int(GROUP_6) & 0xFFFFFFFF) == IPv6Address("::8000:5359")
