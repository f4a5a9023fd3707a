"""A hand-over between two processes over the relay protocol, of which one is killed at its n-th step and started again.

Run by test_over_relay.py: each line on standard input is a wish, each line on standard output what became of it. The listening socket
is the driver's, so that whoever connects to a killed site node waits for its next start.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from presswork.agent.relay.sender import Sender
from presswork.agent.relay.service import Relay
from presswork.agent.route.tickets import opened_by
from presswork.agent.site import HandOver, Keeping, RelayCarrier
from presswork.agent.site.settling import Waits
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.route import HandOverReply, HandOverRequest, PeerSpec
from presswork.protocols.ticket import TicketKind
from presswork.testing.moving import BOX, LAPTOP, site_desired, waiting_job
from presswork.testing.relaying import QUICK_RELAY, Organisation
from presswork.testing.spooling import document_of
from presswork.testing.stepping import SURVIVED, Steps, answer_wishes, forked, status_of

DOCUMENT = b"%PDF-1.4 " + bytes(range(256)) * 600
CLOCK = SystemClock()


class Wish(TypedDict):
    directory: str
    side: str
    """Who is killed: ``laptop``, ``box`` or nobody."""
    step: int


class Server:
    """Grants every hand-over; a new number each time, also after a restart."""

    def __init__(self, organisation: Organisation, peer: PeerSpec) -> None:
        self._organisation = organisation
        self._peer = peer

    async def hand_over(self, request: HandOverRequest) -> HandOverReply:
        """See ``Server`` of the hand-over."""
        ticket = self._organisation.ticket(
            kind=TicketKind.HOLD,
            job_id=request.job_id,
            sender_id=LAPTOP,
            receiver_id=BOX,
            digest=request.digest,
            fence=1 + CLOCK.now().timestamp() // 0.001 % 2**31,
        )
        return HandOverReply(peer=self._peer, ticket=ticket)


def armed(step: int) -> None:
    """The process is killed at that step; 0 for never."""
    me = asyncio.current_task()
    assert me is not None
    if step:
        steps = Steps.of(step, "killed", me)
        asyncio.get_running_loop().set_task_factory(steps.task)
        steps.armed = True


async def box(directory: Path, organisation: Organisation, listener: socket.socket, step: int) -> int:
    """The site node, until it is killed."""
    armed(step)
    spool = await open_spool(directory / "box" / "spool", CLOCK, system_randomness)
    trust = await organisation.trust(directory / "box", BOX)
    keeping = Keeping(spool, await site_desired(spool, node=True), CLOCK, reserve=0)
    relay = Relay(spool, trust, {TicketKind.HOLD: keeping}, clock=CLOCK, deadlines=QUICK_RELAY)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(relay.run())
        tasks.create_task(relay.listen(listener, {TicketKind.HOLD}))
    return SURVIVED


async def printed(directory: Path) -> int:
    """Before anything is counted: a job waits at the laptop."""
    spool = await open_spool(directory / "laptop" / "spool", CLOCK, system_randomness)
    await waiting_job(spool, DOCUMENT)
    await spool.close()
    return SURVIVED


async def nobody_counts(_: UUID) -> None:
    return


async def laptop(directory: Path, organisation: Organisation, peer: PeerSpec, step: int) -> int:
    """The laptop, until its job is elsewhere."""
    armed(step)
    spool = await open_spool(directory / "laptop" / "spool", CLOCK, system_randomness)
    trust = await organisation.trust(directory / "laptop", LAPTOP)
    sender = Sender(spool, trust, clock=CLOCK, randomness=system_randomness, deadlines=QUICK_RELAY)
    await sender.load()
    hand_over = HandOver(
        spool,
        await site_desired(spool),
        Server(organisation, peer),
        RelayCarrier(spool, sender),
        read_ticket=opened_by(trust),
        counted=nobody_counts,
        clock=CLOCK,
        randomness=system_randomness,
        waits=Waits(first=0.01, slowest=0.05),
    )
    async with asyncio.TaskGroup() as tasks:
        going = tasks.create_task(hand_over.run())
        async with asyncio.timeout(60), spool.subscribe() as news:
            (job,) = await spool.list()
            while (await spool.get(job.id)).phase is not Phase.ENDED:
                await news.get()
        going.cancel()
    await spool.close()
    return SURVIVED


def answer(wish: Wish, organisation: Organisation) -> dict[str, Any]:
    directory = Path(wish["directory"])
    (directory / "laptop").mkdir(parents=True)
    assert status_of(forked(lambda: asyncio.run(printed(directory)))) == SURVIVED
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = PeerSpec(
            computer_id=BOX, name="Box-1", addresses=(ip_address("127.0.0.1"),), port=listener.getsockname()[1]
        )
        steps = {side: wish["step"] if side == wish["side"] else 0 for side in ("laptop", "box")}
        box_process = forked(lambda: asyncio.run(box(directory, organisation, listener, steps["box"])))
        laptop_process = forked(lambda: asyncio.run(laptop(directory, organisation, peer, steps["laptop"])))
        killed = 0
        if wish["side"] == "laptop":
            killed = status_of(laptop_process)
            if killed != SURVIVED:
                laptop_process = forked(lambda: asyncio.run(laptop(directory, organisation, peer, 0)))
        while True:
            ended, status = os.waitpid(-1, 0) if killed != SURVIVED or wish["side"] != "laptop" else (laptop_process, 0)
            if ended == laptop_process:
                break
            killed = os.waitstatus_to_exitcode(status)
            box_process = forked(lambda: asyncio.run(box(directory, organisation, listener, 0)))
        os.kill(box_process, signal.SIGKILL)
        os.waitpid(box_process, 0)
    return {"killed": killed, "status": os.waitstatus_to_exitcode(status), **asyncio.run(found(directory))}


async def found(directory: Path) -> dict[str, Any]:
    here = await open_spool(directory / "laptop" / "spool", CLOCK, system_randomness)
    there = await open_spool(directory / "box" / "spool", CLOCK, system_randomness)
    try:
        (job,) = await here.list()
        return {
            "here": [job.phase, job.document_kept],
            "there": [await _whole(there, one.id) for one in await there.list()],
        }
    finally:
        await here.close()
        await there.close()


async def _whole(spool: Spool, job_id: UUID) -> bool:
    with suppress(OSError):
        return await document_of(spool, job_id) == DOCUMENT
    return False


if __name__ == "__main__":
    answer_wishes(partial(answer, organisation=Organisation()))
