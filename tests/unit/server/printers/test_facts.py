"""What agents report of printers: kept where it is new, ranked by who should look at it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from presswork.protocols.control.device import Supply, Tray
from presswork.protocols.control.words import PrinterReport
from presswork.server import printers
from presswork.server.printers.models import DOUBTFUL, FINE, URGENT, Printer, PrinterSighting
from presswork.testing.tenants import World


async def reported(world: World, **facts: object) -> Printer:
    report = PrinterReport.model_validate(
        {
            "printer_id": world.here.printer_id,
            "seen_at": world.clock.now(),
            "reachable": True,
            "state": "idle",
            **facts,
        }
    )
    async with world.database.writing() as session:
        await printers.report(session, world.here.agent, [report])
    async with world.database.reading() as session:
        return await printers.get_printer(session, world.here.user, world.here.printer_id)


async def test_what_is_reported_is_kept(world: World):
    printer = await reported(
        world,
        uuid="67bbb526-3a17-474f-a567-2ca5f6156613",
        serial_number="SN1",
        mac="00:11:22:33:44:55",
        firmware="1.2",
        impressions=12_345_678_901,
        trays=(Tray(name="1", level=0, capacity=250), Tray(name="2", some_left=True)),
        supplies=(Supply(name="Black", level=None), Supply(name="Cyan", level=0, colour="#00FFFF")),
        answers_to=("ipp", "snmp"),
    )
    assert (printer.device_uuid, printer.serial_number) == ("67bbb526-3a17-474f-a567-2ca5f6156613", "SN1")
    assert (printer.mac, printer.firmware, printer.impressions) == ("00:11:22:33:44:55", "1.2", 12_345_678_901)
    assert [tray.level for tray in printer.trays] == [0, None]
    assert [supply.level for supply in printer.supplies] == [None, 0], "unknown is not zero"
    assert printer.answers_to == ("ipp", "snmp")
    assert printer.seen_by == world.here.agent.computer_id


async def test_what_is_left_out_stays(world: World):
    await reported(world, serial_number="SN1", impressions=7, supplies=(Supply(name="Black", level=5),))
    world.clock.advance(seconds=1)
    printer = await reported(world, state="processing")
    assert (printer.state, printer.serial_number, printer.impressions) == ("processing", "SN1", 7)
    assert [supply.level for supply in printer.supplies] == [5]
    world.clock.advance(seconds=1)
    assert (await reported(world, supplies=())).supplies == ()


async def test_a_printer_that_does_not_answer_is_still_what_it_was(world: World):
    await reported(world, serial_number="SN1")
    world.clock.advance(seconds=1)
    printer = await reported(world, reachable=False, state="unknown", serial_number="other")
    assert (printer.reachable, printer.serial_number, printer.rank) == (False, "SN1", URGENT)


async def test_another_address_is_another_device(world: World):
    await reported(world, serial_number="SN1", impressions=7, supplies=(Supply(name="Black", level=5),))
    async with world.database.writing() as session:
        printer = await printers.change_printer(
            session, world.here.administrator, world.here.printer_id, device_uri="ipp://other.example.org"
        )
        assert (printer.serial_number, printer.impressions, printer.supplies) == ("", None, ())
        assert (printer.rank, printer.seen_by, printer.reachable) == (FINE, None, None)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"state": "idle"}, FINE),
        ({"state": "processing"}, FINE),
        ({"state": "idle", "state_reasons": ("toner-low-warning",)}, DOUBTFUL),
        ({"state": "idle", "state_reasons": ("media-empty-error",)}, URGENT),
        ({"state": "stopped"}, URGENT),
        ({"reachable": False}, URGENT),
        ({"state": "unknown"}, FINE),
        ({"state": "idle", "state_reasons": ("media-empty-report",)}, FINE),
    ],
)
async def test_rank(world: World, facts: dict[str, object], expected: int):
    assert (await reported(world, **facts)).rank == expected


async def test_another_certificate_is_urgent_until_it_is_accepted(world: World):
    await reported(world, certificate_sha256="ab" * 32)
    world.clock.advance(seconds=1)
    assert (await reported(world, certificate_sha256="cd" * 32)).rank == URGENT
    async with world.database.writing() as session:
        printer = await printers.accept_certificate(session, world.here.administrator, world.here.printer_id, "cd" * 32)
        assert printer.rank == FINE


async def test_those_that_need_somebody_come_first_page_by_page(world: World):
    async with world.database.writing() as session:
        for name, rank in (("Beta", FINE), ("Alpha", FINE), ("Zeta", URGENT), ("Eta", DOUBTFUL), ("Delta", URGENT)):
            printer = await printers.add_printer(
                session, world.here.administrator, name=name, device_uri=f"ipp://{name}.example.org"
            )
            printer.rank = rank
    seen: list[str] = []
    after: tuple[int, str] | None = None
    async with world.database.reading() as session:
        while page := await printers.list_by_need(session, world.here.user, after=after, limit=2):
            seen += [printer.name for printer in page]
            after = page[-1].rank, page[-1].name
        assert await printers.list_by_need(session, world.there.user) != ()
    assert seen == ["Delta", "Zeta", "Eta", "Alpha", "Beta", "Hall"]


async def test_sightings_are_written_when_they_say_something(world: World):
    async def sightings() -> list[tuple[bool, object]]:
        async with world.database.reading() as session:
            rows = await session.execute(select(PrinterSighting.reached, PrinterSighting.at))
            return [tuple(row) for row in rows]

    began = world.clock.now()
    await reported(world)
    world.clock.advance(seconds=60)
    await reported(world)
    assert await sightings() == [(True, began)]
    await reported(world, reachable=False)
    assert await sightings() == [(False, began + timedelta(seconds=60))]
    world.clock.advance(seconds=3600)
    await reported(world, reachable=False)
    assert await sightings() == [(False, began + timedelta(seconds=3660))]


async def test_reports_of_another_tenants_printer_leave_nothing(world: World):
    report = PrinterReport(printer_id=world.there.printer_id, seen_at=world.clock.now(), reachable=True)
    async with world.database.writing() as session:
        await printers.report(session, world.here.agent, [report])
        assert await session.scalar(select(func.count()).select_from(PrinterSighting)) == 0
