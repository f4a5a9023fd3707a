"""A delivery that is broken off at its n-th step, and the next start that picks up what is left. Run by test_every_step.py.

Every task of the process is counted: the delivery's own, those of the spool and of the network below it. Each line on standard
input is a wish, each line on standard output what became of it. Every attempt and every recovery is a process of its own,
forked from this one, which has everything imported.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

from presswork.agent.delivery import Deadlines
from presswork.agent.jobs import release
from presswork.agent.spool import open_spool
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.logging import configure_logging
from presswork.protocols.control.words import PrinterSpec
from presswork.testing.delivering import delivering
from presswork.testing.spool_files import jobs_in_files
from presswork.testing.spooling import held_job
from presswork.testing.stepping import BROKEN_OFF, MISTAKE, SURVIVED, Mode, Steps, forked, status_of

DOCUMENT = b"%PDF-1.4 " + bytes(range(256)) * 600
QUICK = Deadlines(
    connect=10,
    stall=10,
    reply=10,
    raw_close=10,
    first_retry=0.01,
    slowest_retry=0.05,
    first_poll=0.005,
    slowest_poll=0.02,
    out_of_reach=5,
    settle=0.2,
)
DEADLINE = 60.0
PRINTER = UUID(int=7)
PAGES = 2


class Wish(TypedDict):
    directory: str
    device_uri: str
    step: int
    mode: Mode


async def attempt(wish: Wish) -> int:
    """A job is released, then delivered; whether it came to its end before the step."""
    me = asyncio.current_task()
    assert me is not None

    await released(wish)
    steps = Steps.of(wish["step"], wish["mode"], me)
    asyncio.get_running_loop().set_task_factory(steps.task)
    steps.armed = True
    with suppress(asyncio.CancelledError, ExceptionGroup):
        async with delivering(Path(wish["directory"]), [spec(wish)], deadlines=QUICK, pages=PAGES) as running:
            (job,) = await running.spool.list()
            await running.ended(job)
            steps.armed = False
    return SURVIVED if steps.left > 0 else BROKEN_OFF


async def released(wish: Wish) -> None:
    spool = await open_spool(Path(wish["directory"]) / "spool", SystemClock(), system_randomness)
    await release(spool, (await held_job(spool, DOCUMENT)).id, spec(wish))
    await spool.close()


async def recover(wish: Wish) -> dict[str, Any]:
    """The next start of the agent: what it finds, and to what end it brings the job."""
    (found,) = jobs_in_files(Path(wish["directory"]))
    async with delivering(Path(wish["directory"]), [spec(wish)], deadlines=QUICK, pages=PAGES) as running:
        (job,) = await running.spool.list()
        job = await running.ended(job, timeout=DEADLINE)
    return {
        "phase": found.phase,
        "marked": found.marked_at is not None,
        "outcome": job.outcome,
        "kept": job.document_kept,
        "pages": job.pages,
        "event": jobs_in_files(Path(wish["directory"]))[0].events[-1],
    }


def spec(wish: Wish) -> PrinterSpec:
    return PrinterSpec(printer_id=PRINTER, name="Lobby", device_uri=wish["device_uri"])


def say(reading: int, writing: int, wish: Wish) -> int:
    os.close(reading)
    os.write(writing, json.dumps(asyncio.run(recover(wish))).encode())
    return SURVIVED


def answer(wish: Wish) -> dict[str, Any]:
    status = status_of(forked(lambda: asyncio.run(attempt(wish))))
    reading, writing = os.pipe()
    recovered = status_of(forked(lambda: say(reading, writing, wish)))
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    story = json.loads(text) if text else {}
    return {"survived": status == SURVIVED, "mistake": MISTAKE in (status, recovered), **story}


def main() -> None:
    configure_logging()  # to standard error
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
