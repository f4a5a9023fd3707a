"""What a device says of itself that is more than a line: its trays, its supplies, and with what it is asked by SNMP."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from presswork.protocols.control.base import Line, Word

TRAYS = 32
SUPPLIES = 64
_COUNT_LIMIT = 2**53


class Tray(Word):
    """A tray. ``level`` and ``capacity`` are in sheets; None where the device does not know or count them."""

    name: Line
    media: Line = ""
    """What is in it: a PWG 5101.1 size name where it is one, else as the device says it."""
    level: int | None = Field(None, ge=0, le=_COUNT_LIMIT)
    capacity: int | None = Field(None, ge=0, le=_COUNT_LIMIT)
    some_left: bool = False
    """The device knows only that there is something in it (level -3, RFC 3805 ``prtInputCurrentLevel``)."""
    manual: bool = False
    """Fed by hand: nothing in it is nothing wrong."""


class Supply(Word):
    """Toner, ink, a drum, a waste box. ``level`` is per cent left, of a waste box room left; None where it is not known."""

    name: Line
    kind: Line = ""
    """``marker-types`` (PWG 5100.13 and CUPS), such as ``toner``, ``ink-cartridge``, ``waste-toner``."""
    colour: Annotated[str, StringConstraints(pattern=r"^(#[0-9A-F]{6})?$")] = ""
    level: int | None = Field(None, ge=0, le=100)
    some_left: bool = False
    """The device knows only that there is some left (level -3, RFC 3805 ``prtMarkerSuppliesLevel``)."""
    receptacle: bool = False
    """It is being filled, not used up."""


class SnmpSpec(Word):
    """With what a device is asked by SNMP."""

    version: Literal["1", "2c", "3"] = "2c"
    port: int = Field(161, ge=1, le=65535)
    community: Line = Field("public", repr=False)
    """Of versions 1 and 2c."""
    user: Line = ""
    """Of version 3, as all that follows."""
    auth: Literal["", "md5", "sha", "sha224", "sha256", "sha384", "sha512"] = ""
    auth_password: Line = Field("", repr=False)
    priv: Literal["", "des", "aes", "aes192", "aes256"] = ""
    priv_password: Line = Field("", repr=False)
    context: Line = ""


class WatchSpec(Word):
    """A printer that this computer looks at from time to time, for all others of its network."""

    printer_id: UUID
    snmp: SnmpSpec | None = None
    """None: it is not asked by SNMP."""
