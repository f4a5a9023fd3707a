"""Which printer a person may mean."""

from __future__ import annotations

from uuid import UUID

import pytest

from presswork.server.networks import add_network, add_site
from presswork.server.printers import (
    add_printer,
    count_printers,
    find_printers,
    place_printer,
    printers_by_id,
    printers_near,
)
from presswork.testing.tenants import World


@pytest.fixture
async def places(world: World) -> dict[str, UUID]:
    """LAN and Wi-Fi of one site, and a network elsewhere, with a printer each beside the one that is nowhere."""
    who, found = world.here.administrator, {}
    async with world.database.writing() as session:
        site = (await add_site(session, who, name="Berlin")).id
        for name, of_site in (("LAN", site), ("Wi-Fi", site), ("Paris", None)):
            network = await add_network(session, who, name=name, site_id=of_site)
            printer = await add_printer(
                session,
                who,
                name=f"Printer 100% {name}",
                device_uri="ipp://192.0.2.9",
                location=f"Room_{name}",
                network_id=network.id,
            )
            found |= {name: network.id, f"at {name}": printer.id}
    return found


async def _found(world: World, text: str, *near: UUID) -> list[str]:
    async with world.database.reading() as session:
        return [printer.name for printer in await find_printers(session, world.here.user, text, near=near)]


async def test_the_same_network_comes_first_then_the_same_site(world: World, places: dict[str, UUID]) -> None:
    async with world.database.reading() as session:
        near = await printers_near(session, world.here.user, {places["Wi-Fi"]})
        assert [printer.name for printer in near] == [
            "Printer 100% Wi-Fi",
            "Printer 100% LAN",
            "Hall",
            "Printer 100% Paris",
        ]
        assert len(await printers_near(session, world.here.user, {places["Wi-Fi"]}, limit=2)) == 2
        assert (await printers_near(session, world.here.user, ()))[0].name == "Hall"
        assert await count_printers(session, world.here.user, up_to=3) == 3
        assert await count_printers(session, world.here.user, up_to=30) == 4


async def test_words_find_names_places_and_signs(world: World, places: dict[str, UUID]) -> None:
    assert await _found(world, " paris ") == ["Printer 100% Paris"]
    assert await _found(world, "room", places["Paris"]) == [
        "Printer 100% Paris",
        "Printer 100% LAN",
        "Printer 100% Wi-Fi",
    ]
    assert await _found(world, "100%") == ["Printer 100% LAN", "Printer 100% Paris", "Printer 100% Wi-Fi"]
    assert await _found(world, "_") == ["Printer 100% LAN", "Printer 100% Paris", "Printer 100% Wi-Fi"]
    assert await _found(world, "%%") == []
    assert await _found(world, "\\") == []
    async with world.database.reading() as session:
        (hall,) = await printers_by_id(session, world.here.user, [world.here.printer_id, world.there.printer_id])
    assert await _found(world, hall.sign.lower()) == ["Hall"]


async def test_another_tenants_printers_are_not_found(world: World, places: dict[str, UUID]) -> None:
    async with world.database.reading() as session:
        found = await find_printers(session, world.there.user, "Printer", near={places["LAN"]})
        assert list(found) == []
        assert {one.id for one in await printers_near(session, world.there.user, {places["LAN"]})} == {
            world.there.printer_id
        }


async def test_a_printer_is_placed_by_administrators(world: World, places: dict[str, UUID]) -> None:
    async with world.database.writing() as session:
        moved = await place_printer(session, world.here.administrator, world.here.printer_id, places["Paris"])
        assert moved.network_id == places["Paris"]
        assert (await place_printer(session, world.here.administrator, moved.id, None)).network_id is None
