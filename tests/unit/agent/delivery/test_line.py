"""What waits for a printer."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from presswork.agent.jobs import release
from presswork.agent.spool.job import Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.registry import Operation, Status
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.raw_server import raw_server
from presswork.testing.scripted_printer import ScriptedPrinter, scripted_printer
from presswork.testing.spooling import held_job

NOWHERE = "ipp://127.0.0.1:1/ipp/print"


async def test_a_hung_printer_holds_back_nobody_else(tmp_path: Path) -> None:
    async def hangs(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.Event().wait()

    patient = replace(QUICK, stall=60, reply=60)
    async with (
        raw_server(hangs) as port,
        scripted_printer() as printer,
        delivering(tmp_path, deadlines=patient) as agent,
    ):
        hung = await agent.release(printer_spec(f"ipp://127.0.0.1:{port}/ipp/print"))
        await agent.release(printer_spec(f"socket://127.0.0.1:{port}"), bytes(10_000_000))
        others = [await agent.release(printer_spec(printer.uri())) for _ in range(5)]
        for job in others:
            assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert (await agent.spool.get(hung.id)).phase is Phase.RELEASED


async def test_jobs_of_one_printer_keep_their_order(tmp_path: Path) -> None:
    async with scripted_printer(ScriptedPrinter(accepting=False)) as printer, delivering(tmp_path) as agent:
        spec = printer_spec(printer.uri())
        jobs = [await agent.release(spec, name=str(number)) for number in range(8)]
        await agent.event(jobs[0], JobEvent.PRINTER_BUSY)
        printer.accepting = True
        for job in jobs:
            await agent.ended(job)
        names = [request.value("job-name") for request in printer.seen(Operation.CREATE_JOB)]
        assert names == [str(number) for number in range(8)]


async def test_a_job_the_printer_never_takes_lets_the_others_pass(tmp_path: Path) -> None:
    async with scripted_printer() as printer, delivering(tmp_path) as agent:
        spec = printer_spec(printer.uri())
        odd = await agent.release(spec, document_format="application/postscript")
        other = await agent.release(spec)
        assert (await agent.ended(other)).outcome is Outcome.PRINTED
        assert (await agent.spool.get(odd.id)).phase is Phase.HELD


async def test_a_job_that_prints_for_long_lets_the_others_pass(tmp_path: Path) -> None:
    async with (
        scripted_printer(ScriptedPrinter(job_state=JobState.PROCESSING)) as printer,
        delivering(tmp_path) as agent,
    ):
        spec = printer_spec(printer.uri())
        first = await agent.release(spec)
        await agent.event(first, JobEvent.SENT)
        printer.job_state = JobState.COMPLETED
        assert (await agent.ended(await agent.release(spec))).outcome is Outcome.PRINTED
        assert (await agent.spool.get(first.id)).phase is Phase.SENDING
        printer.jobs[1].state = JobState.COMPLETED
        assert (await agent.ended(first)).outcome is Outcome.PRINTED


async def test_the_end_of_one_job_wakes_the_next_of_a_busy_printer(tmp_path: Path) -> None:
    deadlines = replace(QUICK, first_retry=30, slowest_retry=60)
    printer = ScriptedPrinter(job_state=JobState.PROCESSING)
    async with scripted_printer(printer), delivering(tmp_path, deadlines=deadlines) as agent:
        spec = printer_spec(printer.uri())
        first = await agent.release(spec)
        await agent.event(first, JobEvent.SENT)
        printer.will(Operation.CREATE_JOB, Status.SERVER_ERROR_BUSY)
        second = await agent.release(spec)
        await agent.event(second, JobEvent.PRINTER_BUSY)
        printer.job_state = printer.jobs[1].state = JobState.COMPLETED
        await agent.ended(first)
        assert (await agent.ended(second, timeout=10)).outcome is Outcome.PRINTED


async def test_that_nobody_answers_is_said_once_to_every_job_and_reported_once(tmp_path: Path) -> None:
    async with delivering(tmp_path) as agent:
        spec = printer_spec(NOWHERE)
        jobs = [await agent.release(spec) for _ in range(3)]
        for job in jobs:
            await agent.event(job, JobEvent.UNREACHABLE)
        await asyncio.sleep(0.5)
        for job in jobs:
            assert await agent.events(job) == [JobEvent.UNREACHABLE]
        assert [report.reachable for report in agent.reports] == [False]


async def test_a_job_of_a_hold_queue_goes_back_to_its_owner_and_one_of_a_direct_queue_waits_on(tmp_path: Path) -> None:
    hold = QueueSpec(queue_id=uuid4(), name="secure", mode="hold")
    spec = printer_spec(NOWHERE)
    direct = QueueSpec(queue_id=uuid4(), name="direct", mode="direct", printer_id=spec.printer_id)
    async with delivering(tmp_path, queues=[hold, direct], deadlines=replace(QUICK, hold_again=0.5)) as agent:
        waits = await agent.release(spec, queue_id=direct.queue_id)
        goes = await agent.release(spec, queue_id=hold.queue_id)
        goes = await agent.phase(goes, Phase.HELD)
        assert goes.document_kept
        assert await agent.events(goes) == [JobEvent.UNREACHABLE, JobEvent.HELD_AGAIN]
        assert (await agent.spool.get(waits.id)).phase is Phase.RELEASED
        async with scripted_printer() as printer:
            agent.knows(spec.model_copy(update={"device_uri": printer.uri()}))
            assert (await agent.ended(waits)).outcome is Outcome.PRINTED
            again = await release(agent.spool, goes.id, agent.printers[spec.printer_id])
            assert (await agent.ended(again)).outcome is Outcome.PRINTED


async def test_a_printer_that_is_not_known_is_waited_for(tmp_path: Path) -> None:
    async with scripted_printer() as printer, delivering(tmp_path) as agent:
        spec = printer_spec(printer.uri())
        job = await release(agent.spool, (await held_job(agent.spool)).id, spec)
        await agent.event(job, JobEvent.UNREACHABLE)
        agent.knows(spec)
        assert (await agent.ended(job)).outcome is Outcome.PRINTED


async def test_a_job_sent_elsewhere_while_it_waits_goes_there_only(tmp_path: Path) -> None:
    async with scripted_printer() as printer, delivering(tmp_path) as agent:
        job = await agent.release(printer_spec(NOWHERE))
        await agent.event(job, JobEvent.UNREACHABLE)
        await release(agent.spool, job.id, agent.knows(printer_spec(printer.uri(), "Office")))
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert (await agent.sentences(job))[-1] == "Printed on Office."
        assert len(printer.seen(Operation.CREATE_JOB)) == 1


async def test_a_paused_queue_delivers_nothing_and_holds_back_no_other(tmp_path: Path) -> None:
    async with scripted_printer() as printer, delivering(tmp_path) as agent:
        spec, paused = printer_spec(printer.uri()), uuid4()
        await agent.queue_states.change(paused, paused=True)
        waits = [await agent.release(spec, queue_id=paused) for _ in range(2)]
        for job in waits:
            await agent.event(job, JobEvent.PAUSED)
        other = await agent.release(spec)
        assert (await agent.ended(other)).outcome is Outcome.PRINTED
        assert (await agent.spool.get(waits[0].id)).state_reasons == ("printer-stopped",)
        assert (await agent.events(waits[0])).count(JobEvent.PAUSED) == 1
        await agent.queue_states.change(paused, paused=False)
        for job in waits:
            assert (await agent.ended(job)).outcome is Outcome.PRINTED


async def test_a_queue_stays_paused_through_a_restart(tmp_path: Path) -> None:
    async with scripted_printer() as printer:
        spec, paused = printer_spec(printer.uri()), uuid4()
        async with delivering(tmp_path, [spec]) as agent:
            await agent.queue_states.change(paused, paused=True)
            job = await agent.release(spec, queue_id=paused)
            await agent.event(job, JobEvent.PAUSED)
        async with delivering(tmp_path, [spec]) as agent:
            other = await agent.release(spec)
            assert (await agent.ended(other)).outcome is Outcome.PRINTED
            assert (await agent.spool.get(job.id)).phase is Phase.RELEASED
            await agent.queue_states.change(paused, paused=False)
            assert (await agent.ended(job)).outcome is Outcome.PRINTED
