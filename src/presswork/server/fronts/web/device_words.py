"""What pages say of a printer's parts: trays, supplies, its counter. Unknown is said as unknown, never drawn as empty."""

from __future__ import annotations

import re

from presswork.protocols.control.device import Supply, Tray

_LOW = 15
_SIZE = re.compile(r"[a-z]+_([a-z0-9][-a-z0-9.]*)_\d+(?:\.\d+)?x\d+(?:\.\d+)?(?:mm|in)")
_SIZES = {
    "index-4x6": "4 × 6 inch",
    "number-10": "Envelope No. 10",
    "dl": "Envelope DL",
    "photo-l": "Photo L",
}
_PLAIN = re.compile(r"[abc]\d{1,2}")
_CUSTOM = re.compile(r"custom_.*_(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)(mm|in)")
NOT_KNOWN = "not known"


def media(said: str) -> str:
    """A size as people call it, for its name in PWG 5101.1; else what the device says."""
    custom = _CUSTOM.fullmatch(said)
    if custom is not None:
        unit = "mm" if custom[3] == "mm" else "inch"
        return f"{custom[1]} × {custom[2]} {unit}"
    found = _SIZE.fullmatch(said)
    if found is None:
        return said
    name = found[1]
    if name in _SIZES:
        return _SIZES[name]
    return name.upper() if _PLAIN.fullmatch(name) else name.replace("-", " ").capitalize()


def tray_level(tray: Tray) -> str:
    """How much is in a tray."""
    if tray.level == 0:
        return "fed by hand" if tray.manual else "empty"
    if tray.level is not None:
        if tray.capacity:
            return f"about {tray.level:,} of {tray.capacity:,} sheets"
        return f"about {tray.level:,} sheets"
    if tray.some_left:
        return "not empty"
    return "fed by hand" if tray.manual else NOT_KNOWN


def supply_level(supply: Supply) -> str:
    """How much is left of a supply, or how much room."""
    if supply.level is None:
        if supply.some_left:
            return "has room" if supply.receptacle else "some left"
        return NOT_KNOWN
    if supply.receptacle:
        return "full" if supply.level == 0 else f"room for {supply.level} %"
    return "empty" if supply.level == 0 else f"{supply.level} %"


def supply_tone(supply: Supply) -> str:
    """The class of the words: low is coloured."""
    if supply.level is None:
        return "text-secondary"
    return "text-danger" if supply.level == 0 else "text-warning" if supply.level <= _LOW else ""


def ways_of_asking(answers_to: tuple[str, ...] | None) -> str:
    """By what a printer says how it is."""
    if answers_to is None:
        return ""
    if not answers_to:
        return "It takes documents, but says nothing of itself; turn on IPP or SNMP at the printer."
    return " and ".join(one.upper() for one in answers_to)
