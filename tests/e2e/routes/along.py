"""Situations of the way itself."""

from __future__ import annotations

from datetime import UTC, datetime

from e2e.routes.case import Case, shows
from e2e.routes.told import carrier_of
from presswork.protocols.control.timeline import JobEvent, TimelineEntry


@shows
async def all_well(case: Case) -> None:
    await case.prints_at(case.here.near, "Near")
    await case.ends()


@shows
async def printer_in_another_network(case: Case) -> None:
    await case.prints_at(case.here.far, "Far")
    await case.ends()


@shows
async def first_candidate_off(case: Case) -> None:
    case.at = case.here.far, "Far"
    await case.waits()
    first, second = await case.likeliest()
    await first.host.rules(input=["tcp dport 21335 reject with tcp reset"])
    await case.release_at(case.uri())
    job = await case.ends()
    assert carrier_of(job) == second.host.name


@shows
async def explained_on_the_command_line(case: Case) -> None:
    await case.prints_at(case.here.far, "Far")
    job = await case.ends()
    (values,) = (entry.values for entry in job.timeline if entry.event is JobEvent.ROUTE)
    entry = TimelineEntry(sequence=1, at=datetime.now(UTC), event=JobEvent.ROUTE, values=values)
    sentence, *routes = (await case.agent.command_line("route", "explain", job.id)).splitlines()
    assert sentence == f"{job.name}: {entry.plainly()}"
    assert sentence.endswith(f" through {carrier_of(job)}, because {values['printer']} does not answer directly.")
    assert {
        "  Not directly: the printer does not answer there.",
        "  Not through the server: your organisation does not want that.",
    } <= {*routes}, routes


@shows
async def two_sites(case: Case) -> None:
    await case.prints_at(case.here.shop, "Shop")
    assert carrier_of(await case.ends()) == "branch"


@shows
async def ipv6_only(case: Case) -> None:
    network = case.here.network
    relays = ", ".join(network.address("office", name) for name in ("archive", "porter"))
    await case.agent.host.rules(output=[f"ip daddr {{ {relays} }} drop"])
    await case.prints_at(case.here.far, "Far")
    await case.ends()


@shows
async def home_behind_nat(case: Case) -> None:
    case.holder = "home"
    async with case.here.routes("direct", "relay", "redirector", "cloud", told="home"):
        await case.prints_at(case.here.near, "Near")
        await case.ends()


@shows
async def nobody_there(case: Case) -> None:
    await case.here.branch.stop()
    await case.prints_at(case.here.shop, "Shop")
    await case.ends()
