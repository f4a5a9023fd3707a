"""The device behind a printer. How searches use it is tested in ``searches/test_reports.py``."""

from __future__ import annotations

from presswork.server.printers import (
    add_printer,
    follow_device,
    get_printer,
    printer_reached_by,
    remove_printer,
    was_removed,
)
from presswork.testing.tenants import World

URI = "ipps://printer.example.org/ipp/print"


async def test_whose_address_it_is(world: World) -> None:
    async with world.database.reading() as session:
        assert await printer_reached_by(session, world.here.agent, ["lpd://x/", URI]) == world.here.printer_id
        assert await printer_reached_by(session, world.there.agent, [URI]) == world.there.printer_id
        assert await printer_reached_by(session, world.here.agent, ["lpd://x/"]) is None


async def test_another_tenants_removal_and_moves_concern_nobody_here(world: World) -> None:
    async with world.database.writing() as session:
        printer = await add_printer(session, world.there.administrator, name="Lab", device_uri="ipp://192.0.2.1")
        await remove_printer(session, world.there.administrator, printer.id)
        assert await was_removed(session, world.there.agent, [printer.device_uri])
        assert not await was_removed(session, world.here.agent, [printer.device_uri])
        assert not await follow_device(session, world.there.agent, world.here.printer_id, "ipps://192.0.2.2/", "a" * 64)


async def test_without_the_pinned_certificate_nothing_is_followed(world: World) -> None:
    async with world.database.writing() as session:
        for uri, seen in (("ipps://192.0.2.2/ipp/print", "b" * 64), ("ipp://192.0.2.2/ipp/print", "")):
            assert not await follow_device(session, world.here.agent, world.here.printer_id, uri, seen)
        assert (await get_printer(session, world.here.user, world.here.printer_id)).device_uri == URI
