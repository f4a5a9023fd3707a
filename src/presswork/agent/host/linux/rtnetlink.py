"""Asks the kernel about interfaces, addresses, routes and neighbours: netlink, family ROUTE (rtnetlink(7)).

The kernel answers a dump as it is read, so it waits for nobody. What it says is read within bounds all the same: a
router may have a million routes.
"""

from __future__ import annotations

import itertools
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface

_NETLINK_ROUTE = 0
_GET_LINK, _GET_ADDRESS, _GET_ROUTE, _GET_NEIGHBOUR = 18, 22, 26, 30
_REQUEST_DUMP = 0x301
_DONE, _ERROR = 3, 2
_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port id
_ATTRIBUTE = struct.Struct("=HH")  # rtattr: length, type
_LINK = struct.Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, change
_ADDRESS = struct.Struct("=BBBBI")  # ifaddrmsg: family, prefix length, flags, scope, index
_ROUTE = struct.Struct("=BBBBBBBBI")  # rtmsg: family, dst, src, tos, table, protocol, scope, type, flags
_NEIGHBOUR = struct.Struct("=BxxxiHBB")  # ndmsg: family, index, state, flags, type
_NEXT_HOP = struct.Struct("=HBBi")  # rtnexthop: length, flags, hops, index
_MAIN_TABLE, _UNICAST, _EVERYWHERE = 254, 1, 0
_UP_AND_RUNNING, _LOOPBACK = 0x41, 0x8
_NOT_RESOLVED = 0x01 | 0x20 | 0x40  # NUD_INCOMPLETE, NUD_FAILED, NUD_NOARP
_MOST = 4 * 1024 * 1024
"""Octets read of one dump; what comes after them is left out."""
_PIECE = 65_536
_DEADLINE = 2.0
CHANGES = 0x01 | 0x10 | 0x40 | 0x100 | 0x400
"""The groups that tell of interfaces, addresses and routes. Neighbours change all the time: nobody is woken for those."""

Address = IPv4Address | IPv6Address
_sequence = itertools.count(1)


@dataclass(slots=True)
class Interface:
    """One interface that is up."""

    index: int
    name: str
    addresses: list[IPv4Interface | IPv6Interface] = field(default_factory=list)
    gateways: list[Address] = field(default_factory=list)
    neighbours: dict[Address, str] = field(default_factory=dict)
    """Hardware addresses, of its gateways only."""


def interfaces() -> list[Interface]:
    """Those that are up and not the loopback, by their index. ``OSError`` where the kernel does not answer."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_ROUTE) as netlink:
        netlink.settimeout(_DEADLINE)
        netlink.bind((0, 0))
        found = {one.index: one for message in _dump(netlink, _GET_LINK) if (one := _interface(message)) is not None}
        for message in _dump(netlink, _GET_ADDRESS):
            _add_address(found, message)
        for message in _dump(netlink, _GET_ROUTE):
            _add_gateways(found, message)
        for message in _dump(netlink, _GET_NEIGHBOUR):
            _add_neighbour(found, message)
    return [found[index] for index in sorted(found)]


def change_socket() -> socket.socket:
    """A socket that becomes readable when an interface, an address or a route changes."""
    netlink = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, _NETLINK_ROUTE
    )
    try:
        netlink.bind((0, CHANGES))
    except OSError:
        netlink.close()
        raise
    return netlink


def drain(netlink: socket.socket) -> None:
    """Read what is there: that something changed is all that counts, also where some of it was lost (ENOBUFS)."""
    try:
        while netlink.recv(_PIECE):
            pass
    except OSError:
        return


def _dump(netlink: socket.socket, kind: int) -> Iterator[memoryview]:
    """The bodies of the answers to one question."""
    sequence = next(_sequence) & 0x7FFFFFFF
    body = bytes(_ROUTE.size)  # as long as the longest body; all zero: of every family
    netlink.sendto(_HEADER.pack(_HEADER.size + len(body), kind, _REQUEST_DUMP, sequence, 0) + body, (0, 0))
    read = 0
    while True:
        data, (sender, _) = netlink.recvfrom(_PIECE)
        read += len(data)
        if sender != 0:
            continue
        for answered, answer_kind, message in _messages(data):
            if answered != sequence:
                continue
            if answer_kind in (_DONE, _ERROR):
                return
            if read <= _MOST:
                yield message


def _messages(data: bytes) -> Iterator[tuple[int, int, memoryview]]:
    view, at = memoryview(data), 0
    while at + _HEADER.size <= len(view):
        length, kind, _, sequence, _ = _HEADER.unpack_from(view, at)
        if length < _HEADER.size or at + length > len(view):
            return
        yield sequence, kind, view[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _attributes(view: memoryview) -> dict[int, memoryview]:
    found: dict[int, memoryview] = {}
    at = 0
    while at + _ATTRIBUTE.size <= len(view):
        length, kind = _ATTRIBUTE.unpack_from(view, at)
        if length < _ATTRIBUTE.size or at + length > len(view):
            break
        found[kind & 0x3FFF] = view[at + _ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return found


def _interface(message: memoryview) -> Interface | None:
    if len(message) < _LINK.size:
        return None
    _, _, index, flags, _ = _LINK.unpack_from(message)
    if flags & _UP_AND_RUNNING != _UP_AND_RUNNING or flags & _LOOPBACK:
        return None
    name = _attributes(message[_LINK.size :]).get(3, memoryview(b""))
    return Interface(index, bytes(name).rstrip(b"\0").decode("ascii", "replace"))


def _add_address(found: dict[int, Interface], message: memoryview) -> None:
    if len(message) < _ADDRESS.size:
        return
    _, length, _, scope, index = _ADDRESS.unpack_from(message)
    attributes = _attributes(message[_ADDRESS.size :])
    # IFA_ADDRESS is the peer's where there is one, then IFA_LOCAL is our own
    address = _address(attributes.get(2, attributes.get(1)))
    interface = found.get(index)
    if interface is None or address is None or scope != _EVERYWHERE:
        return
    kind = IPv4Interface if isinstance(address, IPv4Address) else IPv6Interface
    interface.addresses.append(kind((int(address), length)))


def _add_gateways(found: dict[int, Interface], message: memoryview) -> None:
    if len(message) < _ROUTE.size:
        return
    _, destination, _, _, table, _, _, kind, _ = _ROUTE.unpack_from(message)
    if destination != 0 or table != _MAIN_TABLE or kind != _UNICAST:
        return
    attributes = _attributes(message[_ROUTE.size :])
    _add_gateway(found, attributes, _number(attributes.get(4)))
    hops = attributes.get(9, memoryview(b""))
    while len(hops) >= _NEXT_HOP.size:
        length, _, _, index = _NEXT_HOP.unpack_from(hops)
        if length < _NEXT_HOP.size or length > len(hops):
            return
        _add_gateway(found, _attributes(hops[_NEXT_HOP.size : length]), index)
        hops = hops[(length + 3) & ~3 :]


def _add_gateway(found: dict[int, Interface], attributes: dict[int, memoryview], index: int | None) -> None:
    via = attributes.get(18)  # RTA_VIA: a gateway of the other family, behind its family's number
    gateway = _address(attributes.get(5)) or (None if via is None else _address(via[2:]))
    interface = None if index is None else found.get(index)
    if interface is not None and gateway is not None and gateway not in interface.gateways:
        interface.gateways.append(gateway)


def _add_neighbour(found: dict[int, Interface], message: memoryview) -> None:
    if len(message) < _NEIGHBOUR.size:
        return
    _, index, state, _, _ = _NEIGHBOUR.unpack_from(message)
    attributes = _attributes(message[_NEIGHBOUR.size :])
    address, hardware = _address(attributes.get(1)), bytes(attributes.get(2, b""))
    interface = found.get(index)
    if interface is None or address not in interface.gateways or address is None:
        return
    if state & _NOT_RESOLVED == 0 and len(hardware) == 6 and any(hardware):
        interface.neighbours[address] = hardware.hex(":")


def _address(octets: memoryview | None) -> Address | None:
    match len(octets or b""):
        case 4:
            return IPv4Address(bytes(octets or b""))
        case 16:
            return IPv6Address(bytes(octets or b""))
    return None


def _number(octets: memoryview | None) -> int | None:
    return None if octets is None or len(octets) != 4 else int.from_bytes(octets, sys.byteorder)
