"""Many printers at once."""

from __future__ import annotations

import pytest

from presswork.core.errors import Conflict
from presswork.server import audit
from presswork.server.networks import add_network
from presswork.server.printers import (
    Printer,
    export_printers,
    get_printer,
    import_printers,
    list_printers,
    plan_import,
)
from presswork.server.tenants import desired_revision
from presswork.testing.tenants import World


async def _printers(world: World) -> dict[str, Printer]:
    async with world.database.reading() as session:
        return {printer.name: printer for printer in await list_printers(session, world.here.user)}


async def _load(world: World, text: str) -> tuple[int, int, int]:
    async with world.database.writing() as session:
        done = await import_printers(session, world.here.administrator, text)
    return len(done.added), len(done.changed), done.unchanged


async def test_out_and_in_again_changes_nothing(world: World) -> None:
    async with world.database.reading() as session:
        text = await export_printers(session, world.here.administrator)
        before = await desired_revision(session, world.here.tenant_id)
    assert await _load(world, text) == (0, 0, 1)
    async with world.database.reading() as session:
        assert await desired_revision(session, world.here.tenant_id) == before


async def test_a_look_changes_nothing_and_loading_does_what_it_said(world: World) -> None:
    (here,) = (await _printers(world)).values()
    text = f"id,name,location,device_uri\n{here.id},Entrance,Cellar,ipp://192.0.2.77\n,Attic,,socket://192.0.2.78\n"
    async with world.database.writing() as session:
        plan = await plan_import(session, world.here.administrator, text)
    assert [row.name for row in plan.added] == ["Attic"]
    assert [dict(change.fields) for change in plan.changed] == [
        {"name": "Entrance", "location": "Cellar", "device_uri": "ipp://192.0.2.77/ipp/print"}
    ]
    assert set(await _printers(world)) == {here.name}
    assert await _load(world, text) == (1, 1, 0)
    after = await _printers(world)
    assert set(after) == {"Attic", "Entrance"}
    assert after["Entrance"].id == here.id
    assert after["Entrance"].sign == here.sign
    assert after["Attic"].sign not in {"", here.sign}
    async with world.database.reading() as session:
        entries = await audit.list_entries(session, world.here.administrator)
    assert {("printer.changed", here.name), ("printer.added", "Attic")} <= {
        (entry.action, entry.target_name) for entry in entries
    }


async def test_one_wrong_row_and_nothing_is_loaded(world: World) -> None:
    before = set(await _printers(world))
    with pytest.raises(Conflict):
        await _load(world, "name,device_uri\nAttic,ipp://192.0.2.9\nLab,nonsense\n")
    assert set(await _printers(world)) == before


async def test_rows_that_contradict_each_other_are_named(world: World) -> None:
    (here,) = (await _printers(world)).values()
    text = (
        "id,name,device_uri\n,Attic,ipp://192.0.2.1\n,Attic,ipp://192.0.2.2\n,Lab,\n"
        f"{here.id},First,\n{here.id},Second,\n{world.there.printer_id},Theirs,\n"
    )
    async with world.database.reading() as session:
        plan = await plan_import(session, world.here.administrator, text)
    assert [(one.row, one.sentence.split(".")[0]) for one in plan.complaints] == [
        (3, "Row 2 has the same name"),
        (4, "A new printer needs an address in the column device_uri"),
        (6, "Another row means the same printer"),
        (7, "There is no printer with this id"),
    ]


async def test_a_name_of_another_printer_is_refused(world: World) -> None:
    (here,) = (await _printers(world)).values()
    assert await _load(world, "name,device_uri\nAttic,ipp://192.0.2.1\n") == (1, 0, 0)
    async with world.database.reading() as session:
        plan = await plan_import(session, world.here.administrator, f"id,name\n{here.id},Attic\n")
    assert [one.row for one in plan.complaints] == [2]


async def test_thousands_go_in_at_once(world: World) -> None:
    rows = "".join(f"Printer {number},ipp://192.0.2.1/{number}\n" for number in range(2_000))
    assert await _load(world, "name,device_uri\n" + rows) == (2_000, 0, 0)
    assert await _load(world, "name,location\n" + rows.replace("ipp://192.0.2.1/", "Room ")) == (0, 2_000, 0)
    async with world.database.reading() as session:
        assert (await get_printer(session, world.here.user, world.here.printer_id)).location != "Room 1"
        assert (await list_printers(session, world.here.user, after="Printer 1", limit=1))[0].location == "Room 10"


async def test_printers_are_placed_on_networks_by_name_and_stay_there_where_none_stands(world: World) -> None:
    (here,) = (await _printers(world)).values()
    async with world.database.writing() as session:
        hall = await add_network(session, world.here.administrator, name="Hall, 1st floor")
        await add_network(session, world.there.administrator, name="Theirs")
        before = await desired_revision(session, world.here.tenant_id)
    text = f'name,network,device_uri\nAttic,"Hall, 1st floor",ipp://192.0.2.1\n{here.name},"Hall, 1st floor",\n'
    assert await _load(world, text) == (1, 1, 0)
    async with world.database.reading() as session:
        assert await desired_revision(session, world.here.tenant_id) != before
        exported = await export_printers(session, world.here.administrator)
    assert {one.network_id for one in (await _printers(world)).values()} == {hall.id}
    assert exported.count("Hall, 1st floor") == 2
    assert await _load(world, exported) == (0, 0, 2)
    assert await _load(world, "name,network\nAttic,\n") == (0, 0, 1)
    for unknown in ("Nowhere", "Theirs", "hall, 1st floor"):
        async with world.database.reading() as session:
            plan = await plan_import(session, world.here.administrator, f'name,network\nAttic,"{unknown}"\n')
        assert [(one.row, one.sentence.split(".")[0]) for one in plan.complaints] == [
            (2, f"There is no network called “{unknown}”")
        ]
