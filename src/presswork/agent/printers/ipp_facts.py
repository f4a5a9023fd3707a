"""A device as it describes itself by IPP: Get-Printer-Attributes (RFC 8011 §4.2.5), PWG 5100.13 and the ``marker`` attributes."""

from __future__ import annotations

import re
from uuid import UUID

from presswork.agent.delivery.capabilities import Capabilities
from presswork.agent.printers.facts import LONGEST, DeviceFacts
from presswork.agent.printers.keyed import device_id, keyed, make_and_model
from presswork.agent.printers.parts import SOME_LEFT, Left, colour_of, percent, sheets, size_name
from presswork.protocols.control.device import SUPPLIES, TRAYS, Supply, Tray
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.text import cleaned
from presswork.protocols.ipp.values import Collection, Value

ATTRIBUTES = (
    "device-uuid",
    "document-format-supported",
    "marker-colors",
    "marker-levels",
    "marker-names",
    "marker-types",
    "media-col-ready",
    "media-ready",
    "printer-device-id",
    "printer-dns-sd-name",
    "printer-firmware-name",
    "printer-firmware-string-version",
    "printer-impressions-completed",
    "printer-info",
    "printer-input-tray",
    "printer-is-accepting-jobs",
    "printer-location",
    "printer-make-and-model",
    "printer-name",
    "printer-serial-number",
    "printer-state",
    "printer-state-reasons",
    "printer-supply",
    "printer-supply-description",
    "printer-uuid",
)
"""What is asked for."""
_MOST_IMPRESSIONS = 2**53
_NUMBER = re.compile(r"-?[0-9]{1,12}")
_WASTE = "waste"


def facts_of(printer: Capabilities) -> DeviceFacts:
    """The facts of a reply. What is not there, or is not what it should be, is not known."""
    identity = device_id(_line(printer, "printer-device-id"))
    return DeviceFacts(
        by=frozenset({"ipp"}),
        uuid=_uuid(_line(printer, "printer-uuid")) or _uuid(_line(printer, "device-uuid")),
        serial_number=_line(printer, "printer-serial-number") or identity.get("sn", "")[:LONGEST],
        name=_line(printer, "printer-dns-sd-name") or _line(printer, "printer-info") or _line(printer, "printer-name"),
        location=_line(printer, "printer-location"),
        make_and_model=_line(printer, "printer-make-and-model") or make_and_model(identity)[:LONGEST],
        firmware=_firmware(printer),
        state=printer.state,
        state_reasons=printer.state_reasons,
        document_formats=printer.lines("document-format-supported"),
        trays=_input_trays(printer) or _ready(printer),
        supplies=_supplies(printer) or _markers(printer),
        impressions=_count(next(iter(printer.values("printer-impressions-completed")), None)),
    )


def _line(printer: Capabilities, name: str) -> str:
    return cleaned("".join(printer.lines(name)[:1]), LONGEST)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text.lower().removeprefix("urn:uuid:")))
    except ValueError:
        return ""


def _firmware(printer: Capabilities) -> str:
    """``printer-firmware-string-version`` (PWG 5100.13 §5.6): of the part that is called firmware, else of the first."""
    names = printer.lines("printer-firmware-name")
    versions = printer.lines("printer-firmware-string-version")
    for name, version in zip(names, versions, strict=False):
        if "firmware" in name.lower():
            return version
    return next(iter(versions), "")


def _count(value: Value | None) -> int | None:
    return value if type(value) is int and 0 <= value <= _MOST_IMPRESSIONS else None


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _octets(value: Value) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _supplies(printer: Capabilities) -> tuple[Supply, ...]:
    """``printer-supply`` and its descriptions (PWG 5100.13 §5.6): the columns of the Printer-MIB in one text."""
    descriptions = printer.lines("printer-supply-description")
    found = []
    for number, value in enumerate(printer.values("printer-supply")[:SUPPLIES]):
        said = keyed(_octets(value), "=")
        left = percent(_number(said.get("level", "")), _number(said.get("maxcapacity", "")))
        kind = _keyword(said.get("type", ""))
        found.append(
            Supply(
                name=_nth(descriptions, number) or said.get("colorantname", "")[:LONGEST] or f"Supply {number + 1}",
                kind=kind,
                colour=colour_of(said.get("colorantname", "")),
                level=left.level,
                some_left=left.some_left,
                receptacle=said.get("class", "").lower().startswith("receptacle") or kind.startswith(_WASTE),
            )
        )
    return tuple(found)


def _markers(printer: Capabilities) -> tuple[Supply, ...]:
    """``marker-levels`` are per cent; of a waste box they say how full it is, so the rest is the room left."""
    names, kinds, colours = (printer.lines(name) for name in ("marker-names", "marker-types", "marker-colors"))
    levels = printer.values("marker-levels")
    found = []
    for number in range(min(max(len(names), len(levels)), SUPPLIES)):
        kind = _keyword(_nth(kinds, number))
        receptacle = kind.startswith(_WASTE)
        level = levels[number] if number < len(levels) else None
        left = _marker_left(level if type(level) is int else None, receptacle=receptacle)
        found.append(
            Supply(
                name=_nth(names, number) or f"Supply {number + 1}",
                kind=kind,
                colour=colour_of(_nth(colours, number)),
                level=left.level,
                some_left=left.some_left,
                receptacle=receptacle,
            )
        )
    return tuple(found)


def _marker_left(level: int | None, *, receptacle: bool) -> Left:
    if level == SOME_LEFT:
        return Left(None, some_left=True)
    if level is None or not 0 <= level <= 100:
        return Left(None)
    return Left(100 - level if receptacle else level)


def _input_trays(printer: Capabilities) -> tuple[Tray, ...]:
    """``printer-input-tray`` (PWG 5100.13 §5.6). *auto* is no tray but the printer's choice among them."""
    found: list[Tray] = []
    for value in printer.values("printer-input-tray")[:TRAYS]:
        said = keyed(_octets(value), "=")
        name = said.get("name", "")[:LONGEST]
        if name == "auto":
            continue
        unit = 2.54 if said.get("dimunit", "").lower().startswith("tenthousandths") else 1.0
        held = sheets(_number(said.get("level", "")), _number(said.get("maxcapacity", "")))
        found.append(
            Tray(
                name=name or f"Tray {len(found) + 1}",
                media=size_name(
                    (_number(said.get("mediaxfeed", "")) or 0) * unit, (_number(said.get("mediafeed", "")) or 0) * unit
                ),
                level=held.level,
                capacity=held.capacity,
                some_left=held.some_left,
                manual="manual" in said.get("type", "").lower(),
            )
        )
    return tuple(found)


def _ready(printer: Capabilities) -> tuple[Tray, ...]:
    """``media-col-ready`` where it names its sources, else ``media-ready``: what is loaded, without how much."""
    trays = [
        Tray(name=cleaned(str(source.value), LONGEST), media=_size(value), manual=source.value == "manual")
        for value in printer.values("media-col-ready")[:TRAYS]
        if isinstance(value, Collection) and (source := _member(value, "media-source")) is not None
    ]
    if trays:
        return tuple({tray.name: tray for tray in reversed(trays)}.values())[::-1]
    sizes = printer.lines("media-ready")[:TRAYS]
    return tuple(Tray(name=f"Tray {number}", media=size) for number, size in enumerate(sizes, 1))


def _size(media: Collection) -> str:
    size = _member(media, "media-size")
    if size is None or not isinstance(size.value, Collection):
        return ""
    across, along = _member(size.value, "x-dimension"), _member(size.value, "y-dimension")
    if across is None or along is None or type(across.value) is not int or type(along.value) is not int:
        return ""
    return size_name(across.value * 10, along.value * 10)


def _member(collection: Collection, name: str) -> Attribute | None:
    member = collection.get(name)
    return member if member is not None and member.values else None


def _keyword(said: str) -> str:
    """``wasteToner`` and ``waste-toner`` are one: both spellings stand in ``printer-supply``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", said[:64]).lower()


def _nth(lines: tuple[str, ...], number: int) -> str:
    return lines[number] if number < len(lines) else ""
