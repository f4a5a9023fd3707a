"""A block of 254 addresses, every other one a printer, the others silent, searched by SNMP as the product does: at most a
bounded number of addresses a second, and of each printer all is read. Peer: net-snmp's snmpget, as many at a time, which only
asks who answers.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack

from rounds import Comparison

from presswork.agent.printers.examine import Ports
from presswork.agent.search.answers import Asking
from presswork.agent.search.search import AT_ONCE, Search
from presswork.core.clock import system_randomness
from presswork.protocols.control.search import FoundDevice, SearchOrder
from presswork.protocols.snmp.credentials import Community
from presswork.simulator.printer_mib import MibState, variables
from presswork.simulator.snmp import serve_snmp

BLOCK = "127.0.66"
SNMP, RAW, CLOSED = 16161, 19100, 19101
PRINTERS = range(1, 255, 2)
ORDER = "00000000-0000-7000-8000-000000000001"
ROUNDS = 3


async def devices() -> None:
    """The printers and the silent addresses, until this process is ended."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        for number in range(1, 255):
            address = f"{BLOCK}.{number}"
            if number not in PRINTERS:
                # A closed port on loopback would refuse at once, which no network does.
                await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(address, SNMP))
                continue
            state = MibState(f"printer{number}", "Bench 1", f"B{number}", bytes((2, 0, 0, 0, 0, number)))
            await stack.enter_async_context(serve_snmp(lambda state=state: variables(state), (address, SNMP)))
            await stack.enter_async_context(await asyncio.start_server(lambda _, writer: writer.close(), address, RAW))
        print("ready", flush=True)
        await asyncio.Event().wait()


async def ours() -> float:
    """Seconds of a search; every printer must have been found."""
    found: list[FoundDevice] = []
    order = SearchOrder.model_validate({"search_id": ORDER, "ranges": [f"{BLOCK}.0/24"]})
    asking = Asking(Community(), system_randomness, Ports(ipp=CLOSED, raw=RAW, lpd=CLOSED, snmp=SNMP))
    began = time.monotonic()
    await Search(order, asking, found.append).run()
    seconds = time.monotonic() - began
    assert {one.serial_number for one in found} == {f"B{number}" for number in PRINTERS}, len(found)
    return seconds


async def peer() -> float:
    """Seconds of net-snmp's tool for every address; every printer must have answered."""
    began = time.monotonic()
    asked = " ".join(f"{BLOCK}.{number}:{SNMP}" for number in range(1, 255))
    command = (
        f"echo {asked} | tr ' ' '\\n' | xargs -P {AT_ONCE} -I@ snmpget -v2c -c public -r0 -t1 -Oqv @ 1.3.6.1.2.1.1.5.0"
    )
    process = await asyncio.create_subprocess_shell(
        command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    seconds = time.monotonic() - began
    assert said.decode().count("printer") == len(PRINTERS), said
    return seconds


async def compare() -> None:
    """Run and print the comparison."""
    result = Comparison("snmp_scan", "s", smaller_is_better=True)
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, "devices", stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        await result.run(ours, peer, ROUNDS)
    finally:
        process.terminate()
        await process.wait()
    result.print()


if __name__ == "__main__":
    sys.exit(asyncio.run(devices() if sys.argv[1:] == ["devices"] else compare()))
