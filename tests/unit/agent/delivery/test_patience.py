"""A printer that takes no more of a document, and names the reason."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from presswork.agent.spool.job import Outcome
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.registry import Operation
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.scripted_printer import Pause, ScriptedPrinter, scripted_printer

LONG = bytes(12_000_000)
HASTY = replace(QUICK, stall=1.5)


async def test_without_paper_an_ipp_printer_is_waited_for_and_says_so(tmp_path: Path) -> None:
    paper = asyncio.Event()
    printer = ScriptedPrinter(state=5, state_reasons=("media-empty-error",))
    printer.will(Operation.SEND_DOCUMENT, Pause(100_000, paper))
    async with scripted_printer(printer), delivering(tmp_path, deadlines=HASTY) as agent:
        job = await agent.release(printer_spec(printer.uri()), LONG)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        assert (await agent.sentences(job))[-1] == "Lobby says: out of paper."
        printer.state, printer.state_reasons = 3, ("none",)
        paper.set()
        job = await agent.ended(job)
        assert job.outcome is Outcome.PRINTED, await agent.sentences(job)
        assert printer.seen(Operation.SEND_DOCUMENT)[0].document == LONG
