"""Page counters read by SNMP."""

from __future__ import annotations

import os
from uuid import UUID

import pytest

from presswork.agent.delivery.counter import Reading
from presswork.agent.printers.counters import SnmpCounters
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.snmp import mib
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.message import Tag, Value
from presswork.simulator.printer_mib import MibState, variables
from presswork.simulator.snmp import serve_snmp

STATE = MibState("K", "X", "S", bytes(6), impressions=41)
COUNTERS = SnmpCounters(os.urandom)


def printer(port: int, uri: str = "socket://127.0.0.1:9100") -> PrinterSpec:
    return PrinterSpec(printer_id=UUID(int=1), name="K", device_uri=uri, snmp=SnmpSpec(port=port))


async def reading(state: MibState, changes: dict[Oid, tuple[Tag, Value] | None] | None = None) -> Reading | None:
    known = dict(variables(state))
    for oid, held in (changes or {}).items():
        known.pop(oid, None)
        if held is not None:
            known[oid] = held
    known = dict(sorted(known.items()))
    async with serve_snmp(lambda: known, ("127.0.0.1", 0)) as (_, port):
        counter = COUNTERS(printer(port))
        assert counter is not None
        return await counter.read()


async def test_a_printer_that_counts_sides():
    assert await reading(STATE) == Reading(
        41, "impressions", "idle", (), pjl=False, document_formats=("application/pdf", "application/postscript")
    )


async def test_states_and_reasons():
    printing = await reading(MibState("K", "X", "S", bytes(6), printing=True))
    assert printing is not None
    assert (printing.state, printing.count) == ("processing", 0)
    empty = await reading(MibState("K", "X", "S", bytes(6), paper_out=True))
    assert empty is not None
    assert (empty.state, empty.reasons) == ("stopped", ("media-empty-error",))


@pytest.mark.parametrize(
    ("unit", "expected"), [(7, (41, "impressions")), (8, (41, "sheets")), (11, (None, "impressions"))]
)
async def test_units(unit: int, expected: tuple[int | None, str]):
    found = await reading(STATE, {(*mib.PRT_MARKER_COUNTER_UNIT, 1, 1): (Tag.INTEGER, unit)})
    assert found is not None
    assert (found.count, found.unit) == expected


async def test_a_unit_that_is_not_said_is_sides():
    found = await reading(STATE, {(*mib.PRT_MARKER_COUNTER_UNIT, 1, 1): None})
    assert found is not None
    assert found.count == 41


async def test_no_counter_is_not_zero():
    gone: dict[Oid, tuple[Tag, Value] | None] = {
        (*mib.PRT_MARKER_LIFE_COUNT, 1, 1): None,
        (*mib.PRT_INTERPRETER_LANG_FAMILY, 1, 1): None,
        (*mib.PRT_INTERPRETER_LANG_FAMILY, 1, 2): None,
    }
    assert await reading(STATE, gone) == Reading(None, "impressions", "idle", (), pjl=None)


async def test_pjl_is_named():
    found = await reading(STATE, {(*mib.PRT_INTERPRETER_LANG_FAMILY, 1, 2): (Tag.INTEGER, 5)})
    assert found is not None
    assert found.pjl is True


async def test_a_printer_that_does_not_answer():
    async with serve_snmp(dict, ("127.0.0.1", 0)) as (_, port):
        pass
    counter = COUNTERS(printer(port))
    assert counter is not None
    assert await counter.read() is None


def test_printers_without_one():
    assert COUNTERS(PrinterSpec(printer_id=UUID(int=1), name="K", device_uri="socket://h")) is None
    assert COUNTERS(printer(161, "socket://[::1")) is None
