"""A hand-over that is broken off at its n-th step, and the next start that picks up what is left. Run by test_every_step.py.

Both computers are in one process, so that both are killed at once; ``test_over_relay.py`` kills one of them. Each line on standard
input is a wish, each line on standard output what became of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from presswork.agent import jobs
from presswork.agent.site import HandOver, Keeping
from presswork.agent.site.settling import Waits
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import NotPossible
from presswork.protocols.control.words import PrinterSpec
from presswork.testing.moving import DirectCarrier, GrantingServer, read_ticket, site_desired, waiting_job
from presswork.testing.spooling import document_of
from presswork.testing.stepping import BROKEN_OFF, SURVIVED, Mode, Steps, answer_wishes, broken_off

DOCUMENT = b"%PDF-1.4 " + bytes(range(256)) * 600
LOBBY = PrinterSpec(printer_id=UUID(int=1), name="Lobby", device_uri="ipp://192.0.2.1/ipp/print")
QUICK = Waits(first=0.01, slowest=0.05)
DEADLINE = 60.0


class Wish(TypedDict):
    directory: str
    step: int
    mode: Mode
    released: bool
    """Whether its owner releases it at the laptop at the same time."""


async def nobody_counts(_: UUID) -> None:
    return


@asynccontextmanager
async def both(wish: Wish) -> AsyncIterator[tuple[Spool, Spool, HandOver]]:
    clock, directory = SystemClock(), Path(wish["directory"])
    laptop = await open_spool(directory / "laptop" / "spool", clock, system_randomness)
    box = await open_spool(directory / "box" / "spool", clock, system_randomness)
    keeping = Keeping(box, await site_desired(box, node=True), clock, reserve=0)
    hand_over = HandOver(
        laptop,
        await site_desired(laptop),
        GrantingServer(),
        DirectCarrier(laptop, keeping),
        read_ticket=read_ticket,
        counted=nobody_counts,
        clock=clock,
        randomness=system_randomness,
        waits=QUICK,
    )
    try:
        yield laptop, box, hand_over
    finally:
        await laptop.close()
        await box.close()


async def settled(laptop: Spool, job_id: UUID) -> None:
    async with asyncio.timeout(DEADLINE), laptop.subscribe() as news:
        while (await laptop.get(job_id)).phase not in (Phase.ENDED, Phase.RELEASED):
            await news.get()


async def attempt(wish: Wish) -> int:
    """A job waits at the laptop and is handed over; whether that came to its end before the step."""
    me = asyncio.current_task()
    assert me is not None
    steps = Steps.of(wish["step"], wish["mode"], me)
    with suppress(asyncio.CancelledError, ExceptionGroup, OSError):
        async with both(wish) as (laptop, _, hand_over):
            job = await waiting_job(laptop, DOCUMENT)
            asyncio.get_running_loop().set_task_factory(steps.task)
            steps.armed = True
            async with asyncio.TaskGroup() as tasks:
                going = tasks.create_task(hand_over.run())
                if wish["released"]:
                    tasks.create_task(released(laptop, job.id))
                await settled(laptop, job.id)
                steps.armed = False
                going.cancel()
    return SURVIVED if steps.left > 0 else BROKEN_OFF


async def released(laptop: Spool, job_id: UUID) -> None:
    """In the middle of it; where it is too late, that is said."""
    for _ in range(8):
        await asyncio.sleep(0)
    with suppress(NotPossible):
        await jobs.release(laptop, job_id, LOBBY)


async def recover(wish: Wish) -> dict[str, Any]:
    """The next start of both: what they find, and where the job is in the end."""
    async with both(wish) as (laptop, box, hand_over):
        (job,) = await laptop.list()
        owners = [
            found for found in (job, *await box.list()) if found.document_kept and found.phase is not Phase.MOVING
        ]
        async with asyncio.TaskGroup() as tasks:
            going = tasks.create_task(hand_over.run())
            await settled(laptop, job.id)
            going.cancel()
        here, there = await laptop.get(job.id), await box.list()
        at = here if here.document_kept else there[0]
        document = await document_of(laptop if here.document_kept else box, at.id)
    return {
        "found": str(job.phase),
        "owners": len(owners),
        "here": here.document_kept,
        "there": len(there),
        "whole": document == DOCUMENT,
    }


def answer(wish: Wish) -> dict[str, Any]:
    return broken_off(partial(attempt, wish), partial(recover, wish))


if __name__ == "__main__":
    answer_wishes(answer)
