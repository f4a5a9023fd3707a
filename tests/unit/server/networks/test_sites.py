"""The tree of sites."""

from __future__ import annotations

from uuid import UUID

import pytest

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.server.networks import add_network, add_site, change_site, list_sites, remove_site
from presswork.server.networks.sites import DEPTH
from presswork.testing.tenants import World


async def _add(world: World, name: str, parent_id: UUID | None = None) -> UUID:
    async with world.database.writing() as session:
        return (await add_site(session, world.here.administrator, name=name, parent_id=parent_id)).id


async def _tree(world: World) -> list[tuple[str, int]]:
    async with world.database.reading() as session:
        return [(site.name, depth) for site, depth in await list_sites(session, world.here.administrator)]


async def test_sites_are_a_tree_read_from_the_top(world: World) -> None:
    germany = await _add(world, "Germany")
    await _add(world, "berlin", germany)
    await _add(world, "Austria")
    await _add(world, "Aachen", germany)
    assert await _tree(world) == [("Austria", 0), ("Germany", 0), ("Aachen", 1), ("berlin", 1)]


async def test_no_site_stands_in_itself(world: World) -> None:
    top = await _add(world, "Top")
    middle = await _add(world, "Middle", top)
    low = await _add(world, "Low", middle)
    for parent in (top, middle, low):
        with pytest.raises(Invalid):
            async with world.database.writing() as session:
                await change_site(session, world.here.administrator, top, name="Top", parent_id=parent)
    async with world.database.writing() as session:
        await change_site(session, world.here.administrator, low, name="Low", parent_id=top)
    assert await _tree(world) == [("Top", 0), ("Low", 1), ("Middle", 1)]


async def test_the_tree_has_a_depth(world: World) -> None:
    other = await _add(world, "Other")
    await _add(world, "Below", other)
    at = None
    for level in range(DEPTH):
        at = await _add(world, f"{level}", at)
    with pytest.raises(Invalid):
        await _add(world, "too deep", at)
    with pytest.raises(Invalid):
        async with world.database.writing() as session:
            await change_site(session, world.here.administrator, other, name="Other", parent_id=at)


async def test_neighbours_differ_by_name(world: World) -> None:
    top = await _add(world, "Top")
    await _add(world, "Hall", top)
    await _add(world, "Hall")
    with pytest.raises(Conflict):
        await _add(world, "hall", top)
    with pytest.raises(Invalid):
        await _add(world, "a\nb")


async def test_only_an_empty_site_is_removed(world: World) -> None:
    top = await _add(world, "Top")
    async with world.database.writing() as session:
        await add_network(session, world.here.administrator, name="LAN", site_id=top)
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await remove_site(session, world.here.administrator, top)
    spare = await _add(world, "Spare")
    async with world.database.writing() as session:
        await remove_site(session, world.here.administrator, spare)
    assert await _tree(world) == [("Top", 0)]


async def test_a_site_of_another_tenant_is_no_place(world: World) -> None:
    async with world.database.writing() as session:
        theirs = (await add_site(session, world.there.administrator, name="Theirs")).id
    with pytest.raises(NotFound):
        await _add(world, "Ours", theirs)
    with pytest.raises(NotFound):
        async with world.database.writing() as session:
            await add_network(session, world.here.administrator, name="LAN", site_id=theirs)
