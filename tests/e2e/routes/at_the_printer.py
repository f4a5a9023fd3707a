"""Situations at a printer behind a relay, and with much at once."""

from __future__ import annotations

import asyncio

from e2e.routes.case import Case, shows
from presswork.agent.spool.job import Outcome
from presswork.protocols.control.timeline import JobEvent


@shows
async def paper_out_by_relay(case: Case) -> None:
    await case.here.far.ask("switch", "Far", paper_out=True)
    await case.prints_at(case.here.far, "Far")
    await case.is_told(JobEvent.DEVICE_SAYS)
    await case.here.far.ask("switch", "Far", paper_out=False)
    await case.ends()


@shows
async def printer_hangs_by_relay(case: Case) -> None:
    await case.hangs_in_the_middle()
    await case.ends()


@shows
async def printer_off_by_relay(case: Case) -> None:
    await case.here.far.ask("switch", "Far", offline=True)
    await case.prints_at(case.here.far, "Far")
    await case.ends()


@shows
async def large_document(case: Case) -> None:
    await case.prints_at(case.here.far, "Far", document=case.large(60_000_000))
    await case.ends()


@shows
async def several_documents(case: Case) -> None:
    case.at = case.here.far, "Far"
    await case.agent.take_several(case.row.name, [case.document(), case.document()])
    await case.release_at(case.uri())
    await case.ends()


@shows
async def twenty_jobs_at_once(case: Case) -> None:
    case.at = case.here.far, "Far"
    names = [f"one of twenty {number}" for number in range(19)]
    await asyncio.gather(*(case.agent.take(name, case.document()) for name in names))
    await case.waits()
    printer = await case.release_at(case.uri())
    await asyncio.gather(*(case.here.release(name, printer) for name in names))
    jobs = [await case.agent.ended(name) for name in names]
    assert {job.outcome for job in jobs} == {Outcome.PRINTED}
    await case.ends(copies=20)


@shows
async def released_twice(case: Case) -> None:
    case.at = case.here.far, "Far"
    await case.waits()
    printer = await case.release_at(case.uri())
    await case.here.release(case.row.name, printer)
    await case.ends()
