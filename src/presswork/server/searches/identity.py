"""When two findings are one device: its UUID says so, else its serial number, else its MAC address, else where it is.

A word that both give decides, the strongest first; what differs there is not outweighed by what agrees below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

_NO_SERIAL_NUMBER = frozenset({"", "0", "none", "unknown", "n/a", "na", "default", "xxxxxxxxxx", "0000000000"})
"""What makers write where nobody wrote one."""


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a device is known; empty for unknown."""

    uuid: str
    serial_number: str
    mac: str
    make_and_model: str
    host: str


def is_same(one: Identity, other: Identity) -> bool:
    """Whether they are one device."""
    if one.uuid and other.uuid:
        return one.uuid.lower() == other.uuid.lower()
    same_model = not one.make_and_model or not other.make_and_model or one.make_and_model == other.make_and_model
    serials = _serial_number(one), _serial_number(other)
    if all(serials) and same_model:
        return serials[0] == serials[1]
    if one.mac and other.mac:
        return one.mac.lower() == other.mac.lower()
    return same_model and one.host == other.host


def same_device(device: Identity, others: Iterable[tuple[UUID, Identity]]) -> UUID | None:
    """The id of the one among ``others`` that is this device, the first that is."""
    return next((key for key, other in others if is_same(device, other)), None)


def _serial_number(device: Identity) -> str:
    text = device.serial_number.strip().lower()
    return "" if text in _NO_SERIAL_NUMBER else text
