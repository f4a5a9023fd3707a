"""What the kernel says of interfaces, routes and neighbours, shown on a LAN in a namespace of the test's own."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presswork.agent.host.linux.rtnetlink import _attributes, _messages, interfaces
from presswork.testing.namespaces import POSSIBLE, lan

_LOOK = """
import json, select, sys
from presswork.agent.host.linux.rtnetlink import change_socket, drain, interfaces
with change_socket() as changes:
    for _ in sys.stdin:
        select.select([changes], [], [], 20)
        drain(changes)
        print(json.dumps([
            [one.name, sorted(map(str, one.addresses)), sorted(map(str, one.gateways)),
             {str(address): mac for address, mac in one.neighbours.items()}]
            for one in interfaces()
        ]), flush=True)
"""
"""For each line: wait for a change, then say what there is. Runs within the namespace."""


@pytest.mark.skipif(not POSSIBLE, reason="needs root and ip of iproute2")
async def test_addresses_gateways_and_their_neighbours_are_told_as_they_change() -> None:
    async with lan() as here:
        program = await asyncio.create_subprocess_exec(
            *here.command(sys.executable, "-c", _LOOK), stdin=PIPE, stdout=PIPE
        )
        to_it, from_it = program.stdin, program.stdout
        assert to_it is not None
        assert from_it is not None

        async def after(change: str) -> list[Any]:
            to_it.write(b"\n")
            await here.run("ip", *change.split())
            async with asyncio.timeout(30):
                (interface,) = json.loads(await from_it.readline())
            return list(interface)

        try:
            to_it.write(b"\n")  # it listens when this is answered; the kernel goes on telling of IPv6 meanwhile
            await here.run("ip", "addr", "add", "192.0.2.7/24", "dev", "eth0")
            async with asyncio.timeout(30):
                await from_it.readline()
            await here.run("ip", "neigh", "replace", here.gateway, "lladdr", here.gateway_mac, "dev", "eth0")
            name, addresses, gateways, neighbours = await after("addr add 192.0.2.8/24 dev eth0")
            assert name == "eth0"
            assert {f"{here.address}/30", "192.0.2.7/24", "192.0.2.8/24", "2001:db8:5::2/64"} <= set(addresses)
            assert gateways == sorted([here.gateway, "fe80::1"])
            assert neighbours[here.gateway] == here.gateway_mac
            _, _, gateways, _ = await after("route del default")
            assert gateways == ["fe80::1"]
            hops = f"route add default nexthop via {here.gateway} weight 1 nexthop via 192.0.2.1 weight 1"
            _, _, gateways, _ = await after(hops)
            assert gateways == sorted([here.gateway, "192.0.2.1", "fe80::1"])
        finally:
            program.kill()
            await program.wait()


def test_the_loopback_is_no_place() -> None:
    assert "lo" not in {one.name for one in interfaces()}


@given(st.binary(max_size=200))
def test_whatever_comes_is_read_to_its_end(data: bytes) -> None:
    for _, _, message in _messages(data):
        assert sum(len(value) for value in _attributes(message).values()) <= len(data)
