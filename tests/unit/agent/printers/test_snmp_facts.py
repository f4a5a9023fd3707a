"""Facts out of the MIBs: of the simulated printer, and of devices as vendors make them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from presswork.agent.printers.facts import DeviceFacts
from presswork.agent.printers.snmp_facts import read_snmp
from presswork.net.snmp import snmp_client
from presswork.protocols.control.device import Supply, Tray
from presswork.protocols.snmp import mib
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.credentials import Community
from presswork.protocols.snmp.message import Tag, Value
from presswork.simulator.printer_mib import MibState, MibSupply, MibTray, variables
from presswork.simulator.snmp import serve_snmp

Variables = Mapping[Oid, tuple[Tag, Value]]
STATE = MibState("Kitchen", "X1", "SN42", bytes.fromhex("020000aabbcc"), impressions=1234)


async def read(known: Variables) -> DeviceFacts | None:
    in_order = dict(sorted(known.items()))
    async with (
        serve_snmp(lambda: in_order, ("127.0.0.1", 0)) as (_, port),
        snmp_client("127.0.0.1", Community(), os.urandom, port=port) as device,
    ):
        return await read_snmp(device)


async def changed(**changes: tuple[Tag, Value]) -> DeviceFacts:
    """The simulated printer with other values of columns of the device with index 1."""
    known = dict(variables(STATE))
    for name, value in changes.items():
        known[(*getattr(mib, name), 1)] = value
    found = await read(known)
    assert found is not None
    return found


async def test_the_simulated_printer():
    found = await read(variables(STATE))
    assert found == DeviceFacts(
        by=frozenset({"snmp"}),
        serial_number="SN42",
        mac="02:00:00:aa:bb:cc",
        name="Kitchen",
        location="On this computer",
        make_and_model="Presswork X1",
        state="idle",
        document_formats=("application/pdf", "application/postscript"),
        trays=(
            Tray(name="Tray 1", media="iso_a4_210x297mm", level=200, capacity=250),
            Tray(name="Tray 2", media="iso_a4_210x297mm", capacity=500, some_left=True),
        ),
        supplies=(
            Supply(name="Black toner", kind="toner", colour="#000000", level=72),
            Supply(name="Cyan toner", kind="toner", colour="#00FFFF", level=41),
            Supply(name="Magenta toner", kind="toner", colour="#FF00FF", level=9),
            Supply(name="Yellow toner", kind="toner", colour="#FFFF00", some_left=True),
            Supply(name="Waste toner box", kind="waste-toner", level=80, receptacle=True),
            Supply(name="Drum", kind="opc"),
        ),
        impressions=1234,
    )


async def test_out_of_paper_and_jammed():
    found = await read(variables(MibState("K", "X", "S", bytes(6), paper_out=True, jam=True)))
    assert found is not None
    assert (found.state, found.state_reasons) == ("stopped", ("media-empty-error", "media-jam-error"))
    assert found.mac == "", "an address of zeros is none"
    assert [tray.level for tray in found.trays] == [0, 0]


async def test_a_host_that_is_no_printer():
    assert await read({mib.SYS_DESCR: (Tag.OCTET_STRING, b"Linux router"), (*mib.IF_TYPE, 1): (Tag.INTEGER, 6)}) is None


async def test_nothing_at_all():
    assert await read({(1, 3, 6, 1, 4, 1, 9, 0): (Tag.INTEGER, 1)}) is None


async def test_a_printer_that_has_another_index():
    known = {
        (*oid[:-1], 5) if oid[: len(mib.HR_DEVICE_STATUS) - 4] == mib.HR_DEVICE_STATUS[:-4] else oid: held
        for oid, held in variables(STATE).items()
    }
    known[*mib.PRT_GENERAL_SERIAL_NUMBER, 5] = (Tag.OCTET_STRING, b"FIVE")
    found = await read(known)
    assert found is not None
    assert (found.state, found.serial_number, found.supplies) == ("idle", "FIVE", ())


async def test_texts_of_devices_are_one_clean_line():
    found = await changed(
        PRT_GENERAL_SERIAL_NUMBER=(Tag.OCTET_STRING, b"S\r\n\x1b[31mN\0\0"),
        PRT_GENERAL_PRINTER_NAME=(Tag.OCTET_STRING, "B\u00fcro".encode("latin-1")),
    )
    assert found.serial_number == "S [31mN"
    assert found.name == "B\u00fcro"
    assert len((await changed(PRT_GENERAL_PRINTER_NAME=(Tag.OCTET_STRING, b"x" * 5000))).name) == 255


async def test_what_was_read_lately_is_read_again_only_where_something_changed():
    known = dict(variables(STATE))
    async with (
        serve_snmp(lambda: dict(sorted(known.items())), ("127.0.0.1", 0)) as (responder, port),
        snmp_client("127.0.0.1", Community(), os.urandom, port=port) as device,
    ):
        first = await read_snmp(device)
        whole, responder.asked = responder.asked, 0
        assert await read_snmp(device, first) is first
        assert responder.asked <= whole // 2
        known[*mib.PRT_MARKER_SUPPLIES_LEVEL, 1, 1] = (Tag.INTEGER, 70)
        assert await read_snmp(device, first) is first, "with nothing printed that waits"
        known[*mib.PRT_MARKER_LIFE_COUNT, 1, 1] = (Tag.COUNTER, 1235)
        printed = await read_snmp(device, first)
        assert printed is not None
        assert (printed.impressions, printed.supplies[0].level) == (1235, 70)
        known.update(variables(MibState("Kitchen", "X1", "SN42", bytes.fromhex("020000aabbcc"), paper_out=True)))
        empty = await read_snmp(device, printed)
        assert empty is not None
        assert (empty.state, [tray.level for tray in empty.trays]) == ("stopped", [0, 0])


async def test_values_of_the_wrong_kind_are_not_known():
    found = await changed(
        PRT_GENERAL_SERIAL_NUMBER=(Tag.INTEGER, 5),
        HR_PRINTER_STATUS=(Tag.OCTET_STRING, b"idle"),
        HR_DEVICE_STATUS=(Tag.OCTET_STRING, b"x"),
        HR_PRINTER_DETECTED_ERROR_STATE=(Tag.INTEGER, 255),
    )
    assert (found.serial_number, found.state, found.state_reasons) == ("SN42", "unknown", ()), (
        "the device id has it, too"
    )


async def test_a_counter_of_hours_is_no_page_counter():
    known = dict(variables(STATE))
    known[*mib.PRT_MARKER_COUNTER_UNIT, 1, 1] = (Tag.INTEGER, 11)
    found = await read(known)
    assert found is not None
    assert found.impressions is None


async def test_levels_that_vendors_give():
    supplies = (
        MibSupply("HP: below 10 %", 5),
        MibSupply("unknown", -2),
        MibSupply("other", -1),
        MibSupply("some", -3),
        MibSupply("more than all", 120),
    )
    found = await read(variables(MibState("K", "X", "S", bytes(6), supplies=supplies, trays=(MibTray("1", -2, -2),))))
    assert found is not None
    assert [(one.level, one.some_left) for one in found.supplies] == [
        (5, False),
        (None, False),
        (None, False),
        (None, True),
        (100, False),
    ]
    assert [(tray.level, tray.capacity, tray.some_left) for tray in found.trays] == [(None, None, False)]
