"""What a simulated printer says of itself by SNMP: Printer-MIB (RFC 3805) and Host-Resources-MIB (RFC 2790)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from presswork.protocols.snmp import mib
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.message import Tag, Value

Variables = Mapping[Oid, tuple[Tag, Value]]
_DEVICE = 1
_PRINTER_DEVICE = (1, 3, 6, 1, 2, 1, 25, 3, 1, 5)
_HR_DEVICE_TYPE = (1, 3, 6, 1, 2, 1, 25, 3, 2, 1, 2)
_ALERT_GROUP_INPUT = 8
_ALERT_GROUP_MEDIA_PATH = 13
_CRITICAL = 3
_SHEETS, _IMPRESSIONS, _PER_CENT, _MICROMETRES = 8, 7, 19, 4


@dataclass(frozen=True, slots=True)
class MibTray:
    """A tray of A4; level -3 is *some left*, -2 *unknown*."""

    name: str
    level: int
    capacity: int = 250


@dataclass(frozen=True, slots=True)
class MibSupply:
    """A supply in per cent; ``kind`` is ``PrtMarkerSuppliesTypeTC``: 3 toner, 4 waste toner, 9 drum."""

    description: str
    level: int
    kind: int = 3
    colorant: str = ""


@dataclass(frozen=True, slots=True)
class MibState:
    """A printer at one moment."""

    name: str
    model: str
    serial_number: str
    mac: bytes
    printing: bool = False
    paper_out: bool = False
    jam: bool = False
    pjl: bool = False
    impressions: int = 0
    trays: tuple[MibTray, ...] = (MibTray("Tray 1", 200), MibTray("Tray 2", -3, 500))
    supplies: tuple[MibSupply, ...] = (
        MibSupply("Black toner", 72, colorant="black"),
        MibSupply("Cyan toner", 41, colorant="cyan"),
        MibSupply("Magenta toner", 9, colorant="magenta"),
        MibSupply("Yellow toner", -3, colorant="yellow"),
        MibSupply("Waste toner box", 80, kind=4),
        MibSupply("Drum", -2, kind=9),
    )

    @property
    def device_status(self) -> int:
        """``hrDeviceStatus``."""
        return 5 if self.paper_out or self.jam else 2

    @property
    def printer_status(self) -> int:
        """``hrPrinterStatus``."""
        if self.paper_out or self.jam:
            return 1
        return 4 if self.printing else 3

    @property
    def detected(self) -> bytes:
        """``hrPrinterDetectedErrorState``."""
        return bytes((0x40 * self.paper_out | 0x04 * self.jam,))


def variables(state: MibState) -> Variables:
    """All that the printer answers, in the order in which it is walked."""
    found: dict[Oid, tuple[Tag, Value]] = {}
    found[mib.SYS_DESCR] = _text(f"{state.model}; Presswork simulator")
    found[mib.SYS_NAME] = found[*mib.PRT_GENERAL_PRINTER_NAME, _DEVICE] = _text(state.name)
    found[mib.SYS_LOCATION] = _text("On this computer")
    found[*mib.IF_TYPE, 1] = _integer(6)
    found[*mib.IF_PHYS_ADDRESS, 1] = Tag.OCTET_STRING, state.mac
    found[*_HR_DEVICE_TYPE, _DEVICE] = Tag.OBJECT_IDENTIFIER, _PRINTER_DEVICE
    found[*mib.HR_DEVICE_DESCR, _DEVICE] = _text(state.model)
    found[*mib.HR_DEVICE_STATUS, _DEVICE] = _integer(state.device_status)
    found[*mib.HR_PRINTER_STATUS, _DEVICE] = _integer(state.printer_status)
    found[*mib.HR_PRINTER_DETECTED_ERROR_STATE, _DEVICE] = Tag.OCTET_STRING, state.detected
    found[*mib.PRT_GENERAL_SERIAL_NUMBER, _DEVICE] = _text(state.serial_number)
    found[*mib.PRT_MARKER_COUNTER_UNIT, _DEVICE, 1] = _integer(_IMPRESSIONS)
    found[*mib.PRT_MARKER_LIFE_COUNT, _DEVICE, 1] = Tag.COUNTER, state.impressions
    for number, language in enumerate((54, 6, 5) if state.pjl else (54, 6), 1):
        found[*mib.PRT_INTERPRETER_LANG_FAMILY, _DEVICE, number] = _integer(language)
    found[*mib.PPM_PRINTER_IEEE_1284_DEVICE_ID, 1] = _text(
        f"MFG:Presswork;CMD:PDF,POSTSCRIPT;MDL:{state.model};SN:{state.serial_number};"
    )
    _tables(found, state)
    return dict(sorted(found.items()))


def _tables(found: dict[Oid, tuple[Tag, Value]], state: MibState) -> None:
    for row, tray in enumerate(state.trays, 1):
        level = 0 if state.paper_out else tray.level
        cells = zip(_TRAY, (3, _MICROMETRES, 297_000, 210_000, _SHEETS, tray.capacity, level), strict=True)
        found.update({(*column, _DEVICE, row): _integer(value) for column, value in cells})
        found[*mib.PRT_INPUT_NAME, _DEVICE, row] = _text(tray.name)
        found[*mib.PRT_INPUT_MEDIA_NAME, _DEVICE, row] = _text("iso_a4_210x297mm")
    for row, supply in enumerate(state.supplies, 1):
        values = (
            row if supply.colorant else 0,
            4 if supply.kind == 4 else 3,
            supply.kind,
            _PER_CENT,
            100,
            supply.level,
        )
        found.update({(*c, _DEVICE, row): _integer(v) for c, v in zip(_SUPPLY, values, strict=True)})
        found[*mib.PRT_MARKER_SUPPLIES_DESCRIPTION, _DEVICE, row] = _text(supply.description)
        if supply.colorant:
            found[*mib.PRT_MARKER_COLORANT_VALUE, _DEVICE, row] = _text(supply.colorant)
    for row, (group, code) in enumerate(_alerts(state), 1):
        cells = zip(_ALERT, (_CRITICAL, group, code), strict=True)
        found.update({(*column, _DEVICE, row): _integer(value) for column, value in cells})


_TRAY = (
    mib.PRT_INPUT_TYPE,
    mib.PRT_INPUT_DIM_UNIT,
    mib.PRT_INPUT_MEDIA_DIM_FEED_DIR_DECLARED,
    mib.PRT_INPUT_MEDIA_DIM_X_FEED_DIR_DECLARED,
    mib.PRT_INPUT_CAPACITY_UNIT,
    mib.PRT_INPUT_MAX_CAPACITY,
    mib.PRT_INPUT_CURRENT_LEVEL,
)
_SUPPLY = (
    mib.PRT_MARKER_SUPPLIES_COLORANT_INDEX,
    mib.PRT_MARKER_SUPPLIES_CLASS,
    mib.PRT_MARKER_SUPPLIES_TYPE,
    mib.PRT_MARKER_SUPPLIES_SUPPLY_UNIT,
    mib.PRT_MARKER_SUPPLIES_MAX_CAPACITY,
    mib.PRT_MARKER_SUPPLIES_LEVEL,
)
_ALERT = (mib.PRT_ALERT_SEVERITY_LEVEL, mib.PRT_ALERT_GROUP, mib.PRT_ALERT_CODE)


def _alerts(state: MibState) -> Iterable[tuple[int, int]]:
    """Group and code (``PrtAlertCodeTC``): inputMediaSupplyEmpty, jam."""
    if state.paper_out:
        yield _ALERT_GROUP_INPUT, 808
    if state.jam:
        yield _ALERT_GROUP_MEDIA_PATH, 8


def _text(value: str) -> tuple[Tag, Value]:
    return Tag.OCTET_STRING, value.encode()[:255]


def _integer(value: int) -> tuple[Tag, Value]:
    return Tag.INTEGER, value
