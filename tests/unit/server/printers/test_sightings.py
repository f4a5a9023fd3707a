"""Who reached a printer."""

from __future__ import annotations

from presswork.server.computers import AgentPrincipal
from presswork.server.printers import Sightings, sightings_of
from presswork.server.printers.models import PrinterSighting
from presswork.testing.tenants import World, another_computer


async def _saw(world: World, agent: AgentPrincipal, *, reached: bool) -> None:
    async with world.database.writing() as session:
        session.add(
            PrinterSighting(
                tenant_id=agent.tenant_id,
                printer_id=world.here.printer_id,
                computer_id=agent.computer_id,
                reached=reached,
                at=session.now(),
            )
        )


async def _of(world: World, tenant: AgentPrincipal) -> Sightings:
    async with world.database.reading() as session:
        return await sightings_of(session, tenant.tenant_id, world.here.printer_id)


async def test_a_try_in_vain_is_forgotten_after_an_hour_and_one_that_reached_it_is_not(world: World) -> None:
    here = world.here.agent
    async with world.database.writing() as session:
        other = await another_computer(session, world.here, "desk")
    await _saw(world, here, reached=True)
    await _saw(world, other, reached=False)
    reached = frozenset({here.computer_id})
    assert await _of(world, here) == Sightings(reached, frozenset({other.computer_id}))
    world.clock.advance(seconds=3600)
    assert await _of(world, here) == Sightings(reached, frozenset())


async def test_another_tenant_sees_nobody(world: World) -> None:
    await _saw(world, world.here.agent, reached=True)
    assert await _of(world, world.there.agent) == Sightings(frozenset(), frozenset())
