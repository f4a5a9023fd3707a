"""The sheets with the printers' signs."""

from __future__ import annotations

from presswork.server import printers
from unit.server.fronts.web.house import House


async def test_a_sign_names_printer_and_address(house: House) -> None:
    organisation = house.organisation
    path = f"/printers/{organisation.printers[0]}"
    assert f"{path}/sign" in (await house.ada.page(path)).links()
    page = await house.ada.page(path + "/sign")
    async with organisation.context.database.reading() as session:
        printer = await session.get_one(printers.Printer, organisation.printers[0])
    assert printer.sign in page.text
    assert f"{organisation.context.public_url}/at/{printer.sign}" in page.text
    assert len(page.all("svg", **{"class": "qr"})) == 1


async def test_all_signs_at_once(house: House) -> None:
    page = await house.ada.page("/printers/signs")
    assert len(page.all("svg", **{"class": "qr"})) == len(house.organisation.printers)
    assert "/printers/signs" in (await house.ada.page("/printers")).links()


async def test_signs_are_for_administrators(house: House) -> None:
    assert (await house.bob.get("/printers/signs")).status_code == 403
