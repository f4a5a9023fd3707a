"""``printer-alert`` (PWG 5100.9): ``printer-state-reasons`` in the words of the Printer MIB (RFC 3805)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Text

_SEVERITIES: Final = {"-error": "critical", "-warning": "warning", "-report": "other"}


class _Alert(NamedTuple):
    code: str
    """``PrtAlertCodeTC``."""
    group: str
    """``PrtAlertGroupTC``."""
    training: str
    text: str


_READY: Final = _Alert("printerReadyToPrint", "generalPrinter", "noInterventionRequired", "Ready to print")
_KNOWN: Final = {
    "media-empty": _Alert("inputMediaSupplyEmpty", "input", "untrained", "Out of paper"),
    "media-needed": _Alert("inputMediaSupplyEmpty", "input", "untrained", "Paper is needed"),
    "media-low": _Alert("inputMediaSupplyLow", "input", "untrained", "Paper is low"),
    "media-jam": _Alert("jam", "mediaPath", "untrained", "Paper jam"),
    "input-tray-missing": _Alert("inputMediaTrayMissing", "input", "untrained", "A paper tray is missing"),
    "output-tray-missing": _Alert("outputMediaTrayMissing", "output", "untrained", "The output tray is missing"),
    "output-area-full": _Alert("outputMediaTrayFull", "output", "untrained", "The output tray is full"),
    "output-area-almost-full": _Alert("outputMediaTrayAlmostFull", "output", "untrained", "The output tray fills up"),
    "cover-open": _Alert("coverOpen", "cover", "untrained", "A cover is open"),
    "door-open": _Alert("coverOpen", "cover", "untrained", "A door is open"),
    "interlock-open": _Alert("interlockOpen", "cover", "untrained", "A cover is not closed"),
    "toner-empty": _Alert("markerTonerEmpty", "markerSupplies", "untrained", "Out of toner"),
    "toner-low": _Alert("markerTonerAlmostEmpty", "markerSupplies", "untrained", "Toner is low"),
    "marker-supply-empty": _Alert("markerInkEmpty", "markerSupplies", "untrained", "Out of ink or toner"),
    "marker-supply-low": _Alert("markerInkAlmostEmpty", "markerSupplies", "untrained", "Ink or toner is low"),
    "marker-waste-full": _Alert("markerWasteTonerReceptacleFull", "marker", "trained", "The waste container is full"),
    "fuser-over-temp": _Alert("markerFuserOverTemperature", "marker", "fieldService", "The fuser is too hot"),
    "fuser-under-temp": _Alert("markerFuserUnderTemperature", "marker", "noInterventionRequired", "Warming up"),
    "paused": _Alert("subunitOffline", "generalPrinter", "management", "Paused by the operator"),
    "moving-to-paused": _Alert("subunitOffline", "generalPrinter", "management", "Pauses after the current job"),
    "hold-new-jobs": _Alert("subunitOffline", "generalPrinter", "management", "New jobs are held"),
    "shutdown": _Alert("powerDown", "generalPrinter", "management", "Shut down by the operator"),
}


@lru_cache(maxsize=64)
def alert_attributes(reasons: tuple[str, ...], changed: int) -> tuple[Attribute, Attribute]:
    """``printer-alert`` and ``printer-alert-description``, one value for each reason; ``changed`` is the up-time of the change."""
    found = [_alert(reason, changed, index) for index, reason in enumerate(reasons, 1) if reason != "none"]
    found = found or [(_encoded(_READY, "other", changed, 1), _READY.text)]
    return (
        Attribute("printer-alert", tuple(encoded for encoded, _ in found)),
        Attribute("printer-alert-description", tuple(Text(text) for _, text in found)),
    )


def _alert(reason: str, changed: int, index: int) -> tuple[bytes, str]:
    suffix = next((one for one in _SEVERITIES if reason.endswith(one)), "")
    keyword = reason.removesuffix(suffix)
    shown = keyword.replace("-", " ").capitalize()
    known = _KNOWN.get(keyword, _Alert("other", "other", "other", shown))
    # RFC 8011 §5.4.12: a reason that does not say how bad it is, is an error.
    return _encoded(known, _SEVERITIES.get(suffix, "critical"), changed, index), known.text


def _encoded(alert: _Alert, severity: str, changed: int, index: int) -> bytes:
    return (
        f"code={alert.code};index={index};severity={severity};training={alert.training};"
        f"group={alert.group};groupindex=1;location=-2;time={changed}"
    ).encode()
