"""A process that takes jobs in as fast as it can and says what it promised, until it is killed. Run by test_crash.py."""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
from pathlib import Path

from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Change, Phase, Ticket
from presswork.core.clock import SystemClock, system_randomness
from presswork.testing.spooling import HOLD, LIMIT, QUEUE, incoming_job, pieces


async def work(spool: Spool, dice: random.Random) -> None:
    while True:
        document = dice.randbytes(dice.choice((1, 300, 10_000, 70_000, 200_000, 600_000)))
        if len(document) <= SMALL and dice.random() < 0.5:
            draft = spool.draft(QUEUE, "ada", owner_proof="peer", user_id=None, name="Letter", ticket=Ticket())
            job = await spool.submit(draft, "application/pdf", document, then=(HOLD,))
            print("number", job.id, job.number, flush=True)
        else:
            job = await incoming_job(spool)
            print("number", job.id, job.number, flush=True)
            await spool.receive(job.id, "application/pdf", pieces(document), limit=LIMIT, then=(HOLD,))
        print("whole", job.id, hashlib.sha256(document).hexdigest(), flush=True)
        if dice.random() < 0.3:
            await spool.change(job.id, Change(phase=Phase.ENDED))
            print("ended", job.id, "-", flush=True)


async def main() -> None:
    spool = await open_spool(Path(sys.argv[1]), SystemClock(), system_randomness)
    async with asyncio.TaskGroup() as tasks:
        for seed in range(4):
            tasks.create_task(work(spool, random.Random(f"{sys.argv[2]} {seed}")))


if __name__ == "__main__":
    asyncio.run(main())
