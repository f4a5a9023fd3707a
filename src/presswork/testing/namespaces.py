"""Network namespaces: a computer on a LAN of its own, behind a gateway; or hosts for any network. Needs root and ``ip``.

async with lan() as here:
    here.gateway, here.gateway_mac, here.subnet      # as the computer sees them
    await here.run("ip", "route")                    # within the computer

The gateway is an address of this very process' namespace, so a server that listens everywhere is reached through it.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import secrets
import shutil
import socket
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_DEADLINE = 30
_CLONE_NEWNET = 0x40000000  # <sched.h>
_LIBC = ctypes.CDLL(None, use_errno=True)
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


@dataclass(frozen=True, slots=True)
class Host:
    """A computer of a network made of namespaces."""

    name: str
    namespace: str

    def command(self, *arguments: str) -> tuple[str, ...]:
        """How to run this there, under the host's own name; the process stays the one that was started."""
        named = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', self.name)
        return ("ip", "netns", "exec", self.namespace, *named, *arguments)

    async def run(self, *arguments: str) -> str:
        """Run it there; what it said. It must succeed."""
        return await _ran("ip", "netns", "exec", self.namespace, *arguments)

    async def configure(self, *lines: str) -> None:
        """Commands of ``ip``, without the word ``ip``."""
        await _ran("ip", "-n", self.namespace, "-batch", "-", text="\n".join(lines))

    async def rules(self, **chains: Sequence[str]) -> None:
        """Rules of nft(8) for the hooks ``input``, ``output`` and ``forward``, in place of those given before."""
        text = ["table inet presswork {}", "delete table inet presswork", "table inet presswork {"]
        for hook, rules in chains.items():
            text += [f"chain {hook} {{", f"type filter hook {hook} priority 0", *rules, "}"]
        await self.nft("\n".join([*text, "}"]))

    async def nft(self, text: str) -> None:
        """A script of nft(8)."""
        await _ran("ip", "netns", "exec", self.namespace, "nft", "-f", "-", text=text)

    def enter(self) -> None:
        """This thread is on that computer from now on, and so are the threads that it starts."""
        with Path("/run/netns", self.namespace).open() as there:
            _set_namespace(there.fileno())

    def socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM) -> socket.socket:
        """A socket of that computer, for this process."""
        with Path("/proc/thread-self/ns/net").open() as home, Path("/run/netns", self.namespace).open() as there:
            _set_namespace(there.fileno())
            try:
                return socket.socket(family, kind)
            finally:
                _set_namespace(home.fileno())


@asynccontextmanager
async def hosts(*names: str) -> AsyncIterator[dict[str, Host]]:
    """Computers without any cable; they are gone with the context."""
    mark = f"pw{secrets.token_hex(3)}"
    made = {name: Host(name, f"{mark}-{name}") for name in names}
    try:
        await _ran("ip", "-batch", "-", text="\n".join(f"netns add {one.namespace}" for one in made.values()))
        await asyncio.gather(*(one.configure("link set lo up") for one in made.values()))
        yield made
    finally:
        for one in made.values():
            await _ran("ip", "netns", "del", one.namespace, may_fail=True)


@asynccontextmanager
async def connected(
    host: Host, interface: str, *, address: str, prefix: int, routes: Mapping[str, str]
) -> AsyncIterator[None]:
    """A cable from ``interface`` of the host to this process' own namespace, which has ``address`` at its end.

    ``routes``: where this namespace sends what is for those networks.
    """
    name = f"pw{secrets.token_hex(4)}"
    lines = [
        f"link add {name} type veth peer name {interface} netns {host.namespace}",
        f"addr add {address}/{prefix} dev {name}",
        f"link set {name} up",
        *(f"route add {block} via {gateway} dev {name}" for block, gateway in routes.items()),
    ]
    try:
        await _ran("ip", "-batch", "-", text="\n".join(lines))
        yield
    finally:
        await _ran("ip", "link", "del", name, may_fail=True)


def _set_namespace(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


async def _ran(*arguments: str, may_fail: bool = False, text: str = "") -> str:
    process = await asyncio.create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE, stderr=STDOUT)
    try:
        async with asyncio.timeout(_DEADLINE):
            said, _ = await process.communicate(text.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode and not may_fail:
        raise RuntimeError(f"{' '.join(arguments)}: {said.decode(errors='replace')}")
    return said.decode(errors="replace")
