"""Several addresses of one printer."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from dataclasses import replace
from pathlib import Path

from presswork.agent.spool.job import Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.lpd_daemon import ScriptedDaemon, lpd_daemon
from presswork.testing.raw_server import raw_server, server_certificate
from presswork.testing.scripted_printer import ScriptedPrinter, scripted_printer

NOWHERE = "127.0.0.1:1"


def by(*ways: str) -> PrinterSpec:
    return printer_spec(ways[0]).model_copy(update={"ways": ways})


async def test_the_strongest_takes_the_job(tmp_path: Path) -> None:
    daemon = ScriptedDaemon()
    async with scripted_printer() as printer, lpd_daemon(daemon) as uri, delivering(tmp_path) as agent:
        job = await agent.ended(await agent.release(by(printer.uri(), uri)))
        assert job.outcome is Outcome.PRINTED
        assert daemon.connections == 0
        assert "Sending to Lobby. It travels by IPP, not encrypted." in await agent.sentences(job)


async def test_where_it_does_not_answer_the_next_does_and_the_timeline_says_so(tmp_path: Path) -> None:
    daemon = ScriptedDaemon()
    async with lpd_daemon(daemon) as uri, delivering(tmp_path) as agent:
        job = await agent.ended(
            await agent.release(by(f"ipps://{NOWHERE}/ipp/print", f"socket://{NOWHERE}", uri), b"a letter")
        )
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.ACKNOWLEDGED]
        expected = "Sending to Lobby. It travels by LPR, not encrypted. By IPPS the printer did not answer."
        assert expected in await agent.sentences(job)
        assert daemon.documents == [b"a letter"]


async def test_nobody_answers_then_somebody_does(tmp_path: Path) -> None:
    async with lpd_daemon(ScriptedDaemon()) as uri, delivering(tmp_path) as agent:
        spec = by(f"ipp://{NOWHERE}/ipp/print", f"socket://{NOWHERE}")
        job = await agent.release(spec)
        await agent.event(job, JobEvent.UNREACHABLE)
        agent.knows(spec.model_copy(update={"ways": (*spec.ways, uri)}))
        await agent.ended(job)


async def test_a_printer_that_shows_another_certificate_gets_nothing_in_plain_text(tmp_path: Path) -> None:
    daemon = ScriptedDaemon()
    tls, _ = server_certificate(tmp_path)
    async with (
        scripted_printer(ScriptedPrinter(scheme="ipps"), tls=tls) as printer,
        lpd_daemon(daemon) as uri,
        delivering(tmp_path) as agent,
    ):
        spec = by(printer.uri(), uri).model_copy(update={"certificate_sha256": "0" * 64})
        job = await agent.release(spec)
        await agent.event(job, JobEvent.CERTIFICATE_CHANGED)
        assert (await agent.spool.get(job.id)).phase is Phase.RELEASED
        assert daemon.connections == 0


async def test_a_busy_one_is_waited_for(tmp_path: Path) -> None:
    daemon = ScriptedDaemon()
    async with (
        scripted_printer(ScriptedPrinter(accepting=False)) as printer,
        lpd_daemon(daemon) as uri,
        delivering(tmp_path) as agent,
    ):
        job = await agent.release(by(printer.uri(), uri))
        await agent.event(job, JobEvent.PRINTER_BUSY)
        printer.accepting = True
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert daemon.connections == 0


async def test_what_broke_off_on_one_way_is_not_sent_by_the_next(tmp_path: Path) -> None:
    async def breaks_off(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readexactly(1000)
        writer.transport.abort()

    daemon = ScriptedDaemon()
    async with raw_server(breaks_off) as port, lpd_daemon(daemon) as uri, delivering(tmp_path) as agent:
        job = await agent.ended(await agent.release(by(f"socket://127.0.0.1:{port}", uri), bytes(10_000_000)))
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.BROKEN_OFF]
        assert daemon.connections == 0


async def test_a_hung_way_does_not_hold_back_the_next(tmp_path: Path) -> None:
    async def hangs(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.Event().wait()

    async with (
        raw_server(hangs) as port,
        lpd_daemon(ScriptedDaemon()) as uri,
        delivering(tmp_path, deadlines=replace(QUICK, reply=0.2, stall=0.2)) as agent,
    ):
        job = await agent.ended(await agent.release(by(f"ipp://127.0.0.1:{port}/ipp/print", uri)))
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.ACKNOWLEDGED]


async def test_a_job_is_canceled_by_the_way_that_can(tmp_path: Path) -> None:
    printer = ScriptedPrinter(job_state=JobState.PROCESSING)
    async with scripted_printer(printer), delivering(tmp_path) as agent:
        job = await agent.release(by(f"socket://{NOWHERE}", printer.uri()))
        await agent.event(job, JobEvent.SENT)
        await agent.delivery.cancel(job.id)
        assert (await agent.spool.get(job.id)).outcome is Outcome.NOT_PRINTED
