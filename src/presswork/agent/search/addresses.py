"""Which addresses a search asks: pure decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from presswork.core.errors import Invalid
from presswork.protocols.control.search import ADDRESSES


def blocks(ranges: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """The blocks of addresses, none twice. ``Invalid`` for what is none, and for more than ``ADDRESSES`` addresses."""
    found: list[IPv4Network | IPv6Network] = []
    for text in ranges:
        try:
            block = ip_network(text, strict=False)
        except ValueError:
            raise Invalid(f"{text} is no block of addresses such as 192.0.2.0/24.") from None
        if block.is_multicast or block.is_unspecified:
            raise Invalid(f"No printer can have an address in {text}.")
        if not any(block.version == other.version and _within(block, other) for other in found):
            found.append(block)
    if sum(block.num_addresses for block in found) > ADDRESSES:
        raise Invalid(f"These are more than {ADDRESSES:,} addresses. Search smaller blocks one after the other.")
    return tuple(found)


def addresses(asked: Sequence[IPv4Network | IPv6Network]) -> Iterator[str]:
    """Each address that a device can have: not the first and the last of a block, which stand for all of it."""
    for block in asked:
        yield from map(str, block.hosts())


def count(asked: Sequence[IPv4Network | IPv6Network]) -> int:
    """How many ``addresses`` gives, without going through them."""
    return sum(_hosts(block) for block in asked)


def _hosts(block: IPv4Network | IPv6Network) -> int:
    if block.max_prefixlen - block.prefixlen <= 1:
        return block.num_addresses
    return block.num_addresses - (2 if block.version == 4 else 1)


def _within(block: IPv4Network | IPv6Network, other: IPv4Network | IPv6Network) -> bool:
    return int(other.network_address) <= int(block.network_address) and int(block.broadcast_address) <= int(
        other.broadcast_address
    )
