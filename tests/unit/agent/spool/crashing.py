"""A process that takes jobs in as fast as it can and says what it promised, until it is killed. Run by test_crash.py."""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from presswork.agent.delivery import changes
from presswork.agent.delivery.way import End
from presswork.agent.jobs import release
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Change, JobTicket, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.testing.spooling import HOLD, LIMIT, QUEUE, incoming_job, pieces

PRINTER = PrinterSpec(printer_id=UUID(int=9), name="Lobby", device_uri="ipp://192.0.2.1/ipp/print")
DEVICE_JOB_ID = 7
ENDS = (End(Outcome.PRINTED, JobEvent.PRINTED), End.unknown(JobEvent.BROKEN_OFF), End.not_printed("a jam"))


async def work(spool: Spool, dice: random.Random) -> None:
    while True:
        document = dice.randbytes(dice.choice((1, 300, 10_000, 70_000, 200_000, 600_000)))
        if len(document) <= SMALL and dice.random() < 0.5:
            draft = spool.draft(QUEUE, "ada", owner_proof="peer", user_id=None, name="Letter", ticket=JobTicket())
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
        elif dice.random() < 0.5:
            await deliver(spool, job.id, dice.choice(ENDS))


async def deliver(spool: Spool, job_id: UUID, end: End) -> None:
    """What release and delivery promise, one after the other: before each next step the last one is said."""
    await release(spool, job_id, PRINTER)
    print("reached", job_id, "released", flush=True)
    await spool.change(job_id, changes.mark(PRINTER.name, datetime.now(UTC), DEVICE_JOB_ID))
    print("reached", job_id, "sending", flush=True)
    await spool.change(job_id, changes.ended(PRINTER.name, end, datetime.now(UTC)))
    print("reached", job_id, end.outcome, flush=True)


async def main() -> None:
    spool = await open_spool(Path(sys.argv[1]), SystemClock(), system_randomness)
    async with asyncio.TaskGroup() as tasks:
        for seed in range(4):
            tasks.create_task(work(spool, random.Random(f"{sys.argv[2]} {seed}")))


if __name__ == "__main__":
    asyncio.run(main())
