"""Our SNMP and a real agent: net-snmp's snmpd in all versions, alone and with the variables of printers of several makes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from presswork.agent.printers.examine import by_snmp
from presswork.agent.printers.facts import DeviceFacts
from presswork.agent.printers.snmp_facts import read_snmp
from presswork.core.errors import NotSignedIn
from presswork.net.snmp import snmp_client
from presswork.net.snmp_reading import SnmpClient
from presswork.protocols.snmp import mib
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.credentials import Community, Credentials, User
from presswork.protocols.snmp.message import Tag, Value
from presswork.simulator.printer_mib import MibState, MibSupply, MibTray, variables
from presswork.testing.snmp_peers import snmpd

USERS = """
createUser nobody
rouser nobody noauth
createUser signer SHA "authpassword"
rouser signer auth
createUser ada SHA "authpassword" AES "privpassword"
rouser ada priv
createUser bob SHA-256 "authpassword" AES "privpassword"
rouser bob priv
"""
SPEAKERS: dict[str, Credentials] = {
    "v1": Community("1"),
    "v2c": Community("2c"),
    "v3 noAuthNoPriv": User("nobody"),
    "v3 authNoPriv": User("signer", "sha", "authpassword"),
    "v3 authPriv SHA AES": User("ada", "sha", "authpassword", "aes", "privpassword"),
    "v3 authPriv SHA-256 AES": User("bob", "sha256", "authpassword", "aes", "privpassword"),
}


@asynccontextmanager
async def asking(port: int, credentials: Credentials) -> AsyncIterator[SnmpClient]:
    async with snmp_client("127.0.0.1", credentials, os.urandom, port=port) as device:
        yield device


async def test_every_version_says_the_same(tmp_path: Path):
    """Single variables, ones that are not there, a table row by row, and a host that is no printer."""
    async with snmpd(tmp_path, USERS) as port:
        for name, credentials in SPEAKERS.items():
            async with asking(port, credentials) as device:
                found = await device.get(mib.SYS_NAME, mib.SYS_LOCATION, (*mib.HR_PRINTER_STATUS, 1))
                assert found == {mib.SYS_NAME: b"Kitchen", mib.SYS_LOCATION: b"2nd floor"}, name
                interfaces = await device.columns((mib.IF_TYPE, mib.IF_PHYS_ADDRESS), rows=50)
                assert 24 in interfaces[mib.IF_TYPE].values(), f"{name}: loopback is of type 24 (RFC 2863)"
                assert len(interfaces[mib.IF_PHYS_ADDRESS]) == len(interfaces[mib.IF_TYPE])
                assert await read_snmp(device) is None


@pytest.mark.parametrize(
    "user",
    [
        User("stranger", "sha", "authpassword", "aes", "privpassword"),
        User("ada", "sha", "wrongpassword", "aes", "privpassword"),
        User("ada", "sha256", "authpassword", "aes", "privpassword"),
    ],
    ids=["unknown user", "wrong password", "wrong method"],
)
async def test_a_user_that_is_not_the_printers_is_told_apart_from_silence(tmp_path: Path, user: User):
    async with snmpd(tmp_path, USERS) as port, asking(port, user) as device:
        with pytest.raises(NotSignedIn, match="compare names, passwords and methods"):
            await device.get(mib.SYS_NAME)


async def test_a_user_with_too_little_right_sees_nothing(tmp_path: Path):
    async with snmpd(tmp_path, USERS) as port, asking(port, User("ada", "sha", "authpassword")) as device:
        assert await device.get(mib.SYS_NAME) == {}


def changed(state: MibState, changes: Mapping[Oid, tuple[Tag, Value] | None]) -> dict[Oid, tuple[Tag, Value]]:
    known = dict(variables(state))
    for oid, held in changes.items():
        known.pop(oid, None)
        if held is not None:
            known[oid] = held
    return known


MAC = bytes.fromhex("020000aabbcc")
MAKES: dict[str, dict[Oid, tuple[Tag, Value]]] = {
    # levels in per cent, three trays, one of them by hand and always empty
    "laser": changed(
        MibState(
            "Laser",
            "LaserMaker 400",
            "LM1",
            MAC,
            impressions=90_210,
            trays=(MibTray("MP Tray", 0, 100), MibTray("Tray 2", -3, 500)),
        ),
        {(*mib.PRT_INPUT_TYPE, 1, 1): (Tag.INTEGER, 5)},
    ),
    # ink: levels unknown or only "some", no serial number in the MIB, none but the first alert column
    "ink": changed(
        MibState(
            "Ink", "InkMaker 5", "", MAC, supplies=(MibSupply("Black", -2, 6, "black"), MibSupply("Colour", -3, 6))
        ),
        {(*mib.PRT_GENERAL_SERIAL_NUMBER, 1): None, (*mib.PRT_MARKER_COUNTER_UNIT, 1, 1): None},
    ),
    # a copier with levels in impressions and a full waste box, cover open by the alert table
    "copier": changed(
        MibState("Copier", "CopyMaker 9", "CM9", MAC, supplies=(MibSupply("Waste", 0, 4), MibSupply("K", 4000, 3))),
        {
            (*mib.PRT_MARKER_SUPPLIES_SUPPLY_UNIT, 1, 2): (Tag.INTEGER, 7),
            (*mib.PRT_MARKER_SUPPLIES_MAX_CAPACITY, 1, 2): (Tag.INTEGER, 16_000),
            (*mib.HR_DEVICE_STATUS, 1): (Tag.INTEGER, 5),
            (*mib.HR_PRINTER_STATUS, 1): (Tag.INTEGER, 1),
            (*mib.HR_PRINTER_DETECTED_ERROR_STATE, 1): (Tag.OCTET_STRING, b"\x08\x00"),
            (*mib.PRT_ALERT_SEVERITY_LEVEL, 1, 7): (Tag.INTEGER, 3),
            (*mib.PRT_ALERT_GROUP, 1, 7): (Tag.INTEGER, 6),
            (*mib.PRT_ALERT_CODE, 1, 7): (Tag.INTEGER, 3),
        },
    ),
    # asleep, as many say it
    "asleep": changed(
        MibState("Asleep", "SleepMaker", "ZZ1", MAC),
        {(*mib.HR_PRINTER_STATUS, 1): (Tag.INTEGER, 1), (*mib.HR_PRINTER_DETECTED_ERROR_STATE, 1): None},
    ),
}


async def look(directory: Path, make: str, credentials: Credentials) -> DeviceFacts:
    async with snmpd(directory, USERS, MAKES[make]) as port:
        found = await by_snmp("127.0.0.1", credentials, os.urandom, port=port)
        assert found is not None
        return found


@pytest.mark.parametrize("speaker", ["v1", "v2c", "v3 authPriv SHA AES"])
async def test_a_laser_printer(tmp_path: Path, speaker: str):
    found = await look(tmp_path, "laser", SPEAKERS[speaker])
    assert (found.serial_number, found.impressions, found.make_and_model) == ("LM1", 90_210, "Presswork LaserMaker 400")
    assert [(tray.level, tray.some_left, tray.manual) for tray in found.trays] == [
        (0, False, True),
        (None, True, False),
    ]
    assert [one.level for one in found.supplies] == [72, 41, 9, None, 80, None]
    assert [one.colour for one in found.supplies[:4]] == ["#000000", "#00FFFF", "#FF00FF", "#FFFF00"]


async def test_an_ink_printer(tmp_path: Path):
    found = await look(tmp_path, "ink", SPEAKERS["v2c"])
    assert [(one.level, one.some_left, one.kind) for one in found.supplies] == [
        (None, False, "ink-cartridge"),
        (None, True, "ink-cartridge"),
    ]
    assert (found.serial_number, found.impressions, found.state) == ("", 0, "idle")


async def test_a_copier_with_its_cover_open(tmp_path: Path):
    found = await look(tmp_path, "copier", SPEAKERS["v2c"])
    assert (found.state, found.state_reasons) == ("stopped", ("cover-open-error",))
    assert [(one.level, one.receptacle) for one in found.supplies] == [(0, True), (25, False)]


async def test_a_printer_that_is_asleep(tmp_path: Path):
    found = await look(tmp_path, "asleep", SPEAKERS["v1"])
    assert (found.state, found.state_reasons) == ("idle", ("subunit-power-saver-report",))
