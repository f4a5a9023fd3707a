"""Whose turn it is at a printer, and what is set aside there."""

from __future__ import annotations

from pathlib import Path

import pytest

from presswork.agent.jobs import release
from presswork.agent.spool import open_spool
from presswork.agent.spool.job import Change, Job, JobTicket, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Operation
from presswork.simulator.serve import simulate
from presswork.testing.delivering import Delivering, delivering, printer_spec
from presswork.testing.pdf import make_pdf
from presswork.testing.scripted_printer import ScriptedPrinter, scripted_printer
from presswork.testing.spooling import held_job
from presswork.testing.timing import MS, eventually

NOWHERE = "ipp://127.0.0.1:1/ipp/print"


async def waiting(agent: Delivering, spec: PrinterSpec, count: int) -> list[Job]:
    """Jobs that wait for a printer that takes none."""
    jobs = [await agent.release(spec, name=str(number)) for number in range(count)]
    for job in jobs:
        await agent.event(job, JobEvent.PRINTER_BUSY)
    return jobs


async def takes_jobs_again(printer: ScriptedPrinter) -> None:
    """From the next attempt on: one of before the order was changed may be on its way, and what it brings is as it was then."""
    looks = len(printer.seen(Operation.GET_PRINTER_ATTRIBUTES))
    await eventually(lambda: len(printer.seen(Operation.GET_PRINTER_ATTRIBUTES)) >= looks + 2, 20_000 * MS)
    printer.accepting = True


def names(printer: ScriptedPrinter) -> list[object]:
    return [request.value("job-name") for request in printer.seen(Operation.CREATE_JOB)]


async def test_3998_4_4_what_waits_is_sent_in_the_order_an_operator_wants(tmp_path: Path) -> None:
    async with scripted_printer(ScriptedPrinter(accepting=False)) as printer, delivering(tmp_path) as agent:
        jobs = await waiting(agent, printer_spec(printer.uri()), 5)
        await agent.delivery.turns.schedule(jobs[3].id, None)
        await agent.delivery.turns.schedule(jobs[1].id, jobs[2].id)
        await takes_jobs_again(printer)
        for job in jobs:
            await agent.ended(job)
        assert names(printer) == ["3", "0", "2", "1", "4"]


async def test_the_order_is_kept_through_a_restart(tmp_path: Path) -> None:
    async with scripted_printer(ScriptedPrinter(accepting=False)) as printer:
        spec = printer_spec(printer.uri())
        async with delivering(tmp_path) as agent:
            jobs = await waiting(agent, spec, 4)
            await agent.delivery.turns.schedule(jobs[2].id, None)
            await agent.delivery.turns.schedule(jobs[3].id, jobs[0].id)
        printer.accepting = True
        async with delivering(tmp_path, [spec]) as agent:
            for job in jobs:
                await agent.ended(job)
        assert names(printer) == ["2", "0", "3", "1"]


async def test_an_order_that_cannot_be_read_is_that_of_creation(tmp_path: Path) -> None:
    async with scripted_printer() as printer:
        spec = printer_spec(printer.uri())
        spool = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
        await spool.remember("delivery-order", "{")
        job = await release(spool, (await held_job(spool)).id, spec)
        await spool.close()
        async with delivering(tmp_path, [spec]) as agent:
            assert (await agent.ended(job)).outcome is Outcome.PRINTED


async def test_only_what_waits_for_the_same_printer_has_a_place(tmp_path: Path) -> None:
    async with scripted_printer(ScriptedPrinter(accepting=False)) as printer, delivering(tmp_path) as agent:
        first, second = await waiting(agent, printer_spec(printer.uri()), 2)
        elsewhere = await agent.release(printer_spec(NOWHERE))
        await agent.event(elsewhere, JobEvent.UNREACHABLE)
        held = await held_job(agent.spool)
        for job_id, predecessor in ((held.id, None), (first.id, elsewhere.id), (first.id, held.id), (second.id,) * 2):
            with pytest.raises(NotPossible):
                await agent.delivery.turns.schedule(job_id, predecessor)


async def test_after_the_one_that_is_being_sent_is_next(tmp_path: Path) -> None:
    async with scripted_printer(ScriptedPrinter(accepting=False)) as printer, delivering(tmp_path) as agent:
        spec = printer_spec(printer.uri())
        jobs = await waiting(agent, spec, 3)
        change = Change(phase=Phase.SENDING, state=JobState.PROCESSING)
        sending = await agent.spool.change(jobs[0].id, change)
        await eventually(lambda: jobs[0].id not in agent.delivery.turns._lines[spec.printer_id].order, 20_000 * MS)
        await agent.delivery.turns.schedule(jobs[2].id, sending.id)
        await takes_jobs_again(printer)
        for job in jobs[1:]:
            await agent.ended(job)
        assert names(printer) == ["2", "1"]


async def test_3998_4_3_a_job_is_set_aside_at_the_printer_and_goes_on(tmp_path: Path) -> None:
    async with simulate(page_seconds=30 * MS) as printer, delivering(tmp_path) as agent:
        spec = printer_spec(printer.uri)
        long = await agent.release(spec, make_pdf(1), ticket=JobTicket((Attribute.of("copies", 40),)))
        await eventually(lambda: bool(printer.output.jobs) or printer.device.current is not None, 20_000 * MS)
        await eventually(lambda: printer.store.entries[1].job.job_impressions_completed >= 1, 20_000 * MS)
        await agent.delivery.turns.suspend(long.id)
        assert printer.store.entries[1].job.job_state_reasons == ("job-suspended",)
        short = await agent.release(spec, make_pdf(1))
        assert (await agent.ended(short)).outcome is Outcome.PRINTED
        assert (await agent.spool.get(long.id)).phase is Phase.SENDING
        await agent.delivery.turns.resume(long.id)
        assert (await agent.ended(long)).outcome is Outcome.PRINTED
        assert printer.output.impressions == 41


async def test_a_printer_that_cannot_set_a_job_aside_says_so(tmp_path: Path) -> None:
    async with (
        scripted_printer(ScriptedPrinter(job_state=JobState.PROCESSING)) as printer,
        delivering(tmp_path) as agent,
    ):
        job = await agent.release(printer_spec(printer.uri(), name="Hall"))
        await agent.event(job, JobEvent.SENT)
        with pytest.raises(NotPossible, match="Hall does not do this with the job: server-error-operation"):
            await agent.delivery.turns.suspend(job.id)


async def test_what_no_printer_has_cannot_be_set_aside(tmp_path: Path) -> None:
    async with delivering(tmp_path) as agent:
        held = await held_job(agent.spool)
        for ask in (agent.delivery.turns.suspend, agent.delivery.turns.resume):
            with pytest.raises(NotPossible):
                await ask(held.id)
