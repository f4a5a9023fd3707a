"""1,000 simulated printers watched by one agent: every one is read by SNMP, every other one by IPPS as well. All of them are
read within the time that each is to be read in, and what that takes of a processor core is measured. No peer does this; in place
of its number stands the aim. ``BENCH_PRINTERS`` is another number of printers.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import IPv4Address
from uuid import UUID

from rounds import plain

from presswork.agent.desired import Desired
from presswork.agent.printers.pace import PollPace
from presswork.agent.printers.poller import Poller
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.device import SnmpSpec, WatchSpec
from presswork.protocols.control.words import PrinterReport, PrinterSpec
from presswork.simulator.printer_mib import MibState, variables
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.simulator.snmp import serve_snmp

PRINTERS = int(os.environ.get("BENCH_PRINTERS", "1000"))
FIRST = IPv4Address("127.77.0.1")
SNMP, IPP, RAW = 16261, 16631, 19200
SECONDS_AIM, CORES_AIM = 60.0, 0.5
PACE = PollPace()
MINUTE = 60.0


async def devices() -> None:
    """All the printers, until this process is ended: for each its own SNMP, for all of them one that speaks IPP."""
    async with AsyncExitStack() as stack:
        listen = Listen("0.0.0.0", IPP, RAW, tls=True)
        await stack.enter_async_context(simulate("Bench", listen))
        for number in range(PRINTERS):
            known = variables(
                MibState(f"printer{number}", "Bench 1", f"B{number}", bytes((2, 0, 0, 0, *divmod(number, 256))))
            )
            await stack.enter_async_context(serve_snmp(lambda known=known: known, (str(FIRST + number), SNMP)))
        print("ready", flush=True)
        await asyncio.Event().wait()


class Memory:
    """Pins of certificates, as the spool keeps them."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    async def remember(self, key: str, value: str) -> None:
        self._kept[key] = value

    async def recall(self, key: str) -> str | None:
        return self._kept.get(key)


def wanted() -> DesiredState:
    """What the server would have this agent watch."""
    ids = [UUID(int=number + 1) for number in range(PRINTERS)]
    uris = [
        f"ipps://{FIRST + number}:{IPP}/ipp/print" if number % 2 else f"socket://{FIRST + number}:{RAW}"
        for number in range(PRINTERS)
    ]
    return DesiredState(
        revision="1",
        computer_name="bench",
        queues=(),
        printers=tuple(
            PrinterSpec(printer_id=one, name="P", device_uri=uri) for one, uri in zip(ids, uris, strict=True)
        ),
        accounts=(),
        watched=tuple(WatchSpec(printer_id=one, snmp=SnmpSpec(port=SNMP)) for one in ids),
    )


async def watch() -> tuple[float, float, int]:
    """Seconds until all were read once; then of a minute its processor seconds, and the looks in it."""
    told: dict[UUID, PrinterReport] = {}
    all_told = asyncio.Event()
    memory = Memory()
    desired = Desired(memory)
    await desired.put(wanted())

    def learned(report: PrinterReport, *, soon: bool) -> None:
        told[report.printer_id] = report
        if len(told) == PRINTERS:
            all_told.set()

    pace = replace(PACE, busy=PACE.usual, asleep=PACE.usual)
    poller = Poller(desired, memory, learned, clock=SystemClock(), randomness=system_randomness, pace=pace)
    async with asyncio.TaskGroup() as tasks:
        began = time.monotonic()
        running = tasks.create_task(poller.run())
        await all_told.wait()
        first = time.monotonic() - began
        check(list(told.values()))
        looks, used = poller.looks, time.process_time()
        await asyncio.sleep(MINUTE)
        used, looks = time.process_time() - used, poller.looks - looks
        running.cancel()
    return first, used, looks


def check(reports: Sequence[PrinterReport]) -> None:
    """Everything was read of every one."""
    for report in reports:
        assert report.reachable
        assert report.state == "idle"
        assert report.serial_number == f"B{report.printer_id.int - 1}"
        assert len(report.supplies or ()) == 6
        assert report.answers_to == (("ipp", "snmp") if report.printer_id.int % 2 == 0 else ("snmp",))


async def measure() -> None:
    """Run, and print the numbers beside the aims."""
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, "devices", stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        first, processor, looks = await watch()
    finally:
        process.terminate()
        await process.wait()
    each = processor / max(looks, 1) * 1000
    cores = each / 1000 * PRINTERS / MINUTE
    print(f"# {PRINTERS} printers, all read for the first time in {first:.1f} s; aim {SECONDS_AIM:.0f} s")
    print(f"# in the minute after that {looks} looks with {processor:.2f} s of a processor, {each:.1f} ms each")
    print(f"# so all of them each minute take {cores:.3f} of a core; aim {CORES_AIM}")
    print(f"printer_poll_seconds\t{plain(first)}\t{plain(SECONDS_AIM)}\ts\t{SECONDS_AIM / first:.2f}")
    print(f"printer_poll\t{plain(cores)}\t{plain(CORES_AIM)}\tcores\t{CORES_AIM / cores:.2f}")


if __name__ == "__main__":
    sys.exit(asyncio.run(devices() if sys.argv[1:] == ["devices"] else measure()))
