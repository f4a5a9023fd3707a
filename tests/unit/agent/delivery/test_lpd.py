"""LPR delivery, against daemons that do what daemons do, and what they should not."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from dataclasses import replace
from pathlib import Path

import pytest

from presswork.agent.delivery.counter import Reading
from presswork.agent.spool.job import Job, JobTicket, Outcome, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.testing.counters import ScriptedCounter
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.lpd_daemon import Hook, ScriptedDaemon, breaks, hangs, lpd_daemon
from presswork.testing.raw_server import raw_server

STOPS = replace(QUICK, raw_stall=1, counter_idle=20, counter_busy=20)
LONG = bytes(range(256)) * 40_000


async def deliver(directory: Path, daemon: ScriptedDaemon, document: bytes = LONG) -> tuple[Job, list[JobEvent]]:
    async with lpd_daemon(daemon) as uri, delivering(directory) as agent:
        job = await agent.ended(await agent.release(printer_spec(uri), document))
        return job, await agent.events(job)


async def test_what_is_acknowledged_is_received_not_printed(tmp_path: Path) -> None:
    daemon = ScriptedDaemon()
    job, events = await deliver(tmp_path, daemon)
    assert daemon.documents == [LONG]
    assert daemon.queues == ["office"]
    assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
    assert job.marked_at is not None
    assert events == [JobEvent.SENDING, JobEvent.ACKNOWLEDGED]


async def test_names_are_short_and_plain(tmp_path: Path) -> None:
    daemon = ScriptedDaemon()
    async with lpd_daemon(daemon) as uri, delivering(tmp_path) as agent:
        spec = printer_spec(uri)
        for name in ("Müller & Söhne\u00a0Udf\\evil", "x" * 255):
            await agent.ended(await agent.release(spec, name=name))
    first, second = daemon.controls
    assert first.job_name == "Muller _ Sohne Udf_evil"
    assert second.job_name == "x" * 60
    assert first.data_file == f"dfA000{first.host}"
    assert second.data_file == f"dfA001{first.host}"
    assert daemon.names == [f"cfA000{first.host}", first.data_file, f"cfA001{first.host}", second.data_file]


async def test_a_queue_that_takes_nothing_is_asked_again(tmp_path: Path) -> None:
    daemon = ScriptedDaemon(queue=False)
    async with lpd_daemon(daemon) as uri, delivering(tmp_path) as agent:
        job = await agent.release(printer_spec(uri))
        await agent.event(job, JobEvent.QUEUE_REFUSED)
        assert (await agent.spool.get(job.id)).marked_at is None
        assert daemon.controls == []
        daemon.queue = True
        await agent.ended(job)
        assert await agent.events(job) == [JobEvent.QUEUE_REFUSED, JobEvent.SENDING, JobEvent.ACKNOWLEDGED]


@pytest.mark.parametrize("daemon", [ScriptedDaemon(control=False), ScriptedDaemon(data=False)], ids=["job", "document"])
async def test_a_daemon_that_refuses_the_files_has_accepted_nothing(tmp_path: Path, daemon: ScriptedDaemon) -> None:
    job, events = await deliver(tmp_path, daemon)
    assert (job.outcome, job.document_kept) == (Outcome.NOT_PRINTED, True)
    assert events == [JobEvent.SENDING, JobEvent.NOT_PRINTED]
    assert daemon.documents == []
    assert daemon.connections == 1


@pytest.mark.parametrize("hook", [breaks, hangs])
async def test_before_the_first_octet_nothing_is_printed(tmp_path: Path, hook: Hook) -> None:
    daemon = ScriptedDaemon(at_data=hook)
    job, events = await deliver(tmp_path, daemon) if hook is breaks else await _quickly(tmp_path, daemon)
    assert (job.outcome, events) == (Outcome.NOT_PRINTED, [JobEvent.SENDING, JobEvent.NOT_PRINTED])
    assert daemon.connections == 1


@pytest.mark.parametrize("hook", [breaks, hangs])
async def test_a_document_that_breaks_off_is_unknown_and_not_sent_again(tmp_path: Path, hook: Hook) -> None:
    daemon = ScriptedDaemon(at_octets=(100_000, hook))
    job, events = await _quickly(tmp_path, daemon)
    assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
    assert events == [JobEvent.SENDING, JobEvent.BROKEN_OFF]
    assert daemon.connections == 1


@pytest.mark.parametrize("hook", [breaks, hangs])
async def test_an_acknowledgement_that_never_comes_is_unknown(tmp_path: Path, hook: Hook) -> None:
    job, events = await _quickly(tmp_path, ScriptedDaemon(at_end=hook))
    assert (job.outcome, events) == (Outcome.UNKNOWN, [JobEvent.SENDING, JobEvent.BROKEN_OFF])


async def test_a_document_refused_after_it_was_sent_may_have_been_printed(tmp_path: Path) -> None:
    job, events = await deliver(tmp_path, ScriptedDaemon(end=False))
    assert (job.outcome, events) == (Outcome.UNKNOWN, [JobEvent.SENDING, JobEvent.REFUSED_AT_THE_END])


async def test_a_daemon_that_closes_its_side_has_not_acknowledged(tmp_path: Path) -> None:
    async def half(writer: StreamWriter) -> None:
        writer.write_eof()
        await asyncio.Event().wait()

    job, events = await deliver(tmp_path, ScriptedDaemon(at_end=half))
    assert (job.outcome, events) == (Outcome.UNKNOWN, [JobEvent.SENDING, JobEvent.BROKEN_OFF])


async def test_a_daemon_that_never_answers_is_tried_again(tmp_path: Path) -> None:
    async def mute(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.Event().wait()

    async with raw_server(mute) as port, delivering(tmp_path, deadlines=replace(QUICK, reply=0.1)) as agent:
        job = await agent.release(printer_spec(f"lpd://127.0.0.1:{port}/office"))
        await agent.event(job, JobEvent.UNREACHABLE)
        assert (await agent.spool.get(job.id)).phase is Phase.RELEASED


async def test_what_cannot_be_asked_of_a_daemon_is_said(tmp_path: Path) -> None:
    daemon = ScriptedDaemon()
    async with lpd_daemon(daemon) as uri, delivering(tmp_path) as agent:
        ticket = JobTicket((Attribute.of("copies", 2),))
        job = await agent.phase(await agent.release(printer_spec(uri), ticket=ticket), Phase.HELD)
        assert await agent.events(job) == [JobEvent.TICKET_NOT_TAKEN]
        assert daemon.connections == 0


@pytest.mark.parametrize("uri", ["lpd://127.0.0.1", "lpd://127.0.0.1/", "lpd:///office", "lpd://127.0.0.1/a%0Ab"])
async def test_an_address_without_a_queue_waits_for_its_correction(tmp_path: Path, uri: str) -> None:
    daemon = ScriptedDaemon()
    async with lpd_daemon(daemon) as right, delivering(tmp_path) as agent:
        spec = printer_spec(uri)
        job = await agent.release(spec)
        await agent.event(job, JobEvent.UNREACHABLE)
        agent.knows(spec.model_copy(update={"device_uri": right}))
        await agent.ended(job)


async def test_the_counter_of_the_printer_says_that_it_printed(tmp_path: Path) -> None:
    counter = ScriptedCounter()

    async def prints(writer: StreamWriter) -> None:
        counter.now = Reading(1003, state="idle")

    async with (
        lpd_daemon(ScriptedDaemon(at_end=prints)) as uri,
        delivering(tmp_path, counters=counter.of, pages=3, deadlines=STOPS) as agent,
    ):
        job = await agent.ended(await agent.release(printer_spec(uri)))
        assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.SENT, JobEvent.PRINTED]


async def test_a_printer_without_paper_is_waited_for_and_says_so(tmp_path: Path) -> None:
    """It stops taking octets; its counter's reasons say why; then it goes on."""
    counter = ScriptedCounter()
    paper = asyncio.Event()

    async def stops(writer: StreamWriter) -> None:
        counter.now = Reading(1000, state="stopped", reasons=("media-empty-error",))
        await paper.wait()
        counter.now = Reading(1001, state="idle")

    daemon = ScriptedDaemon(at_octets=(1_000, stops))
    async with lpd_daemon(daemon) as uri, delivering(tmp_path, counters=counter.of, pages=1, deadlines=STOPS) as agent:
        job = await agent.release(printer_spec(uri), LONG * 4)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        assert (await agent.sentences(job))[-1].endswith("says: out of paper.")
        paper.set()
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert daemon.documents == [LONG * 4]


async def _quickly(directory: Path, daemon: ScriptedDaemon) -> tuple[Job, list[JobEvent]]:
    async with (
        lpd_daemon(daemon) as uri,
        delivering(directory, deadlines=replace(QUICK, reply=1, raw_stall=1)) as agent,
    ):
        job = await agent.ended(await agent.release(printer_spec(uri), LONG * 4))
        return job, await agent.events(job)
