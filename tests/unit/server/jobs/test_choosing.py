"""Which printers a person is offered."""

from __future__ import annotations

from uuid import UUID

from presswork.protocols.control.agent import FindPrinters
from presswork.server.jobs import printer_choice, printers_for_account
from presswork.server.jobs.choosing import FOUND, OFFERED
from presswork.server.printers import add_printer
from presswork.testing.tenants import World


async def _many(world: World, count: int) -> list[UUID]:
    async with world.database.writing() as session:
        return [
            (
                await add_printer(session, world.here.administrator, name=f"P{number:03}", device_uri="ipp://192.0.2.9")
            ).id
            for number in range(count)
        ]


async def test_few_are_offered_the_ones_used_lately_first(world: World) -> None:
    ids = await _many(world, 40)
    await world.bind(world.here.user)
    for used in (ids[7], ids[30]):
        await world.job(user_id=world.here.user.user_id, printer_id=used)
        world.clock.advance(seconds=1)
    async with world.database.reading() as session:
        choice = await printer_choice(session, world.here.user)
        assert [printer.id for printer in choice.recent] == [ids[30], ids[7]]
        assert len(choice.recent) + len(choice.near) == OFFERED
        assert not {printer.id for printer in choice.near} & {ids[30], ids[7]}
        assert (choice.more, choice.any, choice.first) == (True, True, ids[30])
        others = await printer_choice(session, world.here.other)
        assert others.recent == []
        found = await printer_choice(session, world.here.user, text="p01")
        assert ([printer.name for printer in found.found], found.first) == ([f"P01{n}" for n in range(10)], ids[10])


async def test_where_there_are_few_there_is_nothing_to_search(world: World) -> None:
    async with world.database.reading() as session:
        choice = await printer_choice(session, world.here.user)
        assert ([printer.name for printer in choice.near], choice.more) == (["Hall"], False)


async def test_an_agent_finds_for_the_people_of_its_computer(world: World) -> None:
    ids = await _many(world, 40)
    await world.bind(world.here.user)
    await world.job(user_id=world.here.user.user_id, printer_id=ids[30])
    async with world.database.reading() as session:
        asked = FindPrinters(account="ada")
        found = await printers_for_account(session, world.here.agent, asked)
        assert (found.printers[0].printer_id, len(found.printers), found.more) == (ids[30], FOUND, True)
        nobody = await printers_for_account(session, world.here.agent, FindPrinters(account="eve"))
        assert nobody.printers[0].name == "Hall"
        named = await printers_for_account(session, world.here.agent, FindPrinters(account="ada", text="P007"))
        assert ([spec.name for spec in named.printers], named.more) == (["P007"], False)
        by_id = await printers_for_account(session, world.here.agent, FindPrinters(account="ada", text=str(ids[3])))
        assert [spec.printer_id for spec in by_id.printers] == [ids[3]]
        theirs = await printers_for_account(session, world.there.agent, FindPrinters(account="ada", text=str(ids[3])))
        assert theirs.printers == ()
