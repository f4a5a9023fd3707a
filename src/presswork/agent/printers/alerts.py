"""What the MIBs call troubles, as ``printer-state`` and ``printer-state-reasons`` (RFC 8011 §5.4.11, §5.4.12; PWG 5100.9 §5).

``prtAlertTable`` names a trouble exactly; ``hrPrinterDetectedErrorState`` names what the table leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from presswork.agent.printers.facts import State

ASLEEP = "subunit-power-saver-report"
"""hrDeviceStatus *running* with hrPrinterStatus *other* is *standby* (RFC 3805 §2.2.13.2)."""
_DOWN = 5
_DEVICE_LIVES = frozenset({2, 3})
_PRINTING = 4
_STATES: dict[int, State] = {3: "idle", _PRINTING: "processing", 5: "idle"}
_SUFFIXES = {3: "-error", 4: "-warning", 5: "-warning"}
_MOST = 20

_CODES = {
    3: "cover-open",
    5: "interlock-open",
    8: "media-jam",
    10: "subunit-life-almost-over",
    11: "subunit-life-over",
    22: "paused",
    23: "subunit-power-saver",
    24: "subunit-warming-up",
    30: "subunit-unrecoverable-failure",
    501: "door-open",
    801: "input-tray-missing",
    807: "media-low",
    808: "media-empty",
    809: "media-needed",
    810: "media-needed",
    901: "output-tray-missing",
    902: "output-area-almost-full",
    903: "output-area-full",
    1001: "fuser-under-temp",
    1002: "fuser-over-temp",
    1101: "toner-empty",
    1102: "marker-supply-empty",
    1103: "marker-supply-empty",
    1104: "toner-low",
    1105: "marker-supply-low",
    1106: "marker-supply-low",
    1107: "marker-waste-almost-full",
    1108: "marker-waste-almost-full",
    1109: "marker-waste-full",
    1110: "marker-waste-full",
    1111: "opc-near-eol",
    1112: "opc-life-over",
    1113: "developer-low",
    1114: "developer-empty",
    1115: "marker-supply-missing",
}
_INPUT = {9: "input-tray-missing", 12: "media-low", 13: "media-empty"}
_OUTPUT = {9: "output-tray-missing", 14: "output-area-almost-full", 15: "output-area-full"}
_MARKER = {
    9: "marker-supply-missing",
    12: "marker-supply-low",
    13: "marker-supply-empty",
    14: "marker-waste-almost-full",
    15: "marker-waste-full",
}
_CODES_OF_GROUP = {8: _INPUT, 9: _OUTPUT, 10: _MARKER, 11: _MARKER}
"""By ``prtAlertGroup``: what a code means that is the same for every kind of unit."""
_BITS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("media-low", ()),
    ("media-empty", ("media-needed",)),
    ("toner-low", ("marker-supply-low",)),
    ("toner-empty", ("marker-supply-empty",)),
    ("door-open", ("cover-open", "interlock-open")),
    ("media-jam", ()),
    ("paused", ()),
    ("", ()),
    ("input-tray-missing", ()),
    ("output-tray-missing", ()),
    ("marker-supply-missing", ()),
    ("output-area-almost-full", ()),
    ("output-area-full", ()),
)
"""``hrPrinterDetectedErrorState`` (RFC 2790), bit 0 first: the keyword, and those that say the same more exactly. *serviceRequested* says nothing a person could do."""
_STOPS = frozenset({"media-empty", "toner-empty", "door-open", "media-jam", "output-area-full", "paused"})


def state_of(device_status: int | None, printer_status: int | None) -> State:
    """``printer-state`` (RFC 3805 §2.2.13.2)."""
    if device_status == _DOWN and printer_status != _PRINTING:
        return "stopped"
    if printer_status == 1 and device_status in _DEVICE_LIVES:
        return "idle"
    return _STATES.get(printer_status or 0, "unknown")


def reasons_of(
    device_status: int | None,
    printer_status: int | None,
    detected: bytes,
    alerts: Iterable[tuple[int, int, int]],
) -> tuple[str, ...]:
    """``printer-state-reasons`` with their severity; ``alerts`` are severity, group and code."""
    found: dict[str, str] = {}
    for severity, group, code in alerts:
        keyword = _CODES.get(code) or _CODES_OF_GROUP.get(group, {}).get(code)
        if keyword is not None:
            found.setdefault(keyword, _SUFFIXES.get(severity, "-report"))
    down = device_status == _DOWN
    for keyword, exact in _detected(detected):
        if keyword not in found and not any(one in found for one in exact):
            found[keyword] = "-error" if down and keyword in _STOPS else "-warning"
    if down and "-error" not in found.values():
        found["other"] = "-error"
    if printer_status == 1 and device_status == 2 and not found:
        return (ASLEEP,)
    return tuple(keyword + severity for keyword, severity in found.items())[:_MOST]


def _detected(octets: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    for bit, (keyword, exact) in enumerate(_BITS):
        octet = octets[bit // 8] if bit // 8 < len(octets) else 0
        if keyword and octet & 0x80 >> bit % 8:
            yield keyword, exact
