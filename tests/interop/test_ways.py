"""Every way to a printer, to real peers: p910nd (RAW), cups-lpd (LPR), cupsd and ippeveprinter (IPP)."""

from __future__ import annotations

import os
import shutil
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from presswork.agent.delivery.counter import Reading
from presswork.agent.spool.job import JobTicket, Outcome, Phase
from presswork.core.clock import SystemClock
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.testing.counters import ScriptedCounter
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.delivering import delivering, printer_spec
from presswork.testing.inetd import inetd
from presswork.testing.pdf import make_pdf
from presswork.testing.raw_server import raw_server
from presswork.testing.timing import MS, eventually

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
LPD = "/usr/lib/cups/daemon/cups-lpd"
LONG = 20_000 * MS
needs_p910nd = pytest.mark.skipif(
    shutil.which("p910nd") is None or os.geteuid() != 0, reason="p910nd is not installed, or nobody may mount"
)
needs_lpd = pytest.mark.skipif(not Path(LPD).exists(), reason="cups-lpd is not installed")


@asynccontextmanager
async def cupsd_with(
    queue: str, directives: dict[str, str] | None = None
) -> AsyncIterator[tuple[PrivateCupsd, list[bytes]]]:
    """A cupsd with a queue, and what comes out of the device behind it."""
    paper: list[bytes] = []

    async def device(reader: StreamReader, writer: StreamWriter) -> None:
        paper.append(await reader.read(-1))

    async with raw_server(device) as port, private_cupsd(directives=directives) as cupsd:
        status, said = await cupsd.run("lpadmin", "-p", queue, "-E", "-v", f"socket://127.0.0.1:{port}/?waiteof=false")
        assert status == 0, said
        yield cupsd, paper


@asynccontextmanager
async def p910nd(device: Path) -> AsyncIterator[int]:
    """It wants a folder for its locks, and has but three names for them: so each has a folder of its own."""
    device.touch()
    script = 'mount -t tmpfs none /var/lock && mkdir /var/lock/p910nd && exec p910nd "$@"'
    async with inetd("unshare", "-m", "sh", "-c", script, "sh", "-b", "-f", str(device), "0") as port:
        yield port


@needs_p910nd
async def test_raw_to_p910nd(tmp_path: Path) -> None:
    document, device = make_pdf(3), tmp_path / "lp0"
    async with p910nd(device) as port, delivering(tmp_path) as agent:
        job = await agent.ended(await agent.release(printer_spec(f"socket://127.0.0.1:{port}"), document))
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.UNKNOWN]
        await eventually(lambda: device.read_bytes() == document, LONG)


@needs_p910nd
async def test_raw_to_p910nd_with_a_page_counter(tmp_path: Path) -> None:
    document, device = make_pdf(3), tmp_path / "lp0"
    counter = ScriptedCounter(script=[Reading(10, state="idle")] * 2, now=Reading(13, state="idle"))
    async with p910nd(device) as port, delivering(tmp_path, counters=counter.of, pages=3) as agent:
        job = await agent.ended(await agent.release(printer_spec(f"socket://127.0.0.1:{port}"), document))
        assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
        assert device.read_bytes() == document


@needs_lpd
async def test_lpr_to_cups_lpd(tmp_path: Path) -> None:
    document = make_pdf(3)
    async with (
        cupsd_with("office") as (cupsd, paper),
        inetd(LPD, environment=cupsd.environment) as port,
        delivering(tmp_path) as agent,
    ):
        spec = printer_spec(f"lpd://127.0.0.1:{port}/office")
        job = await agent.ended(await agent.release(spec, document, name="A letter"))
        assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.ACKNOWLEDGED]
        await eventually(lambda: paper == [document], LONG)
        assert "A letter" in cupsd.error_log


@needs_lpd
async def test_a_queue_that_cups_lpd_does_not_know_is_asked_for_again(tmp_path: Path) -> None:
    async with (
        cupsd_with("office") as (cupsd, paper),
        inetd(LPD, environment=cupsd.environment) as port,
        delivering(tmp_path) as agent,
    ):
        job = await agent.release(printer_spec(f"lpd://127.0.0.1:{port}/nowhere"), make_pdf(1))
        await agent.event(job, JobEvent.QUEUE_REFUSED)
        assert (await agent.spool.get(job.id)).phase is Phase.RELEASED
        assert paper == []


async def test_ipp_to_cupsd(tmp_path: Path) -> None:
    document = make_pdf(2)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with cupsd_with("office", {"Port": str(port)}) as (_, paper), delivering(tmp_path) as agent:
        spec = printer_spec(f"ipp://127.0.0.1:{port}/printers/office")
        job = await agent.ended(await agent.release(spec, document, ticket=JobTicket((Attribute.of("copies", 1),))))
        assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.SENT, JobEvent.PRINTED]
        await eventually(lambda: paper == [document], LONG)


@needs_lpd
async def test_the_strongest_that_answers_takes_it(tmp_path: Path) -> None:
    """IPPS and IPP are switched off; LPR is there."""
    document = make_pdf(1)
    async with (
        cupsd_with("office") as (cupsd, paper),
        inetd(LPD, environment=cupsd.environment) as port,
        delivering(tmp_path, clock=SystemClock()) as agent,
    ):
        ways = ("ipps://127.0.0.1:1/ipp/print", "ipp://127.0.0.1:1/ipp/print", f"lpd://127.0.0.1:{port}/office")
        spec = printer_spec(ways[0]).model_copy(update={"ways": ways})
        job = await agent.ended(await agent.release(spec, document))
        assert (await agent.events(job))[-1] is JobEvent.ACKNOWLEDGED
        assert any("It travels by LPR, not encrypted" in sentence for sentence in await agent.sentences(job))
        await eventually(lambda: paper == [document], LONG)
