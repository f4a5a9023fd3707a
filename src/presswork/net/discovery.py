"""Datagrams to and from all of a LAN (UDP 21337): multicast that no router passes on, and answers to single computers.

Each spot has two sockets. The *ear* is bound to the group, and hears only what arrives on its interface; agents of the same
computer share it. The *mouth* is bound to the computer's own address there: beacons go out from it, and what is meant for this
agent alone comes back to it. Nothing is bound to all addresses.

239.255.83.89 is of the IPv4 Local Scope (RFC 2365 §6.1), which no border router of an organisation forwards; its last octets are
the port's. ff12::8000:5359 has the scope of ff02::, link-local, is marked as not assigned by IANA (RFC 4291 §2.7), and its
number is of those that are free for that (RFC 3307 §4.3).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Callable, Collection
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import structlog

from presswork.protocols.discovery.bearer import Sending
from presswork.protocols.discovery.budgets import Budget
from presswork.protocols.discovery.packets import LONGEST

GROUP_4 = IPv4Address("239.255.83.89")
GROUP_6 = IPv6Address("ff12::8000:5359")
_HOPS = 1
_IP_MULTICAST_ALL, _IPV6_MULTICAST_ALL = 49, 29  # ip(7), ipv6(7); the socket module does not name them
_READ = (1000.0, 1000.0)
"""Datagrams that are read of one socket, a second and at once. What comes beyond that the kernel throws away."""
_AT_ONCE = 32
"""Datagrams between which others have their turn."""
_PAUSE = 0.05
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Spot:
    """An address of this computer on an interface, and the subnet it is in."""

    index: int
    interface: str
    address: IPv4Address | IPv6Address
    network: IPv4Network | IPv6Network


Received = Callable[[Spot, bytes, tuple[str, int]], None]
"""A datagram arrived at that spot from that address and port."""


class Lans:
    """The sockets of all spots, on the running loop. ``received`` is called for each datagram and must not wait."""

    def __init__(self, port: int, received: Received) -> None:
        self._port = port
        self._received = received
        self._open: dict[Spot, _Lan] = {}
        self._refused: frozenset[Spot] = frozenset()

    @property
    def spots(self) -> Collection[Spot]:
        """Where it listens."""
        return self._open.keys()

    def keep(self, spots: Collection[Spot]) -> None:
        """Listen at these and at no others. One that cannot be opened is said once, and tried again at the next call."""
        for gone in self._open.keys() - set(spots):
            self._open.pop(gone).close()
        refused = set()
        for spot in spots:
            if spot in self._open:
                continue
            try:
                self._open[spot] = _Lan(spot, self._port, self._received)
            except OSError as error:
                refused.add(spot)
                if spot not in self._refused:
                    reason = f"{spot.interface}, {spot.address}: {error.strerror or error}"
                    _log.warning("Other agents cannot be looked for on a network of this computer.", reason=reason)
        self._refused = frozenset(refused)

    def send(self, spot: Spot, sending: Sending) -> None:
        """Send it, or lose it as the network might: nothing waits, and what is gone comes again."""
        if spot in self._open:
            self._open[spot].send(sending)

    def close(self) -> None:
        """Listen no more."""
        self.keep(())


class _Lan:
    def __init__(self, spot: Spot, port: int, received: Received) -> None:
        self._spot = spot
        self._port = port
        self._received = received
        with ExitStack() as opened:
            self._mouth = opened.enter_context(_mouth(spot, port))
            self._readers = [_Reader(one, self._read) for one in (opened.enter_context(_ear(spot, port)), self._mouth)]
            self._sockets = opened.pop_all()
        for reader in self._readers:
            reader.start()

    def close(self) -> None:
        for reader in self._readers:
            reader.stop()
        self._sockets.close()

    def send(self, sending: Sending) -> None:
        address, port = (_group(self._spot), self._port) if sending.to is None else sending.to
        with suppress(OSError):
            self._mouth.sendto(sending.octets, _sockaddr(address, port, self._spot))

    def _read(self, octets: bytes, source: tuple[str, int]) -> None:
        self._received(self._spot, octets, source)


class _Reader:
    """Reads a socket within its budget, some datagrams at once."""

    def __init__(self, of: socket.socket, received: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._socket = of
        self._received = received
        self._loop = asyncio.get_running_loop()
        self._budget = Budget(*_READ)
        self._pause: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._pause = None
        self._loop.add_reader(self._socket, self._read)

    def stop(self) -> None:
        self._loop.remove_reader(self._socket)
        if self._pause is not None:
            self._pause.cancel()

    def _read(self) -> None:
        for _ in range(_AT_ONCE):
            if not self._budget.take(self._loop.time()):
                self._loop.remove_reader(self._socket)
                self._pause = self._loop.call_later(_PAUSE, self.start)
                return
            try:
                octets, source = self._socket.recvfrom(LONGEST + 1)
            except OSError:  # there is nothing more, or it tells of one that was sent
                return
            self._received(octets, source[:2])


def _ear(spot: Spot, port: int) -> socket.socket:
    with ExitStack() as opened:
        ear = opened.enter_context(_datagrams(spot))
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        group = _group(spot)
        # Joined before it is bound, and deaf to what others of this computer joined: nothing of another interface gets in.
        if isinstance(group, IPv4Address):
            ear.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, _request(group.packed, spot))
        else:
            ear.setsockopt(socket.IPPROTO_IPV6, _IPV6_MULTICAST_ALL, 0)
            membership = group.packed + struct.pack("=I", spot.index)
            ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
        ear.bind(_sockaddr(group, port, spot))
        opened.pop_all()
        return ear


def _mouth(spot: Spot, port: int) -> socket.socket:
    """At the port where it is free; another agent of this computer may have it, then at any."""
    with ExitStack() as opened:
        mouth = opened.enter_context(_datagrams(spot))
        if isinstance(spot.address, IPv4Address):
            mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _request(spot.address.packed, spot))
            mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _HOPS)
            mouth.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, _HOPS)
        else:
            mouth.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, spot.index)
            mouth.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, _HOPS)
            mouth.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, _HOPS)
        try:
            mouth.bind(_sockaddr(spot.address, port, spot))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            mouth.bind(_sockaddr(spot.address, 0, spot))
        opened.pop_all()
        return mouth


def _datagrams(spot: Spot) -> socket.socket:
    family = socket.AF_INET if isinstance(spot.address, IPv4Address) else socket.AF_INET6
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return made


def _group(spot: Spot) -> IPv4Address | IPv6Address:
    return GROUP_4 if isinstance(spot.address, IPv4Address) else GROUP_6


def _request(first: bytes, spot: Spot) -> bytes:
    """``ip_mreqn`` of ip(7): the group or nothing, our address, the interface."""
    if IPv4Address(first).is_multicast:
        return first + spot.address.packed + struct.pack("=i", spot.index)
    return bytes(4) + first + struct.pack("=i", spot.index)


def _sockaddr(address: IPv4Address | IPv6Address, port: int, spot: Spot) -> tuple[str, int] | tuple[str, int, int, int]:
    if isinstance(address, IPv4Address):
        return str(address), port
    return str(address), port, 0, spot.index if address.is_multicast else 0
