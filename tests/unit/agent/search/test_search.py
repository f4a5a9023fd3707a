"""One search, against simulated devices."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from presswork.agent.printers.examine import Ports
from presswork.agent.printers.facts import DeviceFacts, DeviceWay
from presswork.agent.search.answers import Asking
from presswork.agent.search.search import Search, announced_uri, found_device, may_be_asked
from presswork.core.clock import system_randomness
from presswork.core.errors import Invalid
from presswork.net.dnssd import Service
from presswork.protocols.control.search import FoundDevice, SearchOrder
from presswork.protocols.snmp.credentials import Community
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.testing.agent import free_port

ORDER = "00000000-0000-7000-8000-000000000001"


def order(*ranges: str) -> SearchOrder:
    return SearchOrder.model_validate({"search_id": ORDER, "ranges": ranges})


async def test_a_printer_is_found_among_addresses_where_nobody_answers() -> None:
    found: list[FoundDevice] = []
    async with simulate(listen=Listen(address="127.0.0.1")) as simulator:
        nobody, port = free_port(), urlsplit(simulator.uri).port
        assert port
        ports = Ports(ipp=port, raw=nobody, lpd=nobody, snmp=nobody)
        asking = Asking(Community(), system_randomness, ports, connect=5)
        search = Search(order("127.0.0.0/29"), asking, found.append, each=0)
        await search.run()
    assert (search.asked, search.total) == (6, 6)
    (device,) = found
    assert device.host == "127.0.0.1"
    assert device.ways == (f"ipp://127.0.0.1:{port}/ipp/print",)
    assert device.uuid
    assert device.make_and_model


async def test_it_ends_when_it_is_cancelled() -> None:
    nobody = free_port()
    asking = Asking(Community(), system_randomness, Ports(nobody, nobody, nobody, nobody), connect=5)
    search = Search(order("127.0.0.0/16"), asking, lambda device: None)
    running = asyncio.create_task(search.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert search.asked < search.total


def test_ranges_that_cannot_be_asked_are_refused_before_it_begins() -> None:
    with pytest.raises(Invalid):
        Search(order("10.0.0.0/8"), Asking(None, system_randomness), lambda device: None)


@pytest.mark.parametrize(
    ("kind", "txt", "uri"),
    [
        ("_ipps._tcp", {"rp": "ipp/print"}, "ipps://192.0.2.1:4000/ipp/print"),
        ("_ipp._tcp", {}, "ipp://192.0.2.1:4000/"),
        ("_ipp._tcp", {"rp": "a b\r\n?x=1"}, "ipp://192.0.2.1:4000/abx1"),
        ("_pdl-datastream._tcp", {"rp": "x"}, "socket://192.0.2.1:4000"),
        ("_printer._tcp", {"rp": "auto"}, "lpd://192.0.2.1:4000/auto"),
    ],
)
def test_what_is_announced_is_an_address(kind: str, txt: dict[str, str], uri: str) -> None:
    assert announced_uri(Service(kind, "Hall", ("192.0.2.1",), 4000, txt), "192.0.2.1") == uri


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("10.1.2.3", True),
        ("192.168.1.9", True),
        ("169.254.1.1", True),
        ("8.8.8.8", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_nobody_on_the_network_sends_us_anywhere_else(host: str, asked: bool) -> None:
    assert may_be_asked(host) is asked
    assert may_be_asked("127.0.0.1", ["127.0.0.1"])


def test_a_devices_words_have_an_end() -> None:
    facts = DeviceFacts(ways=tuple(DeviceWay(f"socket://192.0.2.1:{port}") for port in range(1, 20)), name="x" * 1000)
    device = found_device("192.0.2.1", facts)
    assert len(device.ways) == 8
    assert len(device.name) == 255
