"""The line printer daemon of a simulated printer, as the agent uses it, and as others do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from presswork.agent.spool.job import Outcome
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen, Simulator
from presswork.testing.delivering import delivering, printer_spec
from presswork.testing.lpd import CORPUS
from presswork.testing.pdf import make_pdf
from presswork.testing.timing import eventually

LPR = Listen(lpd_port=0)


async def send(printer: Simulator, octets: bytes) -> bytes:
    """What it answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", printer.listen.lpd_port)
    writer.write(octets)
    writer.write_eof()
    answers = await reader.read()
    writer.close()
    return answers


async def test_a_job_of_the_agent_is_printed_and_its_end_is_honest(tmp_path: Path) -> None:
    async with simulate(listen=LPR) as printer, delivering(tmp_path) as agent:
        job = await agent.ended(await agent.release(printer_spec(printer.lpd_uri), make_pdf(2), name="A letter"))
        assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
        assert (await agent.events(job))[-1] is JobEvent.ACKNOWLEDGED
        await eventually(lambda: printer.output.impressions == 2, 20)
        (printed,) = printer.output.jobs
        assert (printed.way, printed.job.job_name) == ("lpr", "A letter")


async def test_switched_off_in_the_document_its_end_is_unknown(tmp_path: Path) -> None:
    async with simulate(listen=LPR) as printer, delivering(tmp_path) as agent:
        printer.faults.hang = True
        job = await agent.release(printer_spec(printer.lpd_uri), bytes(20_000_000))
        await agent.event(job, JobEvent.SENDING)
        await eventually(lambda: (agent.delivery.progress.octets_sent(job.id) or 0) > 0, 20)
        await printer.switch(offline=True)
        assert (await agent.ended(job)).outcome is Outcome.UNKNOWN
        assert (await agent.events(job))[-1] is JobEvent.BROKEN_OFF


@pytest.mark.parametrize("name", ["control file first", "data file first", "data to the end"])
async def test_jobs_of_other_clients_end_by_what_they_are(name: str) -> None:
    """They are text, which it does not print, or PostScript, which it does."""
    async with simulate(listen=LPR) as printer:
        answers = await send(printer, CORPUS[name])
        assert set(answers) == {0}
        await eventually(lambda: bool(printer.store.entries), 20)
        await eventually(lambda: printer.store.entries[1].job.job_state.terminated, 20)
        ps = name == "data to the end"
        assert (printer.store.entries[1].job.job_state is JobState.COMPLETED) is ps


@pytest.mark.parametrize("octets", [CORPUS["asked for the queue"], b"\x02q\n\x0299999999999 dfA001pc\n"])
async def test_what_it_does_not_do_it_refuses(octets: bytes) -> None:
    async with simulate(listen=LPR) as printer:
        assert (await send(printer, octets))[-1:] == b"\x01"
        assert printer.store.entries == {}


async def test_nonsense_ends_the_connection() -> None:
    async with simulate(listen=LPR) as printer:
        assert await send(printer, b"GET / HTTP/1.1\r\n\r\n") == b""
