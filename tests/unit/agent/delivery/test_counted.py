"""RAW and LPR with the page counter of a printer, read by SNMP: delivery, agent/printers and the simulator together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from presswork.agent.printers.counters import SnmpCounters
from presswork.agent.spool.job import JobTicket, Outcome
from presswork.core.clock import system_randomness
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ipp.message import Attribute
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen, Simulator
from presswork.testing.delivering import QUICK, Delivering, delivering, printer_spec
from presswork.testing.pdf import make_pdf

ALL = Listen(lpd_port=0, snmp_port=0)
PATIENT = replace(QUICK, counter_idle=20, counter_busy=20, out_of_reach=20, raw_close=20)


@asynccontextmanager
async def agent_and_printer(
    directory: Path, listen: Listen = ALL, *, pages: int = 2
) -> AsyncIterator[tuple[Delivering, Simulator]]:
    """An agent that may ask the printer by SNMP."""
    async with (
        simulate(listen=listen) as printer,
        delivering(directory, counters=SnmpCounters(system_randomness), pages=pages, deadlines=PATIENT) as agent,
    ):
        yield agent, printer


def asked(printer: Simulator, uri: str) -> PrinterSpec:
    """The printer, with what it is asked by."""
    return printer_spec(uri).model_copy(update={"snmp": SnmpSpec(port=printer.listen.snmp_port or 0)})


@pytest.mark.parametrize("way", ["raw_uri", "lpd_uri"])
async def test_the_counter_says_that_it_printed(tmp_path: Path, way: str) -> None:
    async with agent_and_printer(tmp_path) as (agent, printer):
        spec = asked(printer, getattr(printer, way))
        for _ in range(2):
            job = await agent.ended(await agent.release(spec, make_pdf(2)))
            assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False), await agent.sentences(job)
        assert printer.output.impressions == 4


@pytest.mark.parametrize("way", ["raw_uri", "lpd_uri"])
@pytest.mark.parametrize(("fault", "words"), [("paper_out", "out of paper"), ("jam", "a paper jam")])
async def test_what_it_lacks_is_told_and_waited_for(tmp_path: Path, way: str, fault: str, words: str) -> None:
    async with agent_and_printer(tmp_path) as (agent, printer):
        # slow enough for somebody to take the paper away; without it the printer would not have been idle before
        printer.faults.slow = 30.0
        job = await agent.release(asked(printer, getattr(printer, way)), make_pdf(2))
        await agent.event(job, JobEvent.SENDING)
        setattr(printer.faults, fault, True)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        assert words in (await agent.sentences(job))[-1]
        printer.faults.slow = 0.0
        setattr(printer.faults, fault, False)
        assert (await agent.ended(job)).outcome is Outcome.PRINTED


async def test_without_paper_from_the_beginning(tmp_path: Path) -> None:
    async with agent_and_printer(tmp_path) as (agent, printer):
        printer.faults.paper_out = True
        job = await agent.release(asked(printer, printer.lpd_uri), make_pdf(2))
        await agent.event(job, JobEvent.DEVICE_SAYS)
        printer.faults.paper_out = False
        assert (await agent.ended(job)).outcome is Outcome.PRINTED


async def test_one_that_lies_is_not_believed(tmp_path: Path) -> None:
    """It takes the document, and nothing comes out."""
    hasty = replace(PATIENT, counter_idle=0.5)
    async with (
        simulate(listen=ALL) as printer,
        delivering(tmp_path, counters=SnmpCounters(system_randomness), pages=2, deadlines=hasty) as agent,
    ):
        printer.faults.lies = True
        job = await agent.ended(await agent.release(asked(printer, printer.raw_uri), make_pdf(2)))
        assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
        assert (await agent.events(job))[-1] is JobEvent.COUNTER_STANDS


async def test_that_it_speaks_pjl_is_learned_by_snmp(tmp_path: Path) -> None:
    listen = Listen(pjl=True, snmp_port=0)
    async with agent_and_printer(tmp_path, listen) as (agent, printer):
        ticket = JobTicket((Attribute.of("copies", 3),))
        job = await agent.ended(await agent.release(asked(printer, printer.raw_uri), make_pdf(2), ticket=ticket))
        assert (job.outcome, printer.output.impressions) == (Outcome.PRINTED, 6)
