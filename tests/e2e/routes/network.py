"""The network of the situations, made of namespaces: two sites, a home, and the server in between.

    server ── router ──┬── office ─── desk, archive, porter, near
                       ├── south ──── branch, shop
                       └── gateway (NAT) ── home
    archive, porter ── printers ── far          no routing between this segment and any other

Between office and south the router passes on agents' ports only (21335 and 21336), and nothing that comes from the home.
The server is this process: its host is the namespace that the tests run in.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from presswork.testing.namespaces import Host, connected, hosts

HOSTS = ("switch", "router", "gateway", "desk", "archive", "porter", "near", "branch", "shop", "home", "far")
_SEGMENTS = {"office": 0, "printers": 32, "south": 64, "home": 96, "outside": 128}
"""Where each segment begins in the /24; a segment has 32 addresses."""
_LEGS = {
    "office": {"router": 1, "desk": 2, "archive": 3, "porter": 4, "near": 5},
    "printers": {"archive": 3, "porter": 4, "far": 5},
    "south": {"router": 1, "branch": 2, "shop": 5},
    "home": {"gateway": 1, "home": 2},
    "outside": {"router": 1, "gateway": 2},
}
_SERVER = 224
"""Where the link between router and server begins."""


@dataclass(frozen=True, slots=True)
class Network:
    """The hosts, and where they are."""

    hosts: dict[str, Host]
    block: IPv4Network

    @property
    def server(self) -> str:
        """The server's address."""
        return str(self.block[_SERVER + 1])

    def address(self, segment: str, host: str) -> str:
        """Of a host in a segment."""
        return str(self.block[_SEGMENTS[segment] + _LEGS[segment][host]])

    def address6(self, segment: str, host: str) -> str:
        """The same in IPv6."""
        return f"2001:db8:{list(_SEGMENTS).index(segment) + 1:x}::{_LEGS[segment][host]:x}"

    def subnet(self, segment: str) -> IPv4Network:
        """The addresses of a segment."""
        return IPv4Network((self.block[_SEGMENTS[segment]], 27))

    async def restore(self) -> None:
        """Everything passes again that passed at first."""
        await asyncio.gather(
            self.hosts["router"].rules(forward=self._router_rules()),
            *(one.rules() for one in self.hosts.values() if one.name not in {"router", "switch", "gateway"}),
        )

    def _router_rules(self, *more: str) -> list[str]:
        office, south, outside = (self.subnet(one) for one in ("office", "south", "outside"))
        return [
            *more,
            "ct state established,related accept",
            f"ip saddr {office} ip daddr {south} tcp dport != {{ 21335, 21336 }} reject with icmp admin-prohibited",
            f"ip saddr {south} ip daddr {office} tcp dport != {{ 21335, 21336 }} reject with icmp admin-prohibited",
            f"ip saddr {outside} ip daddr {{ {office}, {south} }} reject with icmp admin-prohibited",
        ]

    async def server_away(self) -> None:
        """Nobody reaches the server: connections end, and new ones are refused."""
        await self.hosts["router"].rules(
            forward=self._router_rules(f"ip daddr {self.server} meta l4proto tcp reject with tcp reset")
        )


@asynccontextmanager
async def network() -> AsyncIterator[Network]:
    """The network in a /24 of its own (of 198.18.0.0/15, RFC 2544); it is gone with the context."""
    block = IPv4Network((int(IPv4Address("198.18.0.0")) + secrets.randbelow(512) * 256, 24))
    async with hosts(*HOSTS) as made:
        here = Network(made, block)
        await _lay_cables(here)
        router = block[_SERVER + 2]
        async with connected(
            made["router"], "server", address=here.server, prefix=30, routes={str(block): str(router)}
        ):
            await made["router"].configure(f"addr add {router}/30 dev server", "link set server up")
            await _configure(here)
            await here.restore()
            yield here


async def _lay_cables(here: Network) -> None:
    switch = here.hosts["switch"]
    lines = [f"link add {segment} type bridge" for segment in _LEGS]
    lines += [f"link set {segment} up" for segment in _LEGS]
    for number, (segment, legs) in enumerate(_LEGS.items()):
        for host in legs:
            port = f"p{number}-{host}"
            lines.append(f"link add {port} type veth peer name {segment} netns {here.hosts[host].namespace}")
            lines += [f"link set {port} master {segment}", f"link set {port} up"]
    await switch.configure(*lines)


async def _configure(here: Network) -> None:
    lines: dict[str, list[str]] = {name: [] for name in HOSTS}
    for segment, legs in _LEGS.items():
        for host in legs:
            lines[host] += [
                f"addr add {here.address(segment, host)}/27 brd + dev {segment}",
                f"addr add {here.address6(segment, host)}/64 dev {segment} nodad",
                f"link set {segment} up",
            ]
    for segment, gateway in (("office", "router"), ("south", "router"), ("home", "gateway")):
        for host in _LEGS[segment]:
            if host != gateway:
                lines[host].append(f"route add default via {here.address(segment, gateway)}")
    lines["gateway"].append(f"route add default via {here.address('outside', 'router')}")
    await asyncio.gather(*(here.hosts[name].configure(*wanted) for name, wanted in lines.items() if wanted))
    for name in ("router", "gateway"):
        await here.hosts[name].run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
    await here.hosts["gateway"].nft(
        "table ip nat {\nchain postrouting {\ntype nat hook postrouting priority 100\noifname outside masquerade\n}\n}\n"
        "table ip closed {\nchain forward {\ntype filter hook forward priority 0\n"
        "ct state established,related accept\niifname outside drop\n}\n}"
    )
