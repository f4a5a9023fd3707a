"""Network namespaces: a computer on a LAN of its own, behind a gateway. Needs root and ``ip`` of iproute2.

async with lan() as here:
    here.gateway, here.gateway_mac, here.subnet      # as the computer sees them
    await here.run("ip", "route")                    # within the computer

The gateway is an address of this very process' namespace, so a server that listens everywhere is reached through it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

_DEADLINE = 30
POSSIBLE = os.geteuid() == 0 and shutil.which("ip") is not None


@dataclass(frozen=True, slots=True)
class Lan:
    """A LAN with one computer on it."""

    namespace: str
    interface: str
    """At the gateway's end."""
    subnet: str
    gateway: str
    gateway_mac: str
    address: str
    """The computer's."""

    def command(self, *arguments: str) -> tuple[str, ...]:
        """How to run this within the computer."""
        return ("ip", "netns", "exec", self.namespace, *arguments)

    async def run(self, *arguments: str) -> str:
        """Run it within the computer; what it said. It must succeed."""
        return await _ran(*self.command(*arguments))


@asynccontextmanager
async def lan() -> AsyncIterator[Lan]:
    """A LAN in a subnet of its own (of 198.18.0.0/15, RFC 2544), IPv6 included; it is gone with the context."""
    name, number = f"pw{secrets.token_hex(4)}", secrets.randbelow(1 << 17)
    base = f"198.{18 + (number >> 16)}.{(number >> 8) & 255}.{number & 252 or 4}"
    first, _, last = base.rpartition(".")
    gateway, address = f"{first}.{int(last) + 1}", f"{first}.{int(last) + 2}"
    mac = ":".join(["02", *(secrets.token_hex(1) for _ in range(5))])
    here = Lan(name, name, f"{base}/30", gateway, mac, address)
    await _ran("ip", "netns", "add", name)
    try:
        await _ran("ip", "link", "add", name, "address", mac, "type", "veth", "peer", "name", "eth0", "netns", name)
        for words in (
            f"addr add {gateway}/30 dev {name}",
            f"addr add fe80::1/64 dev {name} nodad",
            f"link set {name} up",
        ):
            await _ran("ip", *words.split())
        for words in (
            "link set lo up",
            f"addr add {address}/30 dev eth0",
            "addr add 2001:db8:5::2/64 dev eth0 nodad",
            "link set eth0 up",
            f"route add default via {gateway}",
            "-6 route add default via fe80::1 dev eth0",
        ):
            await here.run("ip", *words.split())
        yield here
    finally:
        await _ran("ip", "netns", "del", name)
        await _ran("ip", "link", "del", name, may_fail=True)


async def _ran(*arguments: str, may_fail: bool = False) -> str:
    process = await asyncio.create_subprocess_exec(*arguments, stdout=PIPE, stderr=STDOUT)
    try:
        async with asyncio.timeout(_DEADLINE):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode and not may_fail:
        raise RuntimeError(f"{' '.join(arguments)}: {said.decode(errors='replace')}")
    return said.decode(errors="replace")
