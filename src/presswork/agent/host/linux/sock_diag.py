"""Asks the kernel about one TCP socket of this computer: netlink, family SOCK_DIAG (sock_diag(7)).

The request names both addresses and both ports. The kernel answers at once, in the same call, so nothing here waits.
"""

from __future__ import annotations

import itertools
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NLMSG_ERROR = 2
_ANY_STATE = 0xFFFFFFFF
_NO_COOKIE = b"\xff" * 8

_HEADER = struct.Struct("=IHHII")  # nlmsghdr: length, type, flags, sequence, port id
_REQUEST = struct.Struct("=BBBxI")  # inet_diag_req_v2: family, protocol, extensions, states
_PORTS = struct.Struct("!HH")
_SOCKET_ID = struct.Struct("=4s16s16sI8s")  # inet_diag_sockid: ports, source, destination, interface, cookie
_FAMILY_STATE = struct.Struct("=BBxx")
_TAIL = struct.Struct("=IIIII")  # expires, rqueue, wqueue, uid, inode
_ANSWER_LENGTH = _HEADER.size + _FAMILY_STATE.size + _SOCKET_ID.size + _TAIL.size

TCP_ESTABLISHED = 1
IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port. An IPv4 address in IPv6 clothes (RFC 4291 §2.5.5.2) is held as the IPv4 address it is."""

    address: IPAddress
    port: int

    @classmethod
    def of(cls, address: IPAddress, port: int) -> Endpoint:
        """The endpoint, its address in the plainest form."""
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return cls(mapped or address, port)


@dataclass(frozen=True, slots=True)
class TcpSocket:
    """What the kernel says of a socket. One that its process closed has ``inode`` 0, and a ``uid`` that says nothing."""

    state: int
    uid: int
    inode: int


_sequence = itertools.count(1)


def find_tcp_socket(local: Endpoint, remote: Endpoint) -> TcpSocket | None:
    """The socket of this computer that is bound to ``local`` and connected to ``remote``; None where there is none.

    Raises ``OSError`` where the kernel does not answer such questions.
    """
    sequence = next(_sequence) & 0x7FFFFFFF
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as netlink:
        netlink.setblocking(False)
        netlink.sendto(_request(sequence, local, remote), (0, 0))
        data, (sender, _) = netlink.recvfrom(4096)
    if sender != 0:
        return None
    return _answer(data, sequence, local, remote)


def _request(sequence: int, local: Endpoint, remote: Endpoint) -> bytes:
    family = socket.AF_INET if isinstance(local.address, IPv4Address) else socket.AF_INET6
    body = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, _ANY_STATE) + _SOCKET_ID.pack(
        _PORTS.pack(local.port, remote.port),
        local.address.packed.ljust(16, b"\0"),
        remote.address.packed.ljust(16, b"\0"),
        0,
        _NO_COOKIE,
    )
    return _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, sequence, 0) + body


def _answer(data: bytes, sequence: int, local: Endpoint, remote: Endpoint) -> TcpSocket | None:
    if len(data) < _HEADER.size:
        return None
    _, kind, _, answered, _ = _HEADER.unpack_from(data)
    if kind == _NLMSG_ERROR or kind != _SOCK_DIAG_BY_FAMILY or answered != sequence or len(data) < _ANSWER_LENGTH:
        return None
    offset = _HEADER.size
    family, state = _FAMILY_STATE.unpack_from(data, offset)
    offset += _FAMILY_STATE.size
    ports, source, destination, _, _ = _SOCKET_ID.unpack_from(data, offset)
    offset += _SOCKET_ID.size
    _, _, _, uid, inode = _TAIL.unpack_from(data, offset)
    source_port, destination_port = _PORTS.unpack(ports)
    # Without an exact match the kernel answers with a listening socket of that port.
    if _endpoint(family, source, source_port) != local or _endpoint(family, destination, destination_port) != remote:
        return None
    return TcpSocket(state, uid, inode)


def _endpoint(family: int, address: bytes, port: int) -> Endpoint:
    if family == socket.AF_INET:
        return Endpoint(IPv4Address(address[:4]), port)
    return Endpoint.of(IPv6Address(address), port)
