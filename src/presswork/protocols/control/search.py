"""The search for printers: the server says where, an agent looks and tells what it found."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from presswork.core.errors import Invalid
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.words import DeviceUri, Line, Sha256, Word

RANGES = 64
ADDRESSES = 65_536
"""At most so many addresses in one search."""
DEVICES_AT_ONCE = 100
"""At most so many devices in one report."""
Cidr = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9a-fA-F:.]+/[0-9]{1,3}$")]
"""A block of addresses (RFC 4632), such as ``192.0.2.0/24``."""
Block = IPv4Network | IPv6Network


class SearchOrder(Word):
    """Look for printers; repeated until its end was reported. The same ``search_id`` again is the same search."""

    search_id: UUID
    ranges: tuple[Cidr, ...] = Field((), max_length=RANGES)
    announced: bool = False
    """Also listen for what printers announce of themselves (DNS-SD, RFC 6763)."""
    snmp: SnmpSpec | None = None
    stopped: bool = False
    """A person has had enough: end it."""


class FoundDevice(Word):
    """A printer that answered. Its words are its own: shown, never believed."""

    host: Line
    """The address at which it answered."""
    ways: tuple[DeviceUri, ...] = Field(max_length=8)
    """Ways to print that answered, strongest first."""
    certificate_sha256: Sha256 | None = None
    uuid: Line = ""
    serial_number: Line = ""
    mac: Line = ""
    name: Line = ""
    location: Line = ""
    make_and_model: Line = ""


class SearchReport(Word):
    """How far a search is, and what it found since the last report that the server took."""

    search_id: UUID
    asked: int = Field(ge=0)
    """Addresses that were asked."""
    total: int = Field(ge=0)
    devices: tuple[FoundDevice, ...] = Field((), max_length=DEVICES_AT_ONCE)
    ended: bool = False
    sentence: Line = ""
    """Why it could not be done, where it could not."""


def blocks_of(ranges: Sequence[str]) -> tuple[Block, ...]:
    """The blocks of addresses that a search may ask, none of them within another one.

    ``Invalid`` for what is no block, where no printer can be, and beyond ``RANGES`` and ``ADDRESSES``.
    """
    if len(ranges) > RANGES:
        raise Invalid(f"These are more than {RANGES} blocks. Search them one after the other.", field="ranges")
    all_of_them = dict.fromkeys(map(_block, ranges))
    found = tuple(one for one in all_of_them if not any(one != other and _within(one, other) for other in all_of_them))
    if sum(block.num_addresses for block in found) > ADDRESSES:
        raise Invalid(
            f"These are more than {ADDRESSES:,} addresses. Search smaller blocks one after the other.", field="ranges"
        )
    return found


def _block(text: str) -> Block:
    try:
        # none with a zone (RFC 4007 §11), which says something to one computer only
        block = ip_network(text.strip().replace("%", " "), strict=False)
    except ValueError:
        raise Invalid(f"“{text.strip()[:50]}” is no block of addresses such as 192.0.2.0/24.", field="ranges") from None
    if block.is_multicast or block.is_unspecified:
        raise Invalid(f"No printer can have an address in {block}.", field="ranges")
    return block


def _within(block: Block, other: Block) -> bool:
    first, last = int(block.network_address), int(block.broadcast_address)
    return (
        block.version == other.version and int(other.network_address) <= first and last <= int(other.broadcast_address)
    )
