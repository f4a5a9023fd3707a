"""Printers that are queues of a print server."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from presswork.core.errors import Invalid
from presswork.protocols.control.agent import RELAYS, FindPrinters, Hello
from presswork.server import jobs, queues
from presswork.server.computers import Computer, note_presence, revoke_computer, set_duties
from presswork.server.platform.database import Session
from presswork.server.printers import (
    add_printer,
    assign_watchers,
    change_printer,
    get_printer,
    plan_import,
    printer_specs,
    redirector_ways,
    watched_by,
)
from presswork.testing.tenants import World


async def say_hello(
    session: Session, world: World, *, capable: bool = True, queues: tuple[str, ...] = ("ledger",)
) -> None:
    hello = Hello(
        version="1",
        computer_name="print-1",
        platform="x",
        capabilities=frozenset({RELAYS} if capable else ()),
        host_queues=queues,
    )
    await note_presence(session, world.here.agent, hello, sync_after=60)


async def redirector(session: Session, world: World) -> str:
    """A queue of the computer here, which is a redirector now; its address."""
    computer_id = world.here.agent.computer_id
    await say_hello(session, world)
    await set_duties(session, world.here.administrator, computer_id, site_node=False, redirector=True)
    return f"redirector://{computer_id}/ledger"


async def test_the_queues_to_choose_from_are_those_redirectors_told_of(world: World) -> None:
    async with world.database.writing() as session:
        await say_hello(session, world)
        assert await redirector_ways(session, world.here.administrator) == []
        uri = await redirector(session, world)
        (way,) = await redirector_ways(session, world.here.administrator)
        assert (way.device_uri, way.computer, way.queue) == (uri, "print-1", "ledger")
        assert await redirector_ways(session, world.there.administrator) == []


async def test_a_printer_may_be_a_queue_and_have_better_addresses(world: World) -> None:
    async with world.database.writing() as session:
        uri = await redirector(session, world)
        await add_printer(
            session, world.here.administrator, name="Ledger", device_uri=uri.upper().replace("LEDGER", "ledger")
        )
        await change_printer(
            session, world.here.administrator, world.here.printer_id, more_ways=[uri, "lpd://192.0.2.7/lp"]
        )
    async with world.database.reading() as session:
        printer = await get_printer(session, world.here.user, world.here.printer_id)
        assert printer.more_ways == ("lpd://192.0.2.7/lp", uri)


@pytest.mark.parametrize("what", ["gone", "no duty", "no queue", "removed", "foreign"])
async def test_what_is_no_queue_of_a_redirector_of_ours_is_refused(world: World, what: str) -> None:
    async with world.database.writing() as session:
        uri = await redirector(session, world)
        who, administrator = world.here.agent.computer_id, world.here.administrator
        match what:
            case "gone":
                uri = f"redirector://{uuid4()}/ledger"
            case "no duty":
                await set_duties(session, administrator, who, site_node=False, redirector=False)
            case "no queue":
                uri = f"redirector://{who}/other"
            case "removed":
                await revoke_computer(session, administrator, who)
            case "foreign":
                administrator = world.there.administrator
        with pytest.raises(Invalid):
            await add_printer(session, administrator, name="Ledger", device_uri=uri)
        plan = await plan_import(session, administrator, f"name,device_uri\nLedger,{uri}\n")
        assert ([one.row for one in plan.complaints], len(plan.added)) == ([2], 1)


async def test_a_file_may_name_a_queue_of_a_redirector(world: World) -> None:
    async with world.database.writing() as session:
        uri = await redirector(session, world)
        plan = await plan_import(session, world.here.administrator, f"name,device_uri\nHall,{uri}\nLedger,{uri}\n")
    assert (plan.complaints, len(plan.changed), len(plan.added)) == ([], 1, 1)


async def test_old_agents_are_told_of_no_way_that_they_cannot_read(world: World) -> None:
    """Neither in their state, nor in an order, nor in what they search for."""
    here = world.here
    await world.bind(here.user)
    job_id = await world.job(user_id=here.user.user_id)
    async with world.database.writing() as session:
        uri = await redirector(session, world)
        only = await add_printer(session, here.administrator, name="Ledger", device_uri=uri)
        await change_printer(session, here.administrator, here.printer_id, more_ways=[uri])
        await queues.add_queue(session, here.administrator, name="Straight", mode="direct", printer_id=only.id)
        await queues.add_queue(session, here.administrator, name="Hall", mode="direct", printer_id=here.printer_id)
        await jobs.release_job(session, here.user, job_id, only.id)
    for capable in (True, False):
        async with world.database.writing() as session:
            await say_hello(session, world, capable=capable)
            computer = (await session.scalars(select(Computer).where(Computer.id == here.agent.computer_id))).one()
            state = await queues.desired_state(session, here.agent, computer, world.vault, held="")
            (order,) = await jobs.open_orders(session, here.agent)
            found = await jobs.printers_for_account(session, here.agent, FindPrinters(account="ada"))
        assert state is not None
        told = {spec.printer_id: {spec.device_uri, *spec.ways} for spec in state.printers}
        seen = {spec.printer_id: {spec.device_uri, *spec.ways} for spec in found.printers}
        hall = "ipps://printer.example.org/ipp/print"
        if capable:
            assert told == seen == {only.id: {uri}, here.printer_id: {hall, uri}}
            assert order.printer is not None
        else:
            assert told == seen == {here.printer_id: {hall}}
            assert (order.printer_id, order.printer) == (only.id, None)


async def test_a_redirector_hears_of_its_queues_anew_when_they_change(world: World) -> None:
    async def revision(session: Session) -> str:
        row = await session.scalars(
            select(Computer.desired_revision).where(Computer.id == world.here.agent.computer_id)
        )
        return row.one()

    async with world.database.writing() as session:
        await redirector(session, world)
        before = await revision(session)
        await say_hello(session, world)
        assert await revision(session) == before
        await say_hello(session, world, queues=("ledger", "payroll"))
        assert await revision(session) != before


async def test_nobody_watches_a_queue(world: World) -> None:
    async with world.database.writing() as session:
        uri = await redirector(session, world)
        printer: UUID = (await add_printer(session, world.here.administrator, name="Ledger", device_uri=uri)).id
        await assign_watchers(session)
        (spec,) = await printer_specs(session, world.here.tenant_id, {printer})
        assert spec.device_uri == uri
        row = await get_printer(session, world.here.user, printer)
        assert row.watcher_id is None
        row.watcher_id = world.here.agent.computer_id  # it was another printer's address before
        await session.flush()
        assert await watched_by(session, world.here.tenant_id, world.here.agent.computer_id) == []
