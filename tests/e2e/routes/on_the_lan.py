"""Situations in which somebody on the LAN speaks on UDP 21337 who should not."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from e2e.routes.case import Case, shows
from e2e.routes.told import carrier_of
from presswork.testing.timing import MS, eventually

_PORT = 21337
_GROUP = "239.255.83.89"
_AT_ONCE = 200
_LARGEST = 1200
_ROOM = 32 * 1024
"""KiB that a flooded agent may have more than before: what it prints meanwhile needs some, too."""
_DEADLINE = 40_000 * MS


@shows
async def udp_flood(case: Case) -> None:
    network, relays = case.here.network, (case.here.archive, case.here.porter)
    targets = [network.address("office", name) for name in ("archive", "porter")]
    before = [_memory(relay.pid) for relay in relays]
    async with _flooding(case, [*targets, _GROUP]) as sent:
        await case.prints_at(case.here.far, "Far")
        await case.ends()
        await eventually(lambda: sent[0] > 20_000, deadline=_DEADLINE)
    assert [_memory(relay.pid) - was < _ROOM for relay, was in zip(relays, before, strict=True)] == [True, True]


@shows
async def beacon_replayed(case: Case) -> None:
    near, archive = case.here.near, case.here.archive
    with _ear(case) as ear, near.host.socket(kind=socket.SOCK_DGRAM) as mouth, near.host.socket() as listener:
        listener.bind((near.address, 21335))
        listener.listen()
        listener.setblocking(False)
        mouth.bind((near.address, 0))
        mouth.setblocking(False)
        mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(near.address))
        await archive.restart()
        beacons = await _heard(ear, case.here.network.address("office", "archive"))
        await archive.kill()
        for _ in range(20):
            for beacon in beacons:
                mouth.sendto(beacon, (_GROUP, _PORT))
            await asyncio.sleep(5 * MS)
        await case.prints_at(case.here.far, "Far")
        assert carrier_of(await case.ends()) == "porter"
        with suppress(BlockingIOError):
            back = 0
            while True:  # however often it is said, it is asked about once, by three at most
                back += len(mouth.recv(65536))
                assert back <= 4 * sum(map(len, beacons))
        try:
            listener.accept()
        except BlockingIOError:
            pass
        else:
            raise AssertionError("a beacon led somebody to connect")


def _memory(pid: int) -> int:
    """What the process has in memory, in KiB (proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS:")).split()[1])


@asynccontextmanager
async def _flooding(case: Case, targets: list[str]) -> AsyncIterator[list[int]]:
    """Datagrams to each of these, as fast as this process gets to it; how many there were."""
    sent = [0]
    with case.here.near.host.socket(kind=socket.SOCK_DGRAM) as mouth:
        mouth.setblocking(False)
        mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(case.here.near.address))
        junk = [os.urandom(size) for size in (1, 100, 200, 300, _LARGEST)]

        async def flood() -> None:
            while True:
                for number in range(_AT_ONCE):
                    with suppress(BlockingIOError):
                        mouth.sendto(junk[number % len(junk)], (targets[number % len(targets)], _PORT))
                        sent[0] += 1
                await asyncio.sleep(5 * MS)

        async with asyncio.TaskGroup() as tasks:
            flooding = tasks.create_task(flood())
            try:
                yield sent
            finally:
                flooding.cancel()


def _ear(case: Case) -> socket.socket:
    """What everybody on the office's LAN hears."""
    ear = case.here.near.host.socket(kind=socket.SOCK_DGRAM)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.bind((_GROUP, _PORT))
    membership = struct.pack("4s4s", socket.inet_aton(_GROUP), socket.inet_aton(case.here.near.address))
    ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    ear.setblocking(False)
    return ear


async def _heard(ear: socket.socket, source: str) -> list[bytes]:
    """The next two datagrams from there."""
    found: list[bytes] = []
    async with asyncio.timeout(_DEADLINE):
        while len(found) < 2:
            octets, (address, _) = await asyncio.get_running_loop().sock_recvfrom(ear, 65536)
            found += [octets] if address == source else []
    return found
