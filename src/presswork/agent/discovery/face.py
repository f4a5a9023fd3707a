"""What the rest of the agent may ask about its neighbours. Answers come from memory, at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from uuid import UUID

from presswork.protocols.control.route import PeerSpec
from presswork.protocols.discovery.bearer import Bearer
from presswork.protocols.discovery.choice import Network, chosen
from presswork.protocols.discovery.entry import Role
from presswork.protocols.discovery.segment import Segment
from presswork.protocols.discovery.tables import Peer

_MOST_ADDRESSES = 16
"""As many as ``PeerSpec`` has."""


@dataclass(frozen=True, slots=True)
class Here:
    """A computer that is on a LAN with this one: it answered from these addresses, and its beacons come."""

    computer_id: UUID
    addresses: tuple[str, ...]
    """IPv4 first. They are proven; who listens there shows its certificate all the same."""
    relay_port: int | None
    """TCP; None: it carries nothing for others."""
    redirector_port: int | None
    site_node: bool
    """Whether the server says so."""
    redirector: bool


class Neighbours:
    """Who is here, for this computer. Empty before the enrolment, without an entry, and outside approved networks."""

    def __init__(self, removed: Container[UUID] = frozenset()) -> None:
        """``removed``: computers whose entries count no more, though they are good still."""
        self._removed = removed
        self._bearer: Bearer | None = None
        self._segments: Collection[Segment] = ()
        self.came: Callable[[UUID], None] = lambda computer_id: None
        """Told of each computer that proved that it is here, or here again."""

    def put(self, bearer: Bearer | None, segments: Collection[Segment]) -> None:
        """Discovery runs on these from now on."""
        self._bearer, self._segments = bearer, segments

    def peers(self) -> tuple[Here, ...]:
        """All that are here: site nodes first, then redirectors."""
        found: dict[UUID, list[Peer]] = {}
        for segment in self._segments:
            for peer in self._of(segment):
                found.setdefault(peer.entry.computer_id, []).append(peer)
        return tuple(_here(peers) for _, peers in sorted(found.items(), key=lambda one: one[1][0].worth))

    def here(self, computer_id: UUID) -> Here | None:
        """That computer, where it is here: the addresses to try first."""
        found = [
            peer for segment in self._segments for peer in self._of(segment) if peer.entry.computer_id == computer_id
        ]
        return _here(found) if found else None

    def near(self, peer: PeerSpec) -> PeerSpec | None:
        """The same computer with the addresses first from which it answered here; None: it is not here."""
        found = self.here(peer.computer_id)
        if found is None:
            return None
        addresses = dict.fromkeys((*map(ip_address, found.addresses), *peer.addresses))
        return peer.model_copy(update={"addresses": tuple(addresses)[:_MOST_ADDRESSES]})

    def chosen(self, network: str, chore: str) -> bool:
        """Whether this computer is the one on ``network`` (such as ``192.0.2.0/24``) that does ``chore``.

        Each of those that are here comes to the same answer, once they know each other. It moves when that one goes away, and
        one that comes takes over a chore in n+1. Two may do it for a moment: a chore has to bear that. Without an entry
        nobody else knows of this computer, and it does nothing.
        """
        bearer, wanted = self._bearer, ip_network(network)
        if bearer is None or not bearer.entry:
            return False
        on_it = [segment for segment in self._segments if segment.network == wanted]
        there = {peer.entry.computer_id for segment in on_it for peer in self._of(segment)}
        return bool(on_it) and chosen(wanted, chore, {bearer.computer_id, *there}) == bearer.computer_id

    def counts(self) -> tuple[tuple[Network, int, int, int], ...]:
        """For each network: how many are proven, how many are heard, how many datagrams were of no use."""
        return tuple((one.network, len(self._of(one)), len(one.census), one.dropped) for one in self._segments)

    def _of(self, segment: Segment) -> list[Peer]:
        return [peer for peer in segment.peers if peer.entry.computer_id not in self._removed]


def _here(peers: Iterable[Peer]) -> Here:
    newest_first = sorted(peers, key=lambda peer: -peer.at)
    newest = newest_first[0]
    addresses = sorted({peer.address for peer in newest_first}, key=lambda one: (one.version, int(one)))
    return Here(
        computer_id=newest.entry.computer_id,
        addresses=tuple(map(str, addresses)),
        relay_port=newest.relay_port or None,
        redirector_port=newest.redirector_port or None,
        site_node=Role.SITE_NODE in newest.entry.roles,
        redirector=Role.REDIRECTOR in newest.entry.roles,
    )
