"""The signs of printers."""

from __future__ import annotations

import pytest

from presswork.core.errors import NotFound
from presswork.server.printers import add_printer, change_printer, get_printer, printer_with_sign
from presswork.server.printers.signs import SIGN_LETTERS, free_sign
from presswork.testing.tenants import World


async def test_a_printer_is_found_by_its_sign_however_it_is_typed(world: World) -> None:
    async with world.database.reading() as session:
        printer = await get_printer(session, world.here.user, world.here.printer_id)
        assert len(printer.sign) == SIGN_LETTERS
        for typed in (printer.sign, printer.sign.lower(), f" {printer.sign[:2]}-{printer.sign[2:]}"):
            assert (await printer_with_sign(session, world.here.user, typed)).id == printer.id
        for typed in ("", printer.sign[:-1], printer.sign + "B", "%", "_____"):
            with pytest.raises(NotFound):
                await printer_with_sign(session, world.here.user, typed)


async def test_another_tenant_does_not_find_it(world: World) -> None:
    async with world.database.reading() as session:
        printer = await get_printer(session, world.here.user, world.here.printer_id)
        with pytest.raises(NotFound):
            await printer_with_sign(session, world.there.user, printer.sign)


async def test_it_stays_when_the_device_is_replaced(world: World) -> None:
    async with world.database.writing() as session:
        before = (await get_printer(session, world.here.user, world.here.printer_id)).sign
        await change_printer(session, world.here.administrator, world.here.printer_id, device_uri="ipp://192.0.2.200")
    async with world.database.reading() as session:
        assert (await printer_with_sign(session, world.here.user, before)).id == world.here.printer_id


async def test_no_two_printers_of_a_tenant_get_the_same(world: World) -> None:
    async with world.database.writing() as session:
        first = await add_printer(session, world.here.administrator, name="Attic", device_uri="ipp://192.0.2.9")
        drawn = [bytes("BCDFGHJKLMNPQRSTVWXZ".index(letter) for letter in first.sign), bytes(SIGN_LETTERS)]
        session.randomness = lambda count: drawn.pop(0)
        assert await free_sign(session, world.here.administrator) == "BBBBB"
