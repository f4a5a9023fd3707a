"""Keyed texts: ``MFG:Example;MDL:X1;`` (IEEE 1284-2000 §7.6) and ``type=toner;level=80;`` (PWG 5100.13 §5.6)."""

from __future__ import annotations

from collections.abc import Mapping

from presswork.protocols.ipp.text import cleaned

_LONGEST = 2048
_MOST = 100
_LONG_NAMES = {"manufacturer": "mfg", "model": "mdl", "command set": "cmd", "serialnumber": "sn", "sern": "sn"}


def keyed(text: str, between: str) -> Mapping[str, str]:
    """Values by key in lower case; the first, should a key come twice."""
    found: dict[str, str] = {}
    for part in text[:_LONGEST].split(";")[:_MOST]:
        key, separator, value = part.partition(between)
        if separator:
            found.setdefault(cleaned(key).lower(), cleaned(value))
    return found


def device_id(text: str) -> Mapping[str, str]:
    """An IEEE 1284 device id under its short keys: ``mfg``, ``mdl``, ``cmd``, ``sn``."""
    return {_LONG_NAMES.get(key, key): value for key, value in keyed(text, ":").items()}


def make_and_model(identity: Mapping[str, str]) -> str:
    """Maker and model of a device id, the maker once."""
    maker, model = identity.get("mfg", ""), identity.get("mdl", "")
    if not maker or model.lower().startswith(maker.lower()):
        return model
    return f"{maker} {model}".strip()
