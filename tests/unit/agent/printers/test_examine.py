"""One device asked in every way: the simulated printer, hosts that are none, and devices that hang."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from presswork.agent.printers.examine import Patiences, Ports, examine, examine_uri
from presswork.net.http_client_exchange import Deadlines
from presswork.net.snmp_reading import Patience
from presswork.protocols.snmp.credentials import Community
from presswork.simulator.printer_mib import MibState, variables
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.simulator.snmp import serve_snmp
from presswork.testing.timing import MS

STATE = MibState("Kitchen", "X1", "SN42", bytes.fromhex("020000aabbcc"), impressions=1234)
SHORT = Patiences(Deadlines(connect=300 * MS, reply=300 * MS), Patience(50 * MS, 1), 300 * MS, all=5000 * MS)


@asynccontextmanager
async def nobody() -> AsyncIterator[int]:
    """A port where nobody listens, as long as nobody else takes it."""
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    yield port


@pytest.mark.parametrize("tls", [False, True])
async def test_ipp_and_snmp_become_one(tls: bool):
    known = variables(STATE)
    async with (
        simulate("Kitchen", Listen(tls=tls)) as printer,
        serve_snmp(lambda: known, ("127.0.0.1", 0)) as (_, snmp),
        nobody() as closed,
    ):
        ports = Ports(ipp=printer.listen.port, raw=printer.listen.raw_port, lpd=closed, snmp=snmp)
        found = await examine("127.0.0.1", Community(), randomness=os.urandom, ports=ports)
        assert found is not None
        assert found.by == {"ipp", "snmp"}
        assert [way.scheme for way in found.ways] == ["ipps" if tls else "ipp", "socket"]
        assert found.ways[0].uri == printer.uri
        assert found.ways[0].certificate_sha256 == printer.certificate_sha256
        assert (found.serial_number, found.impressions, found.state) == ("SN42", 1234, "idle")
        assert found.uuid == str(printer.printer.description.uuid)


async def test_without_credentials_snmp_is_left_out():
    known = variables(STATE)
    async with serve_snmp(lambda: known, ("127.0.0.1", 0)) as (responder, snmp), nobody() as closed:
        ports = Ports(ipp=closed, raw=closed, lpd=closed, snmp=snmp)
        assert await examine("127.0.0.1", None, randomness=os.urandom, ports=ports) is None
        assert responder.asked == 0
        found = await examine("127.0.0.1", Community(), randomness=os.urandom, ports=ports)
        assert found is not None
        assert (found.name, found.ways) == ("Kitchen", ())


async def test_an_open_port_is_no_printer():
    async with await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ports = Ports(ipp=port, raw=port, lpd=port, snmp=port)
        assert await examine("127.0.0.1", Community(), randomness=os.urandom, ports=ports, patiences=SHORT) is None


async def test_a_device_that_hangs_holds_nobody_for_long():
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ports = Ports(ipp=port, raw=port, lpd=port, snmp=port)
        began = asyncio.get_running_loop().time()
        patiences = replace(SHORT, all=600 * MS)
        assert await examine("127.0.0.1", None, randomness=os.urandom, ports=ports, patiences=patiences) is None
        assert asyncio.get_running_loop().time() - began < 3000 * MS


async def test_an_address_for_printing():
    known = variables(STATE)
    async with (
        simulate("Kitchen", Listen(tls=True)) as printer,
        serve_snmp(lambda: known, ("127.0.0.1", 0)) as (_, snmp),
    ):
        seen = printer.certificate_sha256
        found = await examine_uri(printer.uri, Community(), randomness=os.urandom, pin=seen, snmp_port=snmp)
        assert found is not None
        assert (found.by, found.certificate_sha256) == ({"ipp", "snmp"}, seen)
        other = await examine_uri(printer.uri, Community(), randomness=os.urandom, pin="00" * 32, snmp_port=snmp)
        assert other is not None
        assert (other.by, other.certificate_sha256) == ({"snmp"}, seen), "nothing was asked of it by IPP"
        raw = await examine_uri(printer.raw_uri, Community(), randomness=os.urandom, snmp_port=snmp)
        assert raw is not None
        assert (raw.by, raw.state) == ({"snmp"}, "idle")
        bare = await examine_uri(printer.raw_uri, None, randomness=os.urandom)
        assert bare is not None
        assert (bare.by, bare.state) == (frozenset(), "unknown")


@pytest.mark.parametrize("scheme", ["ipp", "ipps", "socket", "lpd"])
async def test_an_address_where_nothing_answers(scheme: str):
    async with nobody() as closed:
        uri = f"{scheme}://127.0.0.1:{closed}/"
        found = await examine_uri(uri, Community(), randomness=os.urandom, snmp_port=closed, patiences=SHORT)
        assert found is None
