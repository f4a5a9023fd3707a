"""Which computers hear of a printer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from presswork.server.computers import keep_told, printer_changed, printers_told, tell_of_printer
from presswork.server.computers.models import Computer, ComputerPrinter
from presswork.server.platform.database import scoped
from presswork.testing.tenants import World

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


async def _revision(world: World) -> str:
    async with world.database.reading() as session:
        computer = await session.get(Computer, world.here.agent.computer_id)
        assert computer is not None
        return computer.desired_revision


async def _told(world: World) -> set[UUID]:
    async with world.database.reading() as session:
        rows = await session.scalars(scoped(ComputerPrinter, world.here.agent))
        return {row.printer_id for row in rows}


async def test_only_who_knows_a_printer_hears_of_its_change(world: World) -> None:
    tenant, computer = world.here.tenant_id, world.here.agent.computer_id
    async with world.database.writing() as session:
        await keep_told(session, tenant, computer, {A})
    before = await _revision(world)
    with world.events.waiter(tenant, computer) as waiter:
        async with world.database.writing() as session:
            await printer_changed(session, tenant, B)
            await printer_changed(session, world.there.tenant_id, A)
        assert await _revision(world) == before
        async with world.database.writing() as session:
            await printer_changed(session, tenant, A)
        await waiter.wait()
    assert await _revision(world) != before


async def test_what_an_order_needs_stays_as_long_as_that(world: World) -> None:
    tenant, computer = world.here.tenant_id, world.here.agent.computer_id
    until = world.clock.now() + timedelta(hours=1)
    async with world.database.writing() as session:
        await keep_told(session, tenant, computer, {A, B})
        await tell_of_printer(session, tenant, computer, B, until=until)
        await tell_of_printer(session, tenant, computer, C, until=until)
        assert await printers_told(session, tenant, computer) == {B, C}
        await keep_told(session, tenant, computer, {A})
    assert await _told(world) == {A, B, C}
    world.clock.advance(hours=2)
    async with world.database.writing() as session:
        assert await printers_told(session, tenant, computer) == frozenset()
        await keep_told(session, tenant, computer, set())
    assert await _told(world) == set()
