"""A LAN in virtual time, with agents that find each other on it: only their protocol, no sockets.

lan = VirtualLan(seed=1)
first, second = lan.join(), lan.join()
lan.run(seconds=5)
assert first.knows(second)
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.protocols.discovery.bearer import Bearer, Sending
from presswork.protocols.discovery.entry import NO_ROLE, Entry, Role, sign_entry
from presswork.protocols.discovery.segment import Segment

TENANT, OTHER_TENANT = UUID(int=1), UUID(int=2)
TICKET_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NETWORK = IPv4Network("10.0.0.0/16")
SERVER_TIME = 1_800_000_000
PORT = 21337
DELAY = 0.001
"""Seconds from one to another."""


def bearer_of(
    number: int,
    *,
    tenant: UUID = TENANT,
    roles: Role = NO_ROLE,
    until: int = SERVER_TIME + 7 * 86400,
    boot: int = 1,
    ticket_key: Ed25519PrivateKey = TICKET_KEY,
) -> Bearer:
    """The computer of that number, with an entry of its own."""
    key = Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))
    computer = UUID(int=number + 1000)
    entry = sign_entry(ticket_key, Entry(tenant, computer, key.public_key().public_bytes_raw(), until, roles))
    return Bearer(
        tenant_id=tenant,
        computer_id=computer,
        key=key,
        ticket_key=TICKET_KEY.public_key(),
        boot=boot.to_bytes(8, "big"),
        entry=entry,
        roles=roles,
        relay_port=21335,
    )


class Host:
    """An agent on a virtual LAN."""

    def __init__(self, bearer: Bearer, segment: Segment) -> None:
        self.bearer = bearer
        self.segment = segment
        self.here = True
        self.wakings = 0
        self.sent: list[Sending] = []

    @property
    def computer_id(self) -> UUID:
        """Who it is."""
        return self.bearer.computer_id

    def knows(self, other: Host) -> bool:
        """Whether that one is proven to it."""
        return self.segment.peers.get((other.computer_id, other.segment.address)) is not None

    def known(self) -> set[UUID]:
        """Those that are."""
        return {peer.entry.computer_id for peer in self.segment.peers}


class VirtualLan:
    """Nothing happens but in ``run``. ``heard`` is told of every datagram: when, from whom, what."""

    def __init__(self, seed: int = 1, *, loss: float = 0.0) -> None:
        self.now = 0.0
        self.hosts: list[Host] = []
        self.loss = loss
        self.heard: Callable[[float, Host, Sending], None] = lambda _now, _host, _sending: None
        self.random = random.Random(seed)  # noqa: S311 - of a test, the same each time
        self._numbers = itertools.count()
        self._events: list[tuple[float, int, Callable[[], Any]]] = []

    def join(self, number: int | None = None, *, boot: int = 1, **of_bearer: Any) -> Host:
        """One more, at the next address, from now on."""
        number = len(self.hosts) + 1 if number is None else number
        bearer = bearer_of(number, boot=boot, **of_bearer)
        segment = Segment(bearer, NETWORK, address_of(number), now=self.now, randomness=partial(_octets, self.random))
        host = Host(bearer, segment)
        self.hosts.append(host)
        self.wake(host)
        return host

    def leave(self, host: Host) -> None:
        """It is switched off."""
        host.here = False
        self.hosts.remove(host)

    def run(self, seconds: float) -> None:
        """Let that much time pass."""
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            at, _, event = heapq.heappop(self._events)
            self.now = max(self.now, at)
            event()
        self.now = end

    def inject(self, octets: bytes, source: str, port: int = PORT) -> None:
        """Somebody sends this to all."""
        for host in self.hosts:
            self._deliver(host, octets, (source, port))

    def wake(self, host: Host) -> None:
        """When it is due, and no longer when it was before."""
        host.wakings += 1
        self._at(max(host.segment.due, self.now + DELAY), partial(self._tick, host, host.wakings))

    def _tick(self, host: Host, waking: int) -> None:
        if host.here and waking == host.wakings:
            self._send(host, host.segment.tick(self.now, SERVER_TIME))
            self.wake(host)

    def _send(self, host: Host, sendings: list[Sending]) -> None:
        for sending in sendings:
            host.sent.append(sending)
            self.heard(self.now, host, sending)
            source = (str(host.segment.address), PORT)
            for other in self.hosts:
                if other is not host and (sending.to is None or sending.to[0] == other.segment.address):
                    self._at(self.now + DELAY, partial(self._deliver, other, sending.octets, source))

    def _deliver(self, host: Host, octets: bytes, source: tuple[str, int]) -> None:
        if not host.here or (self.loss and self.random.random() < self.loss):
            return
        before = host.segment.due
        sent = host.segment.receive(octets, source, now=self.now, server_time=SERVER_TIME)
        self._send(host, sent)
        if host.segment.due < before:
            self.wake(host)

    def _at(self, time: float, event: Callable[[], Any]) -> None:
        heapq.heappush(self._events, (time, next(self._numbers), event))


def address_of(number: int) -> IPv4Address:
    """Of the computer of that number."""
    return NETWORK[number + 1]


def _octets(dice: random.Random, count: int) -> bytes:
    return dice.randbytes(count)
