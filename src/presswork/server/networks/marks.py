"""By what a network is known, and which networks a computer is on: pure decisions.

A mark is a gateway (address and hardware address), a block of addresses, or a DNS suffix. Any one that fits is enough,
and a computer may be on several networks. What a computer tells of itself is a claim: from it follows which queues it
is offered, never what a person may do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal
from uuid import UUID

from presswork.core.errors import Invalid
from presswork.protocols.control.words import NetworkHint

MarkKind = Literal["gateway", "cidr", "dns-suffix"]
_MAC = re.compile(r"[0-9a-f]{2}([:-]?[0-9a-f]{2}){5}")
_DNS = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark in its canonical form."""

    kind: MarkKind
    value: str


@dataclass(frozen=True, slots=True)
class MarkOfNetwork:
    """A mark and the network it stands for."""

    network_id: UUID
    mark: Mark


def canonical(kind: str, text: str) -> Mark:
    """The mark that a person typed; ``Invalid`` where it cannot be one."""
    words = text.strip().lower()
    if kind == "gateway":
        return Mark("gateway", _gateway(words))
    if kind == "cidr":
        return Mark("cidr", _block(words))
    if kind == "dns-suffix":
        suffix = words.strip(".")
        if not _DNS.fullmatch(suffix):
            raise Invalid("A DNS suffix looks like berlin.example.org.", field="value")
        return Mark("dns-suffix", suffix)
    raise Invalid("A network is known by a gateway, a block of addresses, or a DNS suffix.", field="kind")


def proposed(hint: NetworkHint) -> Mark | None:
    """By what a network of this hint would best be known: its gateway, else its subnet.

    None without a gateway: a subnet within the computer, as for containers, is no place to be filed.
    """
    if hint.gateway is None:
        return None
    if hint.gateway_mac is not None:
        return Mark("gateway", f"{hint.gateway} {hint.gateway_mac}")
    subnets = [prefix for prefix in hint.prefixes if prefix.prefixlen < prefix.max_prefixlen]
    return Mark("cidr", str(subnets[0])) if subnets else None


def possible_marks(hints: Iterable[NetworkHint]) -> frozenset[Mark]:
    """Every mark that would fit one of the hints: what to look up, however many networks there are."""
    return frozenset(mark for hint in hints for mark in _possible(hint))


def networks_of(hints: Iterable[NetworkHint], marks: Iterable[MarkOfNetwork]) -> frozenset[UUID]:
    """The networks that a computer with these hints is on."""
    possible = possible_marks(hints)
    return frozenset(one.network_id for one in marks if one.mark in possible)


def approved_prefixes(
    hints: Iterable[NetworkHint], marks: Iterable[MarkOfNetwork]
) -> tuple[IPv4Network | IPv6Network, ...]:
    """The subnets of these hints that belong to known networks: where an agent may look for others.

    All subnets behind a gateway that is a mark, and those within a block that is one. A DNS suffix approves nothing: any
    router that hands out addresses may claim it.
    """
    known = {one.mark for one in marks}
    found: dict[IPv4Network | IPv6Network, None] = {}
    for hint in hints:
        gateway = f"{hint.gateway} {hint.gateway_mac}"
        behind = hint.gateway is not None and Mark("gateway", gateway) in known
        for prefix in hint.prefixes:
            if behind or any(Mark("cidr", str(block)) in known for block in _blocks_around(prefix)):
                found[prefix] = None
    return tuple(found)


def _possible(hint: NetworkHint) -> Iterator[Mark]:
    if hint.gateway is not None and hint.gateway_mac is not None:
        yield Mark("gateway", f"{hint.gateway} {hint.gateway_mac}")
    for prefix in hint.prefixes:
        yield from (Mark("cidr", str(block)) for block in _blocks_around(prefix))
    for suffix in hint.dns_suffixes:
        labels = suffix.split(".")
        yield from (Mark("dns-suffix", ".".join(labels[start:])) for start in range(len(labels)))


def _blocks_around(prefix: IPv4Network | IPv6Network) -> Iterator[IPv4Network | IPv6Network]:
    """The prefix and all larger blocks that hold it; not the block of all addresses, which marks no place."""
    for length in range(prefix.prefixlen, 0, -1):
        yield prefix.supernet(new_prefix=length)


def _gateway(words: str) -> str:
    address, _, mac = words.replace(",", " ").partition(" ")
    mac = mac.strip()
    try:
        parsed = ip_address(address)
    except ValueError:
        parsed = None
    if parsed is None or "%" in address or not _MAC.fullmatch(mac):
        raise Invalid("A gateway looks like 192.0.2.1 00:00:5e:00:53:01, its address and its MAC.", field="value")
    digits = re.sub("[:-]", "", mac)
    return f"{parsed} {':'.join(digits[at : at + 2] for at in range(0, 12, 2))}"


def _block(words: str) -> str:
    try:
        block = ip_network(words, strict=False)
    except ValueError:
        raise Invalid("A block of addresses looks like 192.0.2.0/24 or 2001:db8::/48.", field="value") from None
    if block.prefixlen == 0:
        raise Invalid("This block holds every address there is, so it marks no network.", field="value")
    return str(block)
