"""The search for printers: the server says where, an agent looks and tells what it found."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.words import DeviceUri, Line, Sha256, Word

RANGES = 64
ADDRESSES = 65_536
"""At most so many addresses in one search."""
DEVICES_AT_ONCE = 100
"""At most so many devices in one report."""
Cidr = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9a-fA-F:.]+/[0-9]{1,3}$")]
"""A block of addresses (RFC 4632), such as ``192.0.2.0/24``."""


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
