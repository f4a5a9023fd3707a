"""What a page counter says of a job, and what it does not."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter
from dataclasses import replace
from pathlib import Path

import pytest

from presswork.agent.delivery.counter import Reading
from presswork.agent.spool.job import Outcome, Phase
from presswork.documents.inspect import PCL, PDF
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.counters import ScriptedCounter
from presswork.testing.delivering import QUICK, delivering, printer_spec
from presswork.testing.lpd_daemon import ScriptedDaemon, lpd_daemon
from presswork.testing.raw_server import raw_server
from presswork.testing.timing import eventually

IDLE = Reading(1000, state="idle")
HASTY = replace(QUICK, counter_idle=0.3, counter_busy=0.3)
PATIENT = replace(QUICK, counter_idle=20, counter_busy=20, out_of_reach=20)
PRINTS = replace(IDLE, state="processing")


def at(count: int | None, state: str = "idle", *reasons: str) -> Reading:
    return Reading(count, state=state, reasons=reasons)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("readings", "last", "pages", "event"),
    [
        ([IDLE, PRINTS, at(1001, "processing"), at(1003)], at(1003), 3, JobEvent.PRINTED),
        ([IDLE], at(1007), 3, JobEvent.PRINTED),
        ([replace(IDLE, unit="sheets")], replace(at(1002), unit="sheets"), 3, JobEvent.PRINTED),
        ([at(1000, "stopped", "media-empty-error")] * 2, at(1003), 3, JobEvent.PRINTED),
        ([IDLE], IDLE, 3, JobEvent.COUNTER_STANDS),
        ([IDLE, PRINTS], at(1002), 3, JobEvent.COUNTER_SHORT),
        ([IDLE], at(1002), None, JobEvent.COUNTER_UNCLEAR),
        ([IDLE], at(1005, "processing"), 3, JobEvent.COUNTER_UNCLEAR),
        ([IDLE], at(1005, "unknown"), 3, JobEvent.COUNTER_UNCLEAR),
        ([PRINTS], at(1003), 3, JobEvent.COUNTER_UNCLEAR),
        ([IDLE], at(3), 3, JobEvent.COUNTER_STANDS),
        ([IDLE], None, 3, JobEvent.OUT_OF_SIGHT),
        ([IDLE, at(None), None, at(None), at(1003)], at(1003), 3, JobEvent.PRINTED),
        ([at(None)], at(None), 3, JobEvent.ACKNOWLEDGED),
        ([at(1000, "unknown")], at(1003), 3, JobEvent.ACKNOWLEDGED),
        ([None], at(1003), 3, JobEvent.ACKNOWLEDGED),
    ],
    ids=[
        "it rises by the pages",
        "by more, for others print too",
        "it counts sheets",
        "it had no paper before",
        "it stands still",
        "it rises by less",
        "nobody knows the pages",
        "it never stops printing",
        "it never says whether it prints",
        "others were printing before",
        "it begins anew",
        "nobody answers any more",
        "it misses some answers",
        "it has no count",
        "it does not say whether it prints",
        "nobody answers before",
    ],
)
async def test_what_it_says(
    tmp_path: Path, readings: list[Reading | None], last: Reading | None, pages: int | None, event: JobEvent
) -> None:
    counter = ScriptedCounter(now=last, script=list(readings))
    async with (
        lpd_daemon(ScriptedDaemon()) as uri,
        delivering(
            tmp_path, counters=counter.of, pages=pages, deadlines=PATIENT if event is JobEvent.PRINTED else HASTY
        ) as agent,
    ):
        job = await agent.ended(await agent.release(printer_spec(uri)))
        assert (await agent.events(job))[-1] is event
        assert job.outcome is (Outcome.PRINTED if event is JobEvent.PRINTED else Outcome.UNKNOWN)
        assert job.document_kept is (event is not JobEvent.PRINTED)


async def test_a_printer_that_stands_is_waited_for(tmp_path: Path) -> None:
    """However long the paper is out: the job is not given up while the printer says why."""
    counter = ScriptedCounter(script=[IDLE], now=at(1000, "stopped", "media-jam-error"))
    async with (
        lpd_daemon(ScriptedDaemon()) as uri,
        delivering(tmp_path, counters=counter.of, pages=1, deadlines=PATIENT) as agent,
    ):
        spec = printer_spec(uri)
        job = await agent.release(spec)
        other = await agent.release(spec)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        await agent.event(other, JobEvent.PRINTER_BUSY)
        reads = counter.reads
        await eventually(lambda: counter.reads >= reads + 4, 20)
        assert (await agent.spool.get(job.id)).marked_at is not None
        assert (await agent.spool.get(other.id)).marked_at is None
        counter.now = at(1001)
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
        await agent.event(other, JobEvent.SENDING)
        counter.now = at(1002)
        assert (await agent.ended(other)).outcome is Outcome.PRINTED


@pytest.mark.parametrize("scheme", ["socket", "lpd"])
@pytest.mark.parametrize(
    ("named", "document_format", "taken"),
    [
        (("application/pdf", "application/postscript"), PCL, False),
        (("application/vnd.hp-PCL", "application/postscript"), PCL, True),
        (("application/vnd.hp-PCL",), PDF, True),
        ((), PCL, True),
    ],
)
async def test_a_language_that_the_printer_does_not_name_is_not_sent_to_it(
    tmp_path: Path, scheme: str, named: tuple[str, ...], document_format: str, taken: bool
) -> None:
    got: list[bytes] = []

    async def takes(reader: StreamReader, writer: StreamWriter) -> None:
        got.append(await reader.read())

    counter = ScriptedCounter(now=Reading(document_formats=named))
    daemon = ScriptedDaemon()
    async with raw_server(takes) as port, lpd_daemon(daemon) as lpd, delivering(tmp_path, counters=counter.of) as agent:
        spec = printer_spec(lpd if scheme == "lpd" else f"socket://127.0.0.1:{port}")
        released = await agent.release(spec, b"\x1bE order", document_format=document_format)
        job = await agent.phase(released, Phase.HELD, Phase.ENDED)
        assert (job.phase is Phase.ENDED) is taken
        if not taken:
            assert await agent.events(job) == [JobEvent.FORMAT_NOT_TAKEN]
            assert (b"".join(got), daemon.documents) == (b"", [])
