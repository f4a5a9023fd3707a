"""Version 3 without a device; with one: tests/interop/test_snmp.py."""

from __future__ import annotations

import os

import pytest

from presswork.core.errors import PrinterUnreachable
from presswork.net.snmp import snmp_client
from presswork.net.snmp_reading import Patience
from presswork.net.snmp_v3 import shared_engine
from presswork.protocols.snmp.credentials import User
from presswork.simulator.snmp import serve_snmp
from presswork.testing.timing import MS

ADA = User("ada", "sha", "authpassword", "aes", "privpassword")


async def test_a_device_that_does_not_know_version_3_is_silent():
    async with serve_snmp(dict, ("127.0.0.1", 0)) as (_, port):
        quick = Patience(first=50 * MS, attempts=1)
        async with snmp_client("127.0.0.1", ADA, os.urandom, port=port, patience=quick) as device:
            with pytest.raises(PrinterUnreachable, match="does not answer to SNMP"):
                await device.get((1, 3, 6, 1, 2, 1, 1, 5, 0))


async def test_clients_of_one_user_share_an_engine():
    async with shared_engine(ADA) as first, shared_engine(ADA) as second, shared_engine(User("bob")) as other:
        assert first is second
        assert first is not other
    async with shared_engine(ADA) as later:
        assert later is not first


def test_passwords_are_not_shown():
    assert "password" not in repr(ADA).replace("auth_password", "").replace("priv_password", "")
