"""Printer-MIB (RFC 3805) and Host-Resources-MIB (RFC 2790), read and put into the words of IPP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from presswork.agent.printers.alerts import reasons_of, state_of
from presswork.agent.printers.facts import LONGEST, DeviceFacts
from presswork.agent.printers.keyed import device_id, make_and_model
from presswork.agent.printers.parts import Sheets, colour_of, percent, sheets, size_name
from presswork.net.snmp_reading import SnmpClient
from presswork.protocols.control.device import SUPPLIES, TRAYS, Supply, Tray
from presswork.protocols.ipp.text import cleaned
from presswork.protocols.snmp import mib
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.message import Value

_Row = Mapping[Oid, Value]
_ALERTS = 20
_INTERFACES = 16
_ETHERNET = 6
_MANUAL = 5
_RECEPTACLE = 4
_IMPRESSIONS = 7
_PER_CENT = 19
_MOST_IMPRESSIONS = 2**53
_HIGHEST_DEVICE = 2**31 - 1
_MICROMETRES = {3: 2.54, 4: 1.0}
"""By ``PrtMediaUnitTC``: ten-thousandths of inches, micrometres."""
_SHEETS = 8
"""``PrtCapacityUnitTC``."""
_KINDS: Final = {
    3: "toner",
    4: "waste-toner",
    5: "ink",
    6: "ink-cartridge",
    7: "ink-ribbon",
    8: "waste-ink",
    9: "opc",
    10: "developer",
    11: "fuser-oil",
    12: "solid-wax",
    13: "ribbon-wax",
    14: "waste-wax",
    15: "fuser",
    16: "corona-wire",
    17: "fuser-oil-wick",
    18: "cleaner-unit",
    19: "fuser-cleaning-pad",
    20: "transfer-unit",
    21: "toner-cartridge",
    22: "fuser-oiler",
    23: "water",
    24: "waste-water",
    25: "glue-water-additive",
    26: "waste-paper",
    27: "binding-supply",
    28: "banding-supply",
    29: "stitching-wire",
    30: "shrink-wrap",
    31: "paper-wrap",
    32: "staples",
    33: "inserts",
    34: "covers",
}
"""``marker-types`` by ``PrtMarkerSuppliesTypeTC``."""
FORMATS_OF_LANGUAGES = {
    3: "application/vnd.hp-PCL",
    6: "application/postscript",
    47: "application/vnd.hp-PCLXL",
    54: "application/pdf",
}
"""By ``PrtInterpreterLangFamilyTC`` (IANA printer languages), those that have a media type."""
_INPUT_COLUMNS = (
    mib.PRT_INPUT_TYPE,
    mib.PRT_INPUT_DIM_UNIT,
    mib.PRT_INPUT_MEDIA_DIM_FEED_DIR_DECLARED,
    mib.PRT_INPUT_MEDIA_DIM_X_FEED_DIR_DECLARED,
    mib.PRT_INPUT_CAPACITY_UNIT,
    mib.PRT_INPUT_MAX_CAPACITY,
    mib.PRT_INPUT_CURRENT_LEVEL,
    mib.PRT_INPUT_MEDIA_NAME,
    mib.PRT_INPUT_NAME,
)
_SUPPLY_COLUMNS = (
    mib.PRT_MARKER_SUPPLIES_COLORANT_INDEX,
    mib.PRT_MARKER_SUPPLIES_CLASS,
    mib.PRT_MARKER_SUPPLIES_TYPE,
    mib.PRT_MARKER_SUPPLIES_DESCRIPTION,
    mib.PRT_MARKER_SUPPLIES_SUPPLY_UNIT,
    mib.PRT_MARKER_SUPPLIES_MAX_CAPACITY,
    mib.PRT_MARKER_SUPPLIES_LEVEL,
)


async def read_snmp(device: SnmpClient, before: DeviceFacts | None = None) -> DeviceFacts | None:
    """What the device says; None where it is no printer. Raises ``PrinterUnreachable`` where it does not answer.

    Of a device with several printers the first is read. ``before`` is what was read of it lately: where neither state nor
    alerts nor counter are others than then, the tables are not read again and ``before`` is the answer.
    """
    status = await device.columns((mib.HR_PRINTER_STATUS, mib.HR_PRINTER_DETECTED_ERROR_STATE), rows=1)
    general = status[mib.HR_PRINTER_STATUS] or status[mib.HR_PRINTER_DETECTED_ERROR_STATE]
    if not general:
        general = (await device.columns((mib.PRT_GENERAL_SERIAL_NUMBER,), rows=1))[mib.PRT_GENERAL_SERIAL_NUMBER]
    index = next(iter(general), ())
    if len(index) != 1 or not 0 < index[0] <= _HIGHEST_DEVICE:
        return None
    one = await _about(device, index)
    known = device_id(_text(one.get((*mib.PPM_PRINTER_IEEE_1284_DEVICE_ID, 1))))
    device_status = number(one.get((*mib.HR_DEVICE_STATUS, *index)))
    printer_status = number(status[mib.HR_PRINTER_STATUS].get(index))
    detected = status[mib.HR_PRINTER_DETECTED_ERROR_STATE].get(index)
    quick = DeviceFacts(
        by=frozenset({"snmp"}),
        serial_number=_text(one.get((*mib.PRT_GENERAL_SERIAL_NUMBER, *index))) or known.get("sn", ""),
        name=_text(one.get((*mib.PRT_GENERAL_PRINTER_NAME, *index))) or _text(one.get(mib.SYS_NAME)),
        location=_text(one.get(mib.SYS_LOCATION)),
        make_and_model=make_and_model(known)
        or _text(one.get((*mib.HR_DEVICE_DESCR, *index)))
        or _text(one.get(mib.SYS_DESCR)),
        state=state_of(device_status, printer_status),
        state_reasons=reasons_of(
            device_status, printer_status, detected if isinstance(detected, bytes) else b"", await alerts(device)
        ),
        impressions=_impressions(one, index),
    )
    if before is not None and quick == replace(before, mac="", document_formats=(), trays=(), supplies=()):
        return before
    return replace(
        quick,
        mac=await _mac(device),
        document_formats=await _formats(device),
        trays=await _trays(device, index),
        supplies=await _supplies(device, index),
    )


async def _about(device: SnmpClient, index: Oid) -> _Row:
    return await device.get(
        mib.SYS_DESCR,
        mib.SYS_NAME,
        mib.SYS_LOCATION,
        (*mib.HR_DEVICE_DESCR, *index),
        (*mib.HR_DEVICE_STATUS, *index),
        (*mib.PRT_GENERAL_PRINTER_NAME, *index),
        (*mib.PRT_GENERAL_SERIAL_NUMBER, *index),
        (*mib.PRT_MARKER_COUNTER_UNIT, *index, 1),
        (*mib.PRT_MARKER_LIFE_COUNT, *index, 1),
        (*mib.PPM_PRINTER_IEEE_1284_DEVICE_ID, 1),
    )


async def alerts(device: SnmpClient) -> Sequence[tuple[int, int, int]]:
    """Severity, group and code of what ``prtAlertTable`` holds."""
    columns = (mib.PRT_ALERT_SEVERITY_LEVEL, mib.PRT_ALERT_GROUP, mib.PRT_ALERT_CODE)
    found = await device.columns(columns, rows=_ALERTS)
    severities, groups, codes = (found[column] for column in columns)
    return [
        (number(severities.get(index)) or 0, number(groups.get(index)) or 0, number(code) or 0)
        for index, code in codes.items()
    ]


async def _formats(device: SnmpClient) -> tuple[str, ...]:
    found = await device.columns((mib.PRT_INTERPRETER_LANG_FAMILY,), rows=_ALERTS)
    languages = map(number, found[mib.PRT_INTERPRETER_LANG_FAMILY].values())
    return tuple(dict.fromkeys(FORMATS_OF_LANGUAGES[one] for one in languages if one in FORMATS_OF_LANGUAGES))


async def _mac(device: SnmpClient) -> str:
    """Of the first Ethernet interface that has an address."""
    found = await device.columns((mib.IF_TYPE, mib.IF_PHYS_ADDRESS), rows=_INTERFACES)
    others = ""
    for index, address in found[mib.IF_PHYS_ADDRESS].items():
        if isinstance(address, bytes) and len(address) == 6 and any(address):
            if found[mib.IF_TYPE].get(index) == _ETHERNET:
                return address.hex(":")
            others = others or address.hex(":")
    return others


async def _trays(device: SnmpClient, index: Oid) -> tuple[Tray, ...]:
    found = await device.columns(_INPUT_COLUMNS, rows=TRAYS)
    rows = dict.fromkeys(row for column in _INPUT_COLUMNS for row in found[column] if row[:1] == index)
    return tuple(_tray(row, {column: found[column].get(row) for column in _INPUT_COLUMNS}) for row in rows)[:TRAYS]


def _tray(row: Oid, said: _Row) -> Tray:
    unit = _MICROMETRES.get(number(said[mib.PRT_INPUT_DIM_UNIT]) or 0, 0.0)
    feed = number(said[mib.PRT_INPUT_MEDIA_DIM_FEED_DIR_DECLARED]) or 0
    across = number(said[mib.PRT_INPUT_MEDIA_DIM_X_FEED_DIR_DECLARED]) or 0
    held = Sheets(None, None, some_left=False)
    if number(said[mib.PRT_INPUT_CAPACITY_UNIT]) in (_SHEETS, None):
        held = sheets(number(said[mib.PRT_INPUT_CURRENT_LEVEL]), number(said[mib.PRT_INPUT_MAX_CAPACITY]))
    return Tray(
        name=_text(said[mib.PRT_INPUT_NAME]) or f"Tray {row[-1]}",
        media=size_name(across * unit, feed * unit) or _text(said[mib.PRT_INPUT_MEDIA_NAME]),
        level=held.level,
        capacity=held.capacity,
        some_left=held.some_left,
        manual=number(said[mib.PRT_INPUT_TYPE]) == _MANUAL,
    )


async def _supplies(device: SnmpClient, index: Oid) -> tuple[Supply, ...]:
    found = await device.columns(_SUPPLY_COLUMNS, rows=SUPPLIES)
    rows = dict.fromkeys(row for column in _SUPPLY_COLUMNS for row in found[column] if row[:1] == index)
    colorants: _Row = {}
    if rows:
        colorants = (await device.columns((mib.PRT_MARKER_COLORANT_VALUE,), rows=SUPPLIES))[
            mib.PRT_MARKER_COLORANT_VALUE
        ]
    return tuple(
        _supply(row, {column: found[column].get(row) for column in _SUPPLY_COLUMNS}, colorants) for row in rows
    )[:SUPPLIES]


def _supply(row: Oid, said: _Row, colorants: _Row) -> Supply:
    kind = _KINDS.get(number(said[mib.PRT_MARKER_SUPPLIES_TYPE]) or 0, "other")
    capacity = number(said[mib.PRT_MARKER_SUPPLIES_MAX_CAPACITY])
    if number(said[mib.PRT_MARKER_SUPPLIES_SUPPLY_UNIT]) == _PER_CENT and (capacity is None or capacity <= 0):
        capacity = 100
    level = number(said[mib.PRT_MARKER_SUPPLIES_LEVEL])
    left = percent(level, capacity)
    colorant = number(said[mib.PRT_MARKER_SUPPLIES_COLORANT_INDEX]) or 0
    return Supply(
        name=_text(said[mib.PRT_MARKER_SUPPLIES_DESCRIPTION]) or f"Supply {row[-1]}",
        kind=kind,
        colour=colour_of(_text(colorants.get((row[0], colorant)))),
        level=left.level,
        some_left=left.some_left,
        receptacle=number(said[mib.PRT_MARKER_SUPPLIES_CLASS]) == _RECEPTACLE,
    )


def _impressions(one: _Row, index: Oid) -> int | None:
    return _sides(
        number(one.get((*mib.PRT_MARKER_LIFE_COUNT, *index, 1))),
        number(one.get((*mib.PRT_MARKER_COUNTER_UNIT, *index, 1))),
    )


def _sides(count: int | None, unit: int | None) -> int | None:
    """Some devices count hours or metres; a unit that is not said is sides, as nearly all count them."""
    if count is None or not 0 <= count <= _MOST_IMPRESSIONS or unit not in (_IMPRESSIONS, None):
        return None
    return count


def number(value: Value) -> int | None:
    """A number, or nothing."""
    return value if isinstance(value, int) else None


def _text(value: Value) -> str:
    """UTF-8; octets that are not are taken for Latin-1, as many devices mean them."""
    if not isinstance(value, bytes):
        return ""
    octets = value[: 4 * LONGEST].rstrip(b"\0 ")
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    return cleaned(text, LONGEST)
