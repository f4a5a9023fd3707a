from __future__ import annotations

from ipaddress import ip_interface, ip_network

import pytest

from presswork.agent.discovery.spots import MOST, spots_of
from presswork.agent.host.host import LanAddress


def at(index: int, *addresses: str) -> list[LanAddress]:
    return [LanAddress(index, f"eth{index}", ip_interface(one)) for one in addresses]


@pytest.mark.parametrize(
    ("addresses", "approved", "expected"),
    [
        (["192.0.2.7/24"], [], []),
        (["192.0.2.7/24"], ["198.51.100.0/24"], []),
        (["192.0.2.7/24"], ["192.0.2.0/24"], [("192.0.2.7", "192.0.2.0/24")]),
        (["2001:db8::7/64"], ["2001:db8::/64"], [("2001:db8::7", "2001:db8::/64")]),
        (["192.0.2.7/24"], ["2001:db8::/64"], []),
        (["192.0.2.7/24"], ["192.0.0.0/16"], [("192.0.2.7", "192.0.2.0/24")]),
        (["192.0.2.7/16"], ["192.0.2.0/24"], [("192.0.2.7", "192.0.2.0/24")]),
        (["192.0.2.9/24", "192.0.2.7/24"], ["192.0.2.0/24"], [("192.0.2.7", "192.0.2.0/24")]),
    ],
)
def test_only_addresses_in_approved_subnets(
    addresses: list[str], approved: list[str], expected: list[tuple[str, str]]
) -> None:
    found = spots_of(at(2, *addresses), [ip_network(one) for one in approved])
    assert [(str(one.address), str(one.network)) for one in found] == expected
    assert all((one.index, one.interface) == (2, "eth2") for one in found)


def test_each_interface_on_a_network_is_a_spot_of_its_own() -> None:
    addresses = at(2, "192.0.2.7/24", "2001:db8::7/64") + at(3, "192.0.2.8/24")
    found = spots_of(addresses, [ip_network("192.0.2.0/24"), ip_network("2001:db8::/64")])
    assert [(one.index, str(one.address)) for one in found] == [
        (2, "192.0.2.7"),
        (2, "2001:db8::7"),
        (3, "192.0.2.8"),
    ]


def test_they_are_bounded() -> None:
    addresses = [one for index in range(40) for one in at(index, f"10.{index}.0.1/24")]
    assert len(spots_of(addresses, [ip_network("10.0.0.0/8")])) == MOST
