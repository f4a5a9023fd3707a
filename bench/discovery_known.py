"""Time from an agent's start until the others are known to it: with one other, and with nineteen, by real datagrams on loopback.

A start is a start of discovery, with identity and entry on the disk, up to the moment at which all others answered. The others run
for a while already, and with ``together`` all start in the same moment. There is no peer: mDNS has nothing that is proven.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from statistics import median

from rounds import plain, spread

from presswork.core.clock import system_randomness
from presswork.net.discovery import Lans, Spot
from presswork.protocols.discovery.segment import Segment
from presswork.testing.discovery import SERVER_TIME, bearer_of

LAN = IPv4Network("127.0.0.0/8")
ROUNDS = 5
LONGEST = 60.0


class Agent:
    """Discovery without the agent around it."""

    def __init__(self, port: int, number: int, boot: int) -> None:
        address = IPv4Address(f"127.0.77.{number}")
        bearer = bearer_of(number, boot=boot)
        self.spot = Spot(socket.if_nametoindex("lo"), "lo", address, LAN)
        self.segment = Segment(bearer, LAN, address, now=time.monotonic(), randomness=system_randomness)
        self.woken = asyncio.Event()
        self.lans = Lans(port, self._received)

    async def run(self) -> None:
        """Until cancelled."""
        self.lans.keep((self.spot,))
        try:
            while True:
                self.woken.clear()
                for sending in self.segment.tick(time.monotonic(), SERVER_TIME):
                    self.lans.send(self.spot, sending)
                try:
                    async with asyncio.timeout(max(0.0, self.segment.due - time.monotonic())):
                        await self.woken.wait()
                except TimeoutError:
                    continue
        finally:
            self.lans.close()

    def _received(self, spot: Spot, octets: bytes, source: tuple[str, int]) -> None:
        due = self.segment.due
        for sending in self.segment.receive(octets, source, now=time.monotonic(), server_time=SERVER_TIME):
            self.lans.send(spot, sending)
        if self.segment.due < due:
            self.woken.set()

    async def knows(self, others: int) -> None:
        """Wait until it knows so many."""
        async with asyncio.timeout(LONGEST):
            while len(self.segment.peers) < others:  # noqa: ASYNC110 - looked at from outside
                await asyncio.sleep(0.001)


@asynccontextmanager
async def running(*agents: Agent) -> AsyncIterator[None]:
    """All of them as long as the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(one.run()) for one in agents]
        yield
        for one in started:
            one.cancel()


async def comes(port: int, count: int, boot: int) -> float:
    """Seconds until one that comes knows the others, which know each other."""
    others = [Agent(port, number, boot) for number in range(1, count)]
    async with running(*others):
        await asyncio.gather(*(one.knows(count - 2) for one in others))
        comer = Agent(port, count, boot)
        begun = time.monotonic()
        async with running(comer):
            await comer.knows(count - 1)
            return time.monotonic() - begun


async def together(port: int, count: int, boot: int) -> float:
    """Seconds until all know all."""
    agents = [Agent(port, number, boot) for number in range(1, count + 1)]
    begun = time.monotonic()
    async with running(*agents):
        await asyncio.gather(*(one.knows(count - 1) for one in agents))
        return time.monotonic() - begun


async def main() -> int:
    """Run and say it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    boot, worst = 0, 0.0
    for count in (2, 20):
        for name, start in (("one comes", partial(comes, port)), ("all together", partial(together, port))):
            values = []
            for _ in range(ROUNDS):
                boot += 1
                values.append(await start(count, boot))
            worst = max(worst, median(values))
            print(spread(f"discovery_known, {count} agents, {name}", values, "s"))
    print(f"discovery_known {plain(worst)} - s -")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
