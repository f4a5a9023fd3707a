"""A device as it was read, by IPP, by SNMP, or both."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

from presswork.protocols.control.device import Supply, Tray

State = Literal["idle", "processing", "stopped", "unknown"]
LONGEST = 255
"""Characters of one line of a device."""
_BOTH = frozenset({"by", "ways", "state", "state_reasons", "supplies", "trays"})
_STRENGTH = ("ipps", "ipp", "socket", "lpd")


@dataclass(frozen=True, slots=True)
class DeviceWay:
    """A way that answered."""

    uri: str
    certificate_sha256: str | None = None
    """What it showed, of an ``ipps`` way."""

    @property
    def scheme(self) -> str:
        """Of the URI."""
        return self.uri.partition(":")[0]


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """Empty and None are *not known*. All texts are one line without control characters."""

    by: frozenset[Literal["ipp", "snmp"]] = frozenset()
    """What it answered to; neither where only a connection was made."""
    ways: tuple[DeviceWay, ...] = ()
    """Ways to print that answered, the strongest first."""
    uuid: str = ""
    """Lower case, without ``urn:uuid:``."""
    serial_number: str = ""
    mac: str = ""
    """Such as ``00:11:22:aa:bb:cc``."""
    name: str = ""
    """As it calls itself."""
    location: str = ""
    make_and_model: str = ""
    firmware: str = ""
    state: State = "unknown"
    state_reasons: tuple[str, ...] = ()
    """``printer-state-reasons`` but for ``none``."""
    document_formats: tuple[str, ...] = ()
    trays: tuple[Tray, ...] = ()
    supplies: tuple[Supply, ...] = ()
    impressions: int | None = None
    """Sides it has printed in its life."""
    certificate_sha256: str | None = None
    """The certificate it shows, also where that is not the pinned one; None without TLS."""


def merged(ipp: DeviceFacts | None, snmp: DeviceFacts | None) -> DeviceFacts | None:
    """One record of two readings. IPP's word counts for the state; for the rest SNMP fills what IPP leaves open.

    Supplies and trays are taken whole from one of them: IPP's, unless it gives no level and SNMP does.
    """
    if ipp is None or snmp is None:
        return ipp or snmp
    filled = {
        field.name: getattr(snmp, field.name)
        for field in fields(DeviceFacts)
        if field.name not in _BOTH and getattr(ipp, field.name) in (None, "", ())
    }
    if ipp.state == "unknown":
        filled |= {"state": snmp.state, "state_reasons": snmp.state_reasons}
    if not _says_levels(ipp.supplies) and (_says_levels(snmp.supplies) or not ipp.supplies):
        filled["supplies"] = snmp.supplies
    if not _says_levels(ipp.trays) and (_says_levels(snmp.trays) or not ipp.trays):
        filled["trays"] = snmp.trays
    return replace(ipp, by=ipp.by | snmp.by, ways=by_strength(*ipp.ways, *snmp.ways), **filled)


def by_strength(*ways: DeviceWay) -> tuple[DeviceWay, ...]:
    """The strongest way first: encrypted before plain, one that reports back before one that does not."""
    return tuple(sorted(dict.fromkeys(ways), key=lambda way: _STRENGTH.index(way.scheme)))


def _says_levels(parts: tuple[Supply, ...] | tuple[Tray, ...]) -> bool:
    return any(part.level is not None or part.some_left for part in parts)
