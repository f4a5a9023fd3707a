"""Situations in which somebody is away."""

from __future__ import annotations

from uuid import UUID

from e2e.routes.case import Case, shows
from presswork.agent.spool.job import Phase
from presswork.protocols.control.timeline import JobEvent


@shows
async def holder_off(case: Case) -> None:
    case.at = case.here.near, "Near"
    await case.waits()
    await case.here.knows(UUID((await case.job()).id))
    await case.agent.kill()
    await case.release_at(case.uri())
    await case.agent.start()
    await case.ends()


@shows
async def server_away_without_a_ticket(case: Case) -> None:
    await case.prints_directly_at(case.here.far, "Far", before=case.here.network.server_away)
    await case.ends()


@shows
async def server_away_direct(case: Case) -> None:
    await case.prints_directly_at(case.here.near, "Near", before=case.here.network.server_away)
    await case.ends()


@shows
async def server_away_with_a_ticket(case: Case) -> None:
    await case.agent.host.rules(output=["tcp dport 21335 reject with tcp reset"])
    await case.prints_at(case.here.far, "Far")
    await case.is_told_why(("relay", "nobody-there"))
    await case.here.network.server_away()
    await case.agent.host.rules()
    await case.ends()


@shows
async def server_dies_in_between(case: Case) -> None:
    await case.hangs_in_the_middle()
    await case.here.network.server_away()
    await case.here.far.ask("switch", "Far", hang=False)
    await case.ends()


@shows
async def holder_off_with_a_site_node(case: Case) -> None:
    case.at = case.here.far, "Far"
    archive = case.here.archive
    async with case.here.duties("archive", site_node=True):
        await case.agent.take(case.row.name, case.document())
        await archive.job(case.row.name, lambda job: JobEvent.TAKEN_OVER in job.events and job.phase is Phase.HELD)
        await case.agent.kill()
        case.holder = "archive"
        await case.release_at(case.uri())
        await case.ends()
