"""Situations that an administrator wants so."""

from __future__ import annotations

from e2e.routes.case import Case, shows


@shows
async def policy_forbids_relay(case: Case) -> None:
    async with case.here.routes("direct"):
        await case.prints_at(case.here.far, "Far")
        await case.ends()


@shows
async def policy_relay_first(case: Case) -> None:
    async with case.here.routes("relay", "direct"):
        await case.prints_at(case.here.near, "Near")
        await case.ends()


@shows
async def printer_shows_another_certificate(case: Case) -> None:
    near = case.here.near
    case.at = near, "Shown"
    printer = await case.printer(case.uri("ipps"))
    await case.agent.take("pins it", case.document())
    await case.here.release("pins it", printer)
    await case.agent.ended("pins it")
    await near.ask("again", "Shown")
    await case.waits()
    await case.release(printer)
    await case.ends()
    assert not [entry for entry in (await case.job()).timeline if entry.values.get("route", "direct") != "direct"]
