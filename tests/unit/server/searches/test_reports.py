"""What agents found becomes rows, one a device."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from presswork.protocols.control.search import FoundDevice as Finding
from presswork.protocols.control.search import SearchReport
from presswork.protocols.control.words import PrinterReport
from presswork.server import audit
from presswork.server.printers import add_printer, get_printer, remove_printer, report
from presswork.server.printers.models import Printer
from presswork.server.searches import FoundDevice, list_found, list_moved, report_searches, start_search
from presswork.server.searches import reports as reports_module
from presswork.server.searches.models import Standing
from presswork.testing.tenants import World
from unit.server.searches.test_service import online

A = "a" * 64


def finding(host: str = "192.0.2.7", **fields: object) -> Finding:
    told = {"host": host, "ways": [f"ipp://{host}/ipp/print"], "uuid": "c0ffee", "name": "Hall", **fields}
    return Finding.model_validate(told)


async def found(world: World, *devices: Finding) -> None:
    """A search of the computer here finds these."""
    await online(world)
    async with world.database.writing() as session:
        search = await start_search(session, world.here.administrator, computer_id=world.here.agent.computer_id)
        told = SearchReport(search_id=search.id, asked=1, total=1, devices=devices, ended=True)
        await report_searches(session, world.here.agent, [told])


async def rows(world: World, standing: Standing = "new") -> Sequence[FoundDevice]:
    async with world.database.reading() as session:
        return await list_found(session, world.here.administrator, standing=standing)


async def test_one_device_by_two_ways_is_one(world: World) -> None:
    await found(
        world,
        finding(serial_number="", mac="", location="Cellar"),
        finding(ways=["socket://192.0.2.7:9100"], uuid="", name="", serial_number="X1", mac="00:11:22:33:44:55"),
    )
    (row,) = await rows(world)
    assert row.ways == ("ipp://192.0.2.7/ipp/print", "socket://192.0.2.7:9100")
    assert (row.uuid, row.serial_number, row.name, row.location) == ("c0ffee", "X1", "Hall", "Cellar")
    await found(world, finding("192.0.2.8", uuid="", serial_number="X1"))
    (row,) = await rows(world)
    assert (row.host, row.ways) == ("192.0.2.8", ("ipp://192.0.2.8/ipp/print",))


async def test_two_devices_are_two(world: World) -> None:
    await found(world, finding(), finding("192.0.2.8", uuid="decaf"))
    assert len(await rows(world)) == 2


async def test_one_that_is_a_printer_already_is_not_new(world: World) -> None:
    await found(world, finding(ways=["ipps://printer.example.org/ipp/print"]))
    assert await rows(world) == []
    (row,) = await rows(world, "added")
    assert row.printer_id == world.here.printer_id


async def test_one_that_was_removed_stays_removed(world: World) -> None:
    async with world.database.writing() as session:
        printer = await add_printer(
            session, world.here.administrator, name="Attic", device_uri="ipp://192.0.2.7/ipp/print"
        )
        await remove_printer(session, world.here.administrator, printer.id)
    await found(world, finding())
    await found(world, finding("192.0.2.9"))
    assert await rows(world) == []
    assert len(await rows(world, "left-out")) == 1


async def _pinned(world: World, certificate: str) -> Printer:
    """The printer here shows this certificate; found where it is."""
    seen = PrinterReport(
        printer_id=world.here.printer_id, seen_at=world.clock.now(), reachable=True, certificate_sha256=certificate
    )
    async with world.database.writing() as session:
        await report(session, world.here.agent, [seen])
    await found(world, finding(ways=["ipps://printer.example.org/ipp/print"], certificate_sha256=certificate))
    return await _printer(world)


async def _printer(world: World) -> Printer:
    async with world.database.reading() as session:
        return await get_printer(session, world.here.user, world.here.printer_id)


async def test_a_printer_that_proves_itself_is_followed(world: World) -> None:
    assert (await _pinned(world, A)).certificate_sha256 == A
    moved = "ipps://192.0.2.77/ipp/print"
    await found(world, finding("192.0.2.77", ways=[moved], certificate_sha256=A))
    printer = await _printer(world)
    assert (printer.device_uri, printer.certificate_sha256) == (moved, A)
    async with world.database.reading() as session:
        actions = {entry.action for entry in await audit.list_entries(session, world.here.administrator)}
        assert await list_moved(session, world.here.administrator) == []
    assert "printer.moved" in actions


async def test_one_that_does_not_is_asked_about(world: World) -> None:
    await _pinned(world, A)
    before = (await _printer(world)).device_uri
    await found(world, finding("192.0.2.77", ways=["ipps://192.0.2.77/ipp/print"], certificate_sha256="b" * 64))
    assert (await _printer(world)).device_uri == before
    async with world.database.reading() as session:
        (row,) = await list_moved(session, world.here.administrator)
    assert row.moved_to == "ipps://192.0.2.77/ipp/print"
    await found(world, finding("printer.example.org", ways=["ipps://printer.example.org/ipp/print"]))
    async with world.database.reading() as session:
        assert await list_moved(session, world.here.administrator) == []


async def test_a_computer_that_makes_devices_up_fills_no_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports_module, "DEVICES_LIMIT", 3)
    await found(world, *(finding(f"192.0.2.{number}", uuid=str(number)) for number in range(1, 9)))
    assert len(await rows(world)) == 3
