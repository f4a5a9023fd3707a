"""The page counters of printers, read by SNMP: what decides *printed* where the way itself says nothing (RAW, LPR)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from presswork.agent.delivery.counter import Counter, Reading
from presswork.agent.printers.alerts import reasons_of, state_of
from presswork.agent.printers.credentials import credentials_of
from presswork.agent.printers.snmp_facts import FORMATS_OF_LANGUAGES, alerts, number
from presswork.core.clock import Randomness
from presswork.core.errors import Fault
from presswork.net.snmp import snmp_client
from presswork.net.snmp_reading import Patience, SnmpClient
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.snmp import mib
from presswork.protocols.snmp.ber import Oid

_PATIENCE = Patience(first=0.6, attempts=2)
_SECONDS = 2.0
"""As ``Counter.read`` promises."""
_UNITS: Final[dict[int | None, Literal["impressions", "sheets"]]] = {
    None: "impressions",
    7: "impressions",
    8: "sheets",
}
"""``prtMarkerCounterUnit``; where it is not said it is sides, as nearly all count them."""
_PJL = 5
_LANGUAGES = 20


@dataclass(frozen=True, slots=True)
class SnmpCounter:
    """See ``Counter``."""

    host: str
    settings: SnmpSpec
    randomness: Randomness

    async def read(self) -> Reading | None:
        """See ``Counter``."""
        credentials = credentials_of(self.settings)
        if credentials is None:
            return None
        with suppress(Fault, TimeoutError):
            async with (
                asyncio.timeout(_SECONDS),
                snmp_client(
                    self.host, credentials, self.randomness, port=self.settings.port, patience=_PATIENCE
                ) as device,
            ):
                return await read_counter(device)
        return None


@dataclass(frozen=True, slots=True)
class SnmpCounters:
    """``Counters``: one for each printer that may be asked by SNMP."""

    randomness: Randomness

    def __call__(self, spec: PrinterSpec) -> Counter | None:
        """See ``Counters``."""
        with suppress(ValueError):
            host = urlsplit(spec.device_uri).hostname
            if host and spec.snmp is not None:
                return SnmpCounter(host, spec.snmp, self.randomness)
        return None


async def read_counter(device: SnmpClient) -> Reading | None:
    """The first marker of the first printer; None where the device is none."""
    columns = (
        mib.HR_PRINTER_STATUS,
        mib.HR_PRINTER_DETECTED_ERROR_STATE,
        mib.PRT_MARKER_COUNTER_UNIT,
        mib.PRT_MARKER_LIFE_COUNT,
    )
    found = await device.columns(columns, rows=1)
    marker = next(iter(found[mib.PRT_MARKER_LIFE_COUNT]), None)
    index: Oid | None = next(iter(found[mib.HR_PRINTER_STATUS]), marker[:1] if marker else None)
    if index is None:
        return None
    status = await device.get((*mib.HR_DEVICE_STATUS, *index))
    device_status = number(status.get((*mib.HR_DEVICE_STATUS, *index)))
    printer_status = number(found[mib.HR_PRINTER_STATUS].get(index))
    detected = found[mib.HR_PRINTER_DETECTED_ERROR_STATE].get(index)
    languages = await _languages(device)
    count, unit = None, None
    if marker is not None:
        count = number(found[mib.PRT_MARKER_LIFE_COUNT][marker])
        unit = number(found[mib.PRT_MARKER_COUNTER_UNIT].get(marker))
    return Reading(
        count=count if unit in _UNITS and count is not None and count >= 0 else None,
        unit=_UNITS.get(unit, "impressions"),
        state=state_of(device_status, printer_status),
        reasons=reasons_of(
            device_status, printer_status, detected if isinstance(detected, bytes) else b"", await alerts(device)
        ),
        pjl=_PJL in languages if languages else None,
        document_formats=tuple(FORMATS_OF_LANGUAGES[one] for one in languages if one in FORMATS_OF_LANGUAGES),
    )


async def _languages(device: SnmpClient) -> list[int]:
    """What it says it interprets, as ``PrtInterpreterLangFamilyTC``; none where it does not say."""
    found = await device.columns((mib.PRT_INTERPRETER_LANG_FAMILY,), rows=_LANGUAGES)
    numbers = map(number, found[mib.PRT_INTERPRETER_LANG_FAMILY].values())
    return [one for one in numbers if one is not None]
