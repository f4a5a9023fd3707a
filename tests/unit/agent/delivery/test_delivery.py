"""Starts and restarts: what a crash leaves is picked up, and nothing past its mark is sent again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from presswork.agent.delivery import changes
from presswork.agent.jobs import release
from presswork.agent.spool import open_spool
from presswork.agent.spool.job import Job, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import NotFound
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ipp.registry import Operation
from presswork.testing.delivering import delivering, printer_spec
from presswork.testing.scripted_printer import ScriptedJob, ScriptedPrinter, scripted_printer
from presswork.testing.spooling import held_job

NOW = datetime(2026, 11, 23, tzinfo=UTC)


async def left_behind(directory: Path, spec: PrinterSpec, device_job_id: int | None, *, answered: bool = True) -> Job:
    """A job as an agent that was killed past the mark leaves it."""
    spool = await open_spool(directory / "spool", SystemClock(), system_randomness)
    try:
        job = await release(spool, (await held_job(spool)).id, spec)
        job = await spool.change(job.id, changes.mark(spec.name, NOW, device_job_id))
        if answered and device_job_id is not None:
            job = await spool.change(job.id, changes.sent(spec.name, device_job_id))
        return job
    finally:
        await spool.close()


async def test_what_was_released_before_the_start_is_delivered(tmp_path: Path) -> None:
    async with scripted_printer() as printer:
        spec = printer_spec(printer.uri())
        spool = await open_spool(tmp_path / "spool", SystemClock(), system_randomness)
        jobs = [await release(spool, (await held_job(spool)).id, spec) for _ in range(3)]
        await spool.close()
        async with delivering(tmp_path, [spec]) as agent:
            for job in jobs:
                assert (await agent.ended(job)).outcome is Outcome.PRINTED


@pytest.mark.parametrize("answered", [True, False])
async def test_a_job_the_device_knows_is_followed_and_not_sent_again(tmp_path: Path, answered: bool) -> None:
    async with scripted_printer() as printer:
        spec = printer_spec(printer.uri())
        printer.jobs[7] = ScriptedJob(JobState.PROCESSING)
        job = await left_behind(tmp_path, spec, 7, answered=answered)
        async with delivering(tmp_path, [spec]) as agent:
            assert (await agent.spool.get(job.id)).phase is Phase.SENDING
            printer.jobs[7].state = JobState.COMPLETED
            assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert printer.seen(Operation.CREATE_JOB) == []
        assert printer.octets == 0


async def test_a_device_that_still_waits_for_the_document_is_told_to_forget_it(tmp_path: Path) -> None:
    async with scripted_printer() as printer:
        spec = printer_spec(printer.uri())
        printer.jobs[7] = ScriptedJob(JobState.PENDING_HELD, ("job-incoming",))
        job = await left_behind(tmp_path, spec, 7, answered=False)
        async with delivering(tmp_path, [spec]) as agent:
            job = await agent.ended(job)
        assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
        assert printer.jobs[7].state is JobState.CANCELED


@pytest.mark.parametrize("uri", ["ipp://127.0.0.1:1/ipp/print", "socket://127.0.0.1:1"])
async def test_without_a_job_id_the_end_is_unknown_at_once(tmp_path: Path, uri: str) -> None:
    spec = printer_spec(uri)
    job = await left_behind(tmp_path, spec, None)
    async with delivering(tmp_path, [spec]) as agent:
        job = await agent.ended(job)
        assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
        assert (await agent.events(job))[-1] is JobEvent.INTERRUPTED
        assert "The agent stopped while sending to Lobby" in (await agent.sentences(job))[-1]


async def test_a_printer_that_was_removed_meanwhile_leaves_it_unknown(tmp_path: Path) -> None:
    job = await left_behind(tmp_path, printer_spec("ipp://127.0.0.1:1/ipp/print"), 7)
    async with delivering(tmp_path) as agent:
        assert (await agent.ended(job)).outcome is Outcome.UNKNOWN


async def test_an_agent_stopped_while_it_sends_follows_after_its_next_start(tmp_path: Path) -> None:
    async with scripted_printer(ScriptedPrinter(job_state=JobState.PROCESSING)) as printer:
        spec = printer_spec(printer.uri())
        async with delivering(tmp_path) as agent:
            job = await agent.release(spec)
            await agent.event(job, JobEvent.SENT)
        async with delivering(tmp_path, [spec]) as agent:
            assert (await agent.spool.get(job.id)).phase is Phase.SENDING
            printer.jobs[1].state = JobState.COMPLETED
            assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert len(printer.seen(Operation.SEND_DOCUMENT)) == 1


async def test_what_ended_can_be_released_again_by_a_person(tmp_path: Path) -> None:
    async with scripted_printer() as printer:
        spec = printer_spec(printer.uri())
        job = await left_behind(tmp_path, spec, None)
        async with delivering(tmp_path, [spec]) as agent:
            await agent.ended(job)
            job = await agent.ended(await release(agent.spool, job.id, spec))
            assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)


async def test_canceling_what_is_not_being_sent_does_nothing(tmp_path: Path) -> None:
    async with delivering(tmp_path) as agent:
        job = await held_job(agent.spool)
        await agent.delivery.cancel(job.id)
        assert (await agent.spool.get(job.id)).phase is Phase.HELD
        with pytest.raises(NotFound):
            await agent.delivery.cancel(uuid4())


async def test_a_mistake_in_one_delivery_does_not_end_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scripted_printer() as printer, delivering(tmp_path) as agent:
        spec = printer_spec(printer.uri())
        good = agent.delivery._ways.to

        def bad(*arguments: object) -> object:
            raise ZeroDivisionError

        monkeypatch.setattr(type(agent.delivery._ways), "to", bad)
        job = await agent.ended(await agent.release(spec))
        assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
        monkeypatch.undo()
        assert agent.delivery._ways.to == good
        assert (await agent.ended(await agent.release(spec))).outcome is Outcome.PRINTED


async def test_what_is_printed_is_counted_before_it_is_destroyed(tmp_path: Path) -> None:
    """Its pages are accounted also where printing is quicker than counting."""
    kept: list[bool] = []

    async def counted(job_id: UUID) -> None:
        kept.append((await running.spool.get(job_id)).document_kept)
        await running.spool.set_pages(job_id, 7)

    async with scripted_printer() as printer, delivering(tmp_path, counted=counted) as running:
        job = await running.ended(await running.release(printer_spec(printer.uri())))
        assert (job.outcome, job.document_kept, job.pages) == (Outcome.PRINTED, False, 7)
        printer.job_state = JobState.ABORTED
        assert (await running.ended(await running.release(printer_spec(printer.uri())))).outcome is Outcome.NOT_PRINTED
    assert kept == [True], "what is kept can be counted later"
