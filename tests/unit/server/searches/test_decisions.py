"""What becomes of a found device."""

from __future__ import annotations

from uuid import UUID

import pytest

from presswork.core.errors import Conflict, NotFound
from presswork.server.printers import get_printer, remove_printer
from presswork.server.searches import (
    add_found,
    bring_back,
    count_new,
    follow_found,
    get_found,
    leave_out,
    replace_by_found,
)
from presswork.testing.tenants import World
from unit.server.searches.test_reports import finding, found, rows


async def one(world: World) -> UUID:
    await found(world, finding())
    (row,) = await rows(world)
    return row.id


async def test_it_becomes_a_printer_once(world: World) -> None:
    found_id = await one(world)
    async with world.database.writing() as session:
        assert await count_new(session, world.here.administrator) == 1
        printer = await add_found(session, world.here.administrator, found_id, name="Lab", location="Cellar")
    assert (printer.name, printer.location, printer.device_uri) == ("Lab", "Cellar", "ipp://192.0.2.7/ipp/print")
    assert await rows(world) == []
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await add_found(session, world.here.administrator, found_id, name="Again")


async def test_a_name_that_is_taken_decides_nothing(world: World) -> None:
    found_id = await one(world)
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await add_found(session, world.here.administrator, found_id, name="Hall")
    assert len(await rows(world)) == 1


async def test_it_replaces_the_device_of_a_printer(world: World) -> None:
    found_id = await one(world)
    async with world.database.reading() as session:
        before = await get_printer(session, world.here.user, world.here.printer_id)
    async with world.database.writing() as session:
        await replace_by_found(session, world.here.administrator, found_id, world.here.printer_id)
    async with world.database.reading() as session:
        after = await get_printer(session, world.here.user, world.here.printer_id)
        device = await get_found(session, world.here.administrator, found_id)
    assert after.device_uri == "ipp://192.0.2.7/ipp/print"
    assert (after.id, after.name, after.sign) == (before.id, before.name, before.sign)
    assert device.printer_id == after.id


async def test_the_device_that_was_there_before_does_not_come_back_by_itself(world: World) -> None:
    old = finding("192.0.2.1", uuid="old", ways=["ipps://printer.example.org/ipp/print"])
    await found(world, old)
    found_id = await one(world)
    async with world.database.writing() as session:
        await replace_by_found(session, world.here.administrator, found_id, world.here.printer_id)
    await found(world, old)
    assert await rows(world) == []
    assert [row.uuid for row in await rows(world, "left-out")] == ["old"]


async def test_what_is_left_out_stays_out_until_somebody_brings_it_back(world: World) -> None:
    found_id = await one(world)
    async with world.database.writing() as session:
        await leave_out(session, world.here.administrator, found_id)
    await found(world, finding())
    assert await rows(world) == []
    async with world.database.writing() as session:
        await bring_back(session, world.here.administrator, found_id)
    assert [row.id for row in await rows(world)] == [found_id]


async def test_a_printer_that_was_removed_is_not_new_again(world: World) -> None:
    found_id = await one(world)
    async with world.database.writing() as session:
        printer = await add_found(session, world.here.administrator, found_id, name="Lab")
    async with world.database.writing() as session:
        await remove_printer(session, world.here.administrator, printer.id)
    await found(world, finding())
    assert await rows(world) == []


async def test_a_move_is_followed_in_one_click(world: World) -> None:
    found_id = await one(world)
    async with world.database.writing() as session:
        printer = await add_found(session, world.here.administrator, found_id, name="Lab")
    await found(world, finding("192.0.2.99"))
    async with world.database.writing() as session:
        followed = await follow_found(session, world.here.administrator, found_id)
    assert (followed.id, followed.device_uri) == (printer.id, "ipp://192.0.2.99/ipp/print")
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await follow_found(session, world.here.administrator, found_id)


async def test_nobody_elses(world: World) -> None:
    found_id = await one(world)
    for decide in (leave_out, bring_back, follow_found):
        with pytest.raises(NotFound):
            async with world.database.writing() as session:
                await decide(session, world.there.administrator, found_id)
