"""A hand-over is undone while the other computer is silent, broken off at its n-th step; the next start finds out whose the job is.

Run by test_every_step_back.py: each line on standard input is a wish, each line on standard output what became of it. The site node
has taken the job over, and its answer is lost; in ``recover`` it is there again, or still silent. The server's memory is a file, written as a
database does: whole, or not at all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from presswork.agent.desired import Desired
from presswork.agent.link.orders import Orders
from presswork.agent.site import HandOver, Keeping
from presswork.agent.site.settling import Waits
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Job, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.route import HandOverReply, HandOverRequest
from presswork.protocols.control.words import Order
from presswork.testing.moving import PERSON, DirectCarrier, GrantingServer, read_ticket, site_desired, waiting_job
from presswork.testing.spooling import document_of
from presswork.testing.stepping import BROKEN_OFF, SURVIVED, Mode, Steps, answer_wishes, broken_off

DOCUMENT = b"%PDF-1.4 " + bytes(range(256)) * 600
DEADLINE = 60.0
WAITS = Waits(first=0.01, slowest=0.05, patience=5)


class Wish(TypedDict):
    directory: str
    step: int
    mode: Mode
    heard: bool
    """Whether the server has heard of the job from the site node before anybody asks it."""
    silent: bool
    """Whether the site node does not answer after the next start either."""


class Remembering(GrantingServer):
    """The server, whose memory outlives the processes."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._file = directory / "server.json"
        if self._file.exists():
            told = json.loads(self._file.read_text())
            self.fence = told.pop("fence")
            self.known, self.heard, self.undone = (set(told[name]) for name in ("known", "heard", "undone"))

    async def hand_over(self, request: HandOverRequest) -> HandOverReply:
        """See ``GrantingServer``."""
        reply = await super().hand_over(request)
        self._save()
        return reply

    def hear(self) -> None:
        """The site node reports what it has; what was undone counts no more."""
        self.heard |= self.known - self.undone
        self._save()

    def _save(self) -> None:
        numbers = {name: sorted(getattr(self, name)) for name in ("known", "heard", "undone")}
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps({"fence": self.fence, **numbers}))
        draft.replace(self._file)


class Place:
    """Both computers and the server, as after a start."""

    def __init__(self, directory: Path, laptop: Spool, box: Spool, desired: Desired, keeping: Keeping) -> None:
        self.laptop, self.box = laptop, box
        self.server = Remembering(directory)
        self.carrier = DirectCarrier(laptop, keeping)
        self.hand_over = HandOver(
            laptop,
            desired,
            self.server,
            self.carrier,
            read_ticket=read_ticket,
            counted=nobody_counts,
            clock=SystemClock(),
            randomness=system_randomness,
            waits=WAITS,
        )

    async def job(self) -> Job:
        """The laptop's."""
        (job,) = await self.laptop.list()
        return job

    async def until_settled(self) -> None:
        """Somebody waits for the job, and asks again whenever it changed, as an order does that nobody answered."""
        async with self.laptop.subscribe() as news:
            while (job := await self.job()).phase is not Phase.ENDED and job.fence == 1:
                if job.phase is Phase.MOVING:
                    self.hand_over.wanted(job.id)
                await news.get()

    async def destroy_what_was_undone(self) -> None:
        """The site node is there again, and takes its orders."""

        async def cancel(_: UUID) -> None:
            return

        orders = Orders(
            self.box,
            await site_desired(self.box, node=True),
            cancel=cancel,
            wanted=lambda _: None,
            answered=lambda: None,
        )
        (job,) = await self.laptop.list()
        for number in self.server.undone:
            order = Order(
                order_id=UUID(int=number),
                kind="delete",
                job_id=job.id,
                user_id=PERSON,
                issued_at=datetime.now(UTC),
                fence=number,
            )
            await orders.take([order])


async def nobody_counts(_: UUID) -> None:
    return


@asynccontextmanager
async def place(directory: Path) -> AsyncIterator[Place]:
    clock = SystemClock()
    laptop = await open_spool(directory / "laptop" / "spool", clock, system_randomness)
    box = await open_spool(directory / "box" / "spool", clock, system_randomness)
    keeping = Keeping(box, await site_desired(box, node=True), clock, reserve=0)
    try:
        yield Place(directory, laptop, box, await site_desired(laptop), keeping)
    finally:
        await laptop.close()
        await box.close()


async def settle(there: Place) -> None:
    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as tasks:
        going = tasks.create_task(there.hand_over.run())
        await there.until_settled()
        going.cancel()


async def attempt(wish: Wish) -> int:
    """The job goes, the other computer says nothing, and somebody waits; whether that was over before the step."""
    me = asyncio.current_task()
    assert me is not None
    steps = Steps.of(wish["step"], wish["mode"], me)
    with suppress(asyncio.CancelledError, ExceptionGroup, OSError):
        async with place(Path(wish["directory"])) as there:
            await waiting_job(there.laptop, DOCUMENT)
            there.carrier.answers = False
            if wish["heard"]:
                there.carrier.committed = there.server.hear
            asyncio.get_running_loop().set_task_factory(steps.task)
            steps.armed = True
            await settle(there)
            steps.armed = False
    return SURVIVED if steps.left > 0 else BROKEN_OFF


async def recover(wish: Wish) -> dict[str, Any]:
    """The next start of both, which answer now; who has the job in the end, and whether it is whole."""
    async with place(Path(wish["directory"])) as there:
        found = await there.job()
        there.carrier.answers = not wish["silent"]
        if wish["heard"]:
            there.carrier.committed = there.server.hear
        await settle(there)
        await there.destroy_what_was_undone()
        here, boxed = await there.job(), await there.box.list()
        kept = [one for one in boxed if one.document_kept]
        document = await document_of(there.laptop if here.document_kept else there.box, here.id)
        return {
            "found": str(found.phase),
            "asked": found.move is not None and found.move.back,
            "here": here.document_kept,
            "there": len(kept),
            "undone": sorted(there.server.undone),
            "fences": [here.fence, *(one.fence for one in kept)],
            "whole": document == DOCUMENT,
        }


def answer(wish: Wish) -> dict[str, Any]:
    Path(wish["directory"]).mkdir(parents=True)
    return broken_off(partial(attempt, wish), partial(recover, wish))


if __name__ == "__main__":
    answer_wishes(answer)
