"""What agents on one LAN send, in virtual time, with the protocol as it is: three hundred that are switched on in the same second, in
their first minute; and a thousand that know each other. More than three hundred at the start take hours here, not there: in
this one process each hears each.

Said are datagrams and octets a second (with Ethernet, IPv4 and UDP around them), the most in any one second, and the processor time
of each agent. A signature that all verify is verified once here; what it takes is measured, and counted for each agent that would have
done it. Peer: what as many mDNS responders would send by the rules of RFC 6762 at the least, with a service and a host name each
and one browser that asks again when 80 % of a record's life are over (§5.2). It is arithmetic: nobody has a thousand of them.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from presswork.protocols.discovery import segment
from presswork.protocols.discovery.bearer import Sending
from presswork.protocols.discovery.entry import read_entry
from presswork.protocols.discovery.packets import Kind, kind_of, read_beacon
from presswork.protocols.discovery.schedule import interval
from presswork.protocols.discovery.tables import MOST_PEERS, Heard, Peer, worth
from presswork.testing.discovery import PORT, Host, VirtualLan

STARTING, AGENTS = 300, 1000
START, STEADY = 60, 60
AROUND = 14 + 4 + 20 + 8
"""Octets of Ethernet (with its check sequence), IPv4 and UDP."""
MDNS_RECORDS = 46 + 330
"""Octets of an announcement of one service: PTR, SRV, TXT, A and NSEC of names as long as Avahi makes them, with what is around."""
MDNS_LIFE = 4500
"""Seconds that its longest records live (RFC 6762 §10) …"""
HOST_LIFE = 120
"""… and those with host names."""


class Counted:
    """A function of signatures, whose results are kept, and which knows how long all calls would have taken."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._kept: dict[bytes, Any] = {}
        self.calls = 0
        self.seconds = 0.0

    def __call__(self, octets: bytes, key: Any) -> Any:
        """The same as the function."""
        self.calls += 1
        if octets not in self._kept:
            begun = time.process_time()
            self._kept[octets] = self._function(octets, key)
            self.seconds += time.process_time() - begun
        return self._kept[octets]

    @property
    def spared(self) -> float:
        """Seconds that the calls with kept results would have taken."""
        first = max(len(self._kept), 1)
        return (self.calls - first) * self.seconds / first


def main() -> int:
    """Run and say it."""
    counted = [Counted(segment.beacon_is_signed), Counted(segment.open_entry)]
    segment.beacon_is_signed, segment.open_entry = counted
    starting, agents = (int(one) for one in (sys.argv[1:] or (STARTING, AGENTS)))
    lan = VirtualLan(1)
    hosts = [lan.join() for _ in range(starting)]
    measure(f"{starting} agents switched on together", lan, START, counted)
    print(
        f"# known after it: {min(len(one.known()) for one in hosts)} to {max(len(one.known()) for one in hosts)} peers"
    )
    rate = measure(f"{agents} agents that know each other", acquainted(agents), STEADY, counted)
    mdns = agents * 2 / (MDNS_LIFE * 0.8) + agents * 2 / (HOST_LIFE * 0.8)
    print(f"# mDNS by the rules, at the least: {mdns:.1f} datagrams/s, {mdns * MDNS_RECORDS / 1000:.1f} kB/s")
    print(f"discovery_traffic {rate:.1f} {mdns:.1f} datagrams/s {mdns / rate:.2f}")
    return 0


def acquainted(agents: int) -> VirtualLan:
    """Everybody has heard everybody, knows those that are kept, and sends its next beacon at some time of the interval."""
    lan = VirtualLan(2)
    hosts = [lan.join() for _ in range(agents)]
    kept = sorted(hosts, key=lambda one: worth(one.computer_id, one.bearer.roles))[:MOST_PEERS]
    beacons = {one.computer_id: read_beacon(one.bearer.beacon(30, solicit=False)) for one in hosts}
    entries = {one.computer_id: read_entry(one.bearer.entry) for one in hosts}
    heard = [Heard(entries[who], beacon.entry, 250, 0.0) for who, beacon in beacons.items()]
    for host in hosts:
        for one in heard:
            if one.entry.computer_id != host.computer_id:
                host.segment.census.put(one)
        for other in kept:
            if other is not host:
                who = other.computer_id
                peer = Peer(entries[who], other.segment.address, PORT, beacons[who], 0.0, counter=1)
                host.segment.peers.put(peer)
        host.segment._new_since = -math.inf
        schedule, now = host.segment._schedule, lan.random.random() * interval(agents)
        schedule.sent(now - 1.5 * interval(agents), agents - 1)
        schedule.due = now
        lan.wake(host)
    return lan


def measure(when: str, lan: VirtualLan, seconds: int, counted: list[Counted]) -> float:
    """Let it run and say what went; returns datagrams a second."""
    sent: Counter[tuple[int, Kind]] = Counter()
    octets: Counter[int] = Counter()

    def heard(now: float, _host: Host, sending: Sending) -> None:
        kind = kind_of(sending.octets)
        assert kind is not None
        sent[int(now), kind] += 1
        octets[int(now)] += len(sending.octets) + AROUND

    lan.heard = heard
    spared = sum(one.spared for one in counted)
    begun = time.process_time()
    for second in range(seconds):
        lan.run(1)
        print(f"# {when}: {second + 1} s", file=sys.stderr, flush=True)
    cpu = time.process_time() - begun + sum(one.spared for one in counted) - spared
    return say(when, sent, octets, range(seconds), cpu / seconds / len(lan.hosts))


def say(when: str, sent: Counter[tuple[int, Kind]], octets: Counter[int], seconds: range, cpu: float) -> float:
    """Of those seconds: the mean and the most, by kind; returns the mean datagrams a second."""
    each = {second: sum(sent[second, kind] for kind in Kind) for second in seconds}
    kinds = ", ".join(
        f"{kind.name.lower()}s {sum(sent[second, kind] for second in seconds) / len(seconds):.1f}/s" for kind in Kind
    )
    rate, size = sum(each.values()) / len(seconds), sum(octets[second] for second in seconds) / len(seconds)
    print(
        f"# {when}: {kinds}; {rate:.1f} datagrams/s (at most {max(each.values())}), {size / 1000:.1f} kB/s (at most "
        f"{max(octets[second] for second in seconds) / 1000:.1f}); {cpu * 100:.3f} % of a processor for each agent"
    )
    return rate


if __name__ == "__main__":
    sys.exit(main())
