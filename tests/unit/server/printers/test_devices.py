"""The device behind a printer. How searches use it is tested in ``searches/test_reports.py``."""

from __future__ import annotations

from presswork.server.printers import (
    Device,
    add_printer,
    follow_device,
    get_printer,
    printer_behind,
    remove_printer,
    was_removed,
)
from presswork.testing.tenants import World

URI = "ipps://printer.example.org/ipp/print"


async def test_whose_address_it_is(world: World) -> None:
    async with world.database.reading() as session:
        assert await printer_behind(session, world.here.agent, Device(["lpd://x/", URI])) == world.here.printer_id
        assert await printer_behind(session, world.there.agent, Device([URI])) == world.there.printer_id
        assert await printer_behind(session, world.here.agent, Device(["lpd://x/"])) is None


async def test_what_it_says_of_itself_goes_before_where_it_is(world: World) -> None:
    async with world.database.writing() as session:
        other = await add_printer(session, world.here.administrator, name="Lab", device_uri="ipp://192.0.2.1")
        other.device_uuid, other.serial_number = "c0ffee", "X12345"
    async with world.database.reading() as session:
        for device in (Device([URI], uuid="C0FFEE"), Device([URI], serial_number="X12345")):
            assert await printer_behind(session, world.here.agent, device) == other.id
        assert await printer_behind(session, world.here.agent, Device([], serial_number="0")) is None
    async with world.database.writing() as session:
        await remove_printer(session, world.here.administrator, other.id)
        assert await was_removed(session, world.here.agent, Device(["ipp://192.0.2.9/"], uuid="c0ffee"))
        assert await was_removed(session, world.here.agent, Device(["ipp://192.0.2.9/"], serial_number="X12345"))


async def test_another_tenants_removal_and_moves_concern_nobody_here(world: World) -> None:
    async with world.database.writing() as session:
        printer = await add_printer(session, world.there.administrator, name="Lab", device_uri="ipp://192.0.2.1")
        await remove_printer(session, world.there.administrator, printer.id)
        assert await was_removed(session, world.there.agent, Device([printer.device_uri]))
        assert not await was_removed(session, world.here.agent, Device([printer.device_uri]))
        assert not await follow_device(session, world.there.agent, world.here.printer_id, "ipps://192.0.2.2/", "a" * 64)


async def test_without_the_pinned_certificate_nothing_is_followed(world: World) -> None:
    async with world.database.writing() as session:
        for uri, seen in (("ipps://192.0.2.2/ipp/print", "b" * 64), ("ipp://192.0.2.2/ipp/print", "")):
            assert not await follow_device(session, world.here.agent, world.here.printer_id, uri, seen)
        assert (await get_printer(session, world.here.user, world.here.printer_id)).device_uri == URI
