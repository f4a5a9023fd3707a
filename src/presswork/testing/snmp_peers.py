"""Another SNMP agent: net-snmp's ``snmpd``, alone or with the variables of a printer, on a free port of loopback."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import socket
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from presswork.core.clock import system_randomness
from presswork.core.errors import PrinterUnreachable
from presswork.net.snmp import snmp_client
from presswork.net.snmp_reading import Patience
from presswork.protocols.snmp.ber import Oid
from presswork.protocols.snmp.credentials import Community
from presswork.protocols.snmp.message import Tag, Value
from presswork.protocols.snmp.mib import SYS_NAME
from presswork.testing.timing import MS

# Speaks to snmpd for the part of the tree that a printer has; reads all it says from a file.
_PRINTER = """\
import bisect, sys
records = [one.split("\\n") for one in open(sys.argv[1]).read().split("\\n\\n") if one]
known = {tuple(map(int, one[0].split(".")[1:])): one for one in records}
order = sorted(known)
for line in sys.stdin:
    if line.strip() == "PING":
        print("PONG", flush=True)
        continue
    oid = tuple(map(int, sys.stdin.readline().strip().split(".")[1:]))
    if line.strip() == "getnext":
        at = bisect.bisect_right(order, oid)
        oid = order[at] if at < len(order) else ()
    print("\\n".join(known.get(oid, ["NONE"])), flush=True)
"""
_CONFIGURATION = """\
agentaddress udp:127.0.0.1:{port}
rocommunity public 127.0.0.1
sysName Kitchen
sysLocation 2nd floor
{users}
"""
_TREES = (".1.3.6.1.2.1.43", ".1.3.6.1.2.1.25.3", ".1.3.6.1.4.1.2699")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


@asynccontextmanager
async def snmpd(
    directory: Path, users: str = "", printer: Mapping[Oid, tuple[Tag, Value]] | None = None
) -> AsyncIterator[int]:
    """``snmpd`` with these lines of snmpd.conf(5) about users; its port, once it answers. Skips where it is absent.

    With a ``printer`` it answers these variables, as far as they are of Printer-MIB, Host-Resources-MIB or of PWG.
    """
    program = shutil.which("snmpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("snmpd is not installed (Debian: snmpd)")
    port = _free_port()
    configuration = directory / "snmpd.conf"
    lines = _CONFIGURATION.format(port=port, users=users)
    if printer is not None:
        (directory / "printer.py").write_text(_PRINTER)
        (directory / "variables").write_text("\n".join(_record(oid, *held) for oid, held in printer.items()))
        speaks = f"{sys.executable} {directory / 'printer.py'} {directory / 'variables'}"
        lines += "".join(f"pass_persist -p 1 {tree} {speaks}\n" for tree in _TREES)
    configuration.write_text(lines)
    environment = {**os.environ, "SNMP_PERSISTENT_DIR": str(directory / "persistent"), "MIBS": ""}
    process = await asyncio.create_subprocess_exec(
        program,
        "-f",
        "-C",
        "-c",
        str(configuration),
        "-I",
        "-smux,hr_device,hr_print",
        stdout=DEVNULL,
        stderr=DEVNULL,
        env=environment,
    )
    async with _until_it_ends(process, port):
        yield port


def _record(oid: Oid, tag: Tag, value: Value) -> str:
    """Three lines as ``pass_persist`` answers them (snmpd.conf(5))."""
    name = "." + ".".join(map(str, oid))
    match value:
        case bytes():
            return f"{name}\noctet\n{value.hex(' ')}\n"
        case tuple():
            return f"{name}\nobjectid\n.{'.'.join(map(str, value))}\n"
        case _:
            return f"{name}\n{'counter' if tag == Tag.COUNTER else 'integer'}\n{value}\n"


@asynccontextmanager
async def _until_it_ends(process: asyncio.subprocess.Process, port: int) -> AsyncIterator[None]:
    try:
        await _answers(port)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(5000 * MS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _answers(port: int) -> None:
    """Wait until it says its name."""
    async with asyncio.timeout(20_000 * MS):
        for _ in itertools.count():
            if await _says_its_name(port):
                return
            await asyncio.sleep(20 * MS)


async def _says_its_name(port: int) -> bool:
    quick = Patience(first=200 * MS, attempts=1)
    try:
        async with snmp_client("127.0.0.1", Community(), system_randomness, port=port, patience=quick) as device:
            return bool(await device.get(SYS_NAME))
    except PrinterUnreachable:
        return False
