"""Situations in which something breaks on the way."""

from __future__ import annotations

from e2e.routes.case import Case, shows
from presswork.protocols.control.timeline import JobEvent

_SECONDS = 2.5
"""That a page takes at a slow printer: longer than an agent needs to start."""


@shows
async def relay_dies_before_the_first_octet(case: Case) -> None:
    case.at = case.here.far, "Far"
    await case.waits()
    first, _ = await case.likeliest()
    await case.here.far.host.rules(input=["tcp dport 631 drop"])
    await case.release_at(case.uri())
    await first.connects(631)
    await first.kill()
    await case.here.far.host.rules()
    await case.ends()


@shows
async def relay_dies_after_the_first_octet(case: Case) -> None:
    await case.hangs_in_the_middle()
    carrier = await case.carrier()
    await carrier.restart()
    await case.ends()


@shows
async def relay_restarts_while_it_prints(case: Case) -> None:
    await case.here.far.ask("switch", "Far", slow=_SECONDS)
    await case.prints_at(case.here.far, "Far")
    await case.is_told(JobEvent.SENT)
    await (await case.carrier()).restart()
    await case.here.far.ask("switch", "Far", slow=0.0)
    await case.ends()


@shows
async def holder_killed_after_go(case: Case) -> None:
    await case.here.far.ask("switch", "Far", slow=_SECONDS)
    await case.prints_at(case.here.far, "Far")
    await case.is_told(JobEvent.SENDING)
    await case.agent.restart()
    await case.here.far.ask("switch", "Far", slow=0.0)
    await case.ends()


@shows
async def connection_breaks(case: Case) -> None:
    await case.hangs_in_the_middle()
    await case.agent.host.run("ss", "-K", "dport", "=", ":21335")
    await case.here.far.ask("switch", "Far", hang=False)
    await case.ends()


@shows
async def connection_stalls(case: Case) -> None:
    await case.hangs_in_the_middle()
    await case.agent.host.rules(output=["tcp dport 21335 drop"], input=["tcp sport 21335 drop"])
    await case.here.far.ask("switch", "Far", hang=False)
    await case.agent.connects(21335)
    await case.agent.host.rules()
    await case.ends()


@shows
async def packets_are_lost(case: Case) -> None:
    loss = "numgen random mod 50 == 0 drop"
    await case.agent.host.rules(output=[f"tcp dport 21335 {loss}"], input=[f"tcp sport 21335 {loss}"])
    await case.prints_at(case.here.far, "Far", document=case.large(4_000_000))
    await case.ends()
