"""On which of its addresses an agent looks for others: those in subnets that the server approved."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from presswork.agent.host.host import LanAddress
from presswork.net.discovery import Spot
from presswork.protocols.discovery.choice import Network

MOST = 16


def spots_of(addresses: Iterable[LanAddress], approved: Collection[Network]) -> tuple[Spot, ...]:
    """One for each approved subnet of each interface, at the lowest address there; at most ``MOST``.

    Who is not in the interface's own subnet is not on the LAN, and who is not in the approved one is a stranger.
    """
    found: dict[tuple[int, Network], Spot] = {}
    for one in sorted(addresses, key=lambda one: (one.index, one.address.version, int(one.address))):
        for network in approved:
            if one.address.ip in network:
                narrower = max(one.address.network, network, key=lambda each: each.prefixlen)
                found.setdefault((one.index, narrower), Spot(one.index, one.interface, one.address.ip, narrower))
    return tuple(found.values())[:MOST]
