"""RAW delivery to printers that speak PJL: what they are asked, and what they say of a job."""

from __future__ import annotations

import asyncio
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from presswork.agent.delivery import Deadlines
from presswork.agent.delivery.counter import Reading
from presswork.agent.delivery.pjl_known import Pjl, PjlKnown
from presswork.agent.spool.job import JobTicket, Outcome, Phase
from presswork.core.clock import SystemClock
from presswork.core.errors import NotPossible
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword
from presswork.protocols.pjl import Info
from presswork.testing.clock import StandingClock
from presswork.testing.counters import ScriptedCounter
from presswork.testing.delivering import QUICK, Delivering, delivering, printer_spec
from presswork.testing.pjl_printer import (
    END,
    PAPER_OUT,
    PRINTING,
    READY,
    Hook,
    PjlPrinter,
    breaks,
    closes_its_side,
    hangs,
    pjl_printer,
    say,
)

LETTER = b"%PDF-1.4 a letter"
LONG = bytes(range(256)) * 40_000
TWO_SIDED = JobTicket((Attribute.of("copies", 2), Attribute.of("sides", Keyword("two-sided-long-edge"))))
PATIENT = replace(QUICK, raw_stall=1, raw_close=20, out_of_reach=20)
HASTY = replace(QUICK, raw_stall=1, raw_close=0.3, out_of_reach=0.3, counter_idle=0.3)
"""With a printer that falls silent."""
KNOWN = Pjl(at=SystemClock().now(), speaks=True, sets=99, copies=999, two_sided=True)


@asynccontextmanager
async def agent_and(
    directory: Path,
    printer: PjlPrinter,
    *,
    counter: ScriptedCounter | None = None,
    pages: int | None = 1,
    deadlines: Deadlines = PATIENT,
) -> AsyncIterator[tuple[Delivering, PrinterSpec]]:
    """An agent that knows already that the printer speaks PJL."""
    counters = (lambda _: None) if counter is None else counter.of
    async with (
        pjl_printer(printer) as uri,
        delivering(directory, counters=counters, pages=pages, deadlines=deadlines) as agent,
    ):
        spec = printer_spec(uri)
        await agent.spool.remember(f"pjl {spec.printer_id} {uri}", KNOWN.model_dump_json())
        yield agent, spec


async def test_it_is_asked_once_when_a_job_needs_it_and_then_known(tmp_path: Path) -> None:
    printer = PjlPrinter()
    async with pjl_printer(printer) as uri, delivering(tmp_path, deadlines=PATIENT) as agent:
        spec = printer_spec(uri)
        plain = await agent.ended(await agent.release(spec, LETTER))
        assert (plain.outcome, printer.lines) == (Outcome.UNKNOWN, []), "no printer is asked without need"
        for ticket in (TWO_SIDED, TWO_SIDED, JobTicket()):
            job = await agent.ended(await agent.release(spec, LETTER, ticket=ticket))
            assert (job.outcome, job.document_kept) == (Outcome.PRINTED, False)
            assert await agent.events(job) == [JobEvent.SENDING, JobEvent.PRINTED]
        assert printer.documents == [LETTER] * 4
        assert printer.questions == 1
        assert [line for line in printer.lines if line.startswith("SET")] == [
            *("SET QTY=2", "SET DUPLEX=ON", "SET BINDING=LONGEDGE"),
            *("SET QTY=2", "SET DUPLEX=ON", "SET BINDING=LONGEDGE"),
        ]


async def test_one_that_says_by_snmp_that_it_speaks_pjl_is_asked_at_once(tmp_path: Path) -> None:
    printer, counter = PjlPrinter(), ScriptedCounter(now=Reading(pjl=True))
    async with pjl_printer(printer) as uri, delivering(tmp_path, counters=counter.of, deadlines=PATIENT) as agent:
        assert (await agent.ended(await agent.release(printer_spec(uri), LETTER))).outcome is Outcome.PRINTED


async def test_one_that_names_other_languages_only_is_never_asked(tmp_path: Path) -> None:
    printer, counter = PjlPrinter(), ScriptedCounter(now=Reading(pjl=False))
    async with pjl_printer(printer) as uri, delivering(tmp_path, counters=counter.of) as agent:
        job = await agent.phase(await agent.release(printer_spec(uri), LETTER, ticket=TWO_SIDED), Phase.HELD)
        assert await agent.events(job) == [JobEvent.TICKET_NOT_TAKEN]
        assert (printer.questions, printer.documents) == (0, [])


async def test_what_it_cannot_set_is_not_asked_of_it(tmp_path: Path) -> None:
    printer = PjlPrinter(variables="COPIES=1 [2 RANGE]\r\n\t1\r\n\t5")
    async with pjl_printer(printer) as uri, delivering(tmp_path, deadlines=PATIENT) as agent:
        spec = printer_spec(uri)
        for copies, ended in ((5, True), (6, False)):
            ticket = JobTicket((Attribute.of("copies", copies),))
            job = await agent.phase(await agent.release(spec, ticket=ticket), Phase.ENDED, Phase.HELD)
            assert (job.phase is Phase.ENDED) is ended
        job = await agent.phase(await agent.release(spec, ticket=TWO_SIDED), Phase.HELD)
        assert (await agent.sentences(job))[-1].startswith("Lobby cannot do what was asked for (two-sided)")
        assert [line for line in printer.lines if line.startswith("SET")] == ["SET COPIES=5"]


@pytest.mark.parametrize(
    ("says", "pages", "event", "sentence"),
    [
        ((PRINTING, "PAGE\r\n1", END), 1, JobEvent.PRINTED, "Printed on Lobby."),
        ((END.replace("PAGES=1\r\nRESULT=OK", ""),), 1, JobEvent.PRINTED, "Printed on Lobby."),
        ((END.replace("PAGES=1", "PAGES=0"),), 1, JobEvent.NOT_PRINTED, "no page of it came out"),
        ((END,), 4, JobEvent.COUNTER_SHORT, "Look at the printer"),
        ((END.replace("=OK", "=USER_CANCELED"),), 1, JobEvent.NOT_PRINTED, "printer's panel"),
        (
            ('JOB\r\nCANCELED\r\nNAME="{name}"', END),
            1,
            JobEvent.NOT_PRINTED,
            "canceled at the printer",
        ),
        ((END.replace("{name}", "another"),), 1, JobEvent.UNKNOWN, "does not report"),
        ((PRINTING,), 1, JobEvent.OUT_OF_SIGHT, "does not tell any more"),
        ((), 1, JobEvent.UNKNOWN, "does not report"),
    ],
    ids=["all", "without a count", "nothing", "too few", "canceled", "canceled, old", "another's", "begun", "mute"],
)
async def test_what_it_says_of_the_job(
    tmp_path: Path, says: tuple[str, ...], pages: int, event: JobEvent, sentence: str
) -> None:
    printer = PjlPrinter(says=says)
    deadlines = HASTY if event in (JobEvent.UNKNOWN, JobEvent.OUT_OF_SIGHT) else PATIENT
    async with agent_and(tmp_path, printer, pages=pages, deadlines=deadlines) as (agent, spec):
        job = await agent.ended(await agent.release(spec, LETTER))
        assert (await agent.events(job))[-1] is event
        outcomes = {JobEvent.PRINTED: Outcome.PRINTED, JobEvent.NOT_PRINTED: Outcome.NOT_PRINTED}
        assert job.outcome is outcomes.get(event, Outcome.UNKNOWN)
        assert sentence in (await agent.sentences(job))[-1]
        assert printer.documents == [LETTER]


@pytest.mark.parametrize("fault", ["41213", "42101", "40021", "40010", "50002"])
async def test_what_keeps_it_from_printing_is_told_and_waited_for(tmp_path: Path, fault: str) -> None:
    """And nothing else is sent to it meanwhile."""
    repaired = asyncio.Event()

    async def stands(writer: StreamWriter) -> None:
        while not repaired.is_set():
            say(writer, PAPER_OUT.replace("41213", fault))
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await repaired.wait()
        say(writer, READY)

    printer = PjlPrinter(at_end=stands)
    async with agent_and(tmp_path, printer) as (agent, spec):
        job = await agent.release(spec, LETTER)
        other = await agent.release(spec, LETTER)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        await agent.event(other, JobEvent.PRINTER_BUSY)
        words = {"41213": "paper", "42101": "jam", "40021": "open", "40010": "cartridge", "50002": "LOAD PAPER"}
        assert words[fault] in (await agent.sentences(job))[-1]
        assert "printer-stopped" in (await agent.spool.get(job.id)).state_reasons
        assert len(printer.documents) == 1
        repaired.set()
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert (await agent.ended(other)).outcome is Outcome.PRINTED


async def test_without_paper_it_takes_no_more_and_is_waited_for(tmp_path: Path) -> None:
    paper = asyncio.Event()

    async def stands(writer: StreamWriter) -> None:
        say(writer, PAPER_OUT)
        await paper.wait()
        say(writer, READY)

    printer = PjlPrinter(at_octets=(1000, stands))
    async with agent_and(tmp_path, printer) as (agent, spec):
        job = await agent.release(spec, LONG * 2)
        await agent.event(job, JobEvent.DEVICE_SAYS)
        paper.set()
        assert (await agent.ended(job)).outcome is Outcome.PRINTED
        assert printer.documents == [LONG * 2]


@pytest.mark.parametrize("hook", [breaks, hangs])
async def test_in_the_middle_of_the_document_it_is_gone(tmp_path: Path, hook: Hook) -> None:
    printer = PjlPrinter(at_octets=(1000, hook))
    async with agent_and(tmp_path, printer) as (agent, spec):
        job = await agent.ended(await agent.release(spec, LONG * 2))
        assert (job.outcome, job.document_kept) == (Outcome.UNKNOWN, True)
        assert await agent.events(job) == [JobEvent.SENDING, JobEvent.BROKEN_OFF]


@pytest.mark.parametrize("hook", [breaks, hangs, closes_its_side])
async def test_gone_after_the_document_its_counter_decides(tmp_path: Path, hook: Hook) -> None:
    for number, (rise, outcome) in enumerate([(1, Outcome.PRINTED), (0, Outcome.UNKNOWN)]):
        counter = ScriptedCounter(script=[Reading(7, state="idle")], now=Reading(7 + rise, state="idle"))
        printer = PjlPrinter(at_end=hook)
        async with agent_and(tmp_path / str(number), printer, counter=counter, deadlines=HASTY) as (agent, spec):
            assert (await agent.ended(await agent.release(spec, LETTER))).outcome is outcome


async def test_an_agent_that_stops_meanwhile_leaves_no_connection(tmp_path: Path) -> None:
    printer = PjlPrinter(at_end=hangs)
    async with agent_and(tmp_path, printer) as (agent, spec):
        job = await agent.release(spec, LETTER)
        await agent.event(job, JobEvent.SENDING)
        with pytest.raises(NotPossible):
            await agent.delivery.cancel(job.id)


async def test_one_that_did_not_answer_is_asked_again_after_a_week(tmp_path: Path) -> None:
    clock = StandingClock()
    async with delivering(tmp_path) as agent:
        known = PjlKnown(agent.spool, printer_spec("socket://printer.example.org"), clock)
        assert await known.recall() is None
        await known.learn([])
        clock.advance(days=6)
        assert await known.recall() is not None
        clock.advance(days=2)
        assert await known.recall() is None
        await known.learn([Info("ID", ('"A Printer"',))])
        clock.advance(days=1000)
        assert await known.recall() is not None


def test_copies_are_bounded() -> None:
    assert Pjl.of([Info("VARIABLES", ("QTY=1 [2 RANGE]", "1", "99999999"))], StandingClock()).sets == 999
