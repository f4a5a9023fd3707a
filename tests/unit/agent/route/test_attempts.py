"""What an attempt leaves behind where it is broken off."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address
from pathlib import Path
from uuid import UUID

from presswork.agent.delivery.way import Delivered, End, Errand, Tell, Watched
from presswork.agent.route import Reachability, memory
from presswork.agent.route.attempts import Trials
from presswork.agent.spool.job import Job
from presswork.core.clock import SystemClock
from presswork.protocols.control.route import PeerSpec, RouteCandidate
from presswork.testing.carrying import PRINTED, Elsewhere
from presswork.testing.delivering import printer_spec
from presswork.testing.relaying import Organisation, holder
from presswork.testing.timing import eventually

PEER = PeerSpec(computer_id=UUID(int=7), name="PC-7", addresses=(IPv4Address("127.0.0.1"),), port=21335)


class SlowDisk:
    """A spool's facts that take their time, the second time."""

    def __init__(self) -> None:
        self.asked = 0

    async def remember(self, key: str, value: str) -> None:
        self.asked += 1
        if self.asked > 1:
            await asyncio.Event().wait()

    async def recall(self, key: str) -> str | None:
        return None


async def test_a_watch_that_nobody_will_begin_is_dropped(tmp_path: Path) -> None:
    disk, dropped = SlowDisk(), list[str]()

    async def carries(errand: Errand) -> Delivered:
        await errand.mark(None)

        async def watch(tell: Tell) -> End:
            return PRINTED

        return Watched(watch, drop=lambda: dropped.append(errand.job.name))

    reach = Reachability(disk, lambda: "", SystemClock())
    await reach.silent(memory.peer("relay", PEER.computer_id))
    trials = Trials(Elsewhere({"PC-7": carries}), reach, _nothing)
    async with holder(tmp_path, Organisation(), PEER) as here:
        job = await here.job(name="Letter")
        candidate = RouteCandidate(kind="relay", peer=PEER, ticket="-")
        going = asyncio.ensure_future(trials.through(here.errand(job), printer_spec("ipp://192.0.2.7/"), candidate, 20))
        await eventually(lambda: disk.asked == 2)
        going.cancel()
        await asyncio.wait((going,))
    assert dropped == ["Letter"]


async def _nothing(job: Job) -> None:
    """No tickets are kept."""
