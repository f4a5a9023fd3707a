"""Networks and their marks."""

from __future__ import annotations

from uuid import UUID

import pytest

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.protocols.control.words import NetworkHint
from presswork.server import audit
from presswork.server.networks import (
    add_mark,
    add_network,
    add_site,
    change_network,
    find_network,
    list_marks,
    list_networks,
    network_names,
    networks_beside,
    recognise,
    remove_mark,
    remove_network,
)
from presswork.server.tenants import desired_revision
from presswork.testing.tenants import World

HINT = NetworkHint.model_validate({"prefixes": ["192.0.2.0/24"]})


async def _add(world: World, name: str, *blocks: str, site_id: UUID | None = None) -> UUID:
    async with world.database.writing() as session:
        network = await add_network(session, world.here.administrator, name=name, site_id=site_id)
        for block in blocks:
            await add_mark(session, world.here.administrator, network.id, kind="cidr", value=block)
    return network.id


async def test_a_computer_is_recognised_by_the_marks_of_its_tenant(world: World) -> None:
    berlin = await _add(world, "Berlin", "192.0.2.0/24")
    campus = await _add(world, "Campus", "192.0.0.0/16")
    await _add(world, "Paris", "198.51.100.0/24")
    async with world.database.reading() as session:
        assert await recognise(session, world.here.tenant_id, [HINT]) == {berlin, campus}
        assert await recognise(session, world.here.tenant_id, []) == frozenset()
        assert await recognise(session, world.there.tenant_id, [HINT]) == frozenset()


async def test_many_hints_are_looked_up_in_parts(world: World) -> None:
    berlin = await _add(world, "Berlin", "2001:db8:7::/48")
    hints = [NetworkHint.model_validate({"prefixes": [f"2001:db8:{n:x}::/64"]}) for n in range(16)]
    async with world.database.reading() as session:
        assert await recognise(session, world.here.tenant_id, hints) == {berlin}


async def test_a_mark_stands_for_one_network(world: World) -> None:
    await _add(world, "Berlin", "192.0.2.0/24")
    with pytest.raises(Conflict, match="Berlin"):
        await _add(world, "Paris", "192.0.2.77/24")
    async with world.database.writing() as session:
        theirs = await add_network(session, world.there.administrator, name="Berlin")
        await add_mark(session, world.there.administrator, theirs.id, kind="cidr", value="192.0.2.0/24")


async def test_marks_that_come_and_go_are_news_to_computers(world: World) -> None:
    network = await _add(world, "Berlin")
    seen = []
    async with world.database.writing() as session:
        seen.append(await desired_revision(session, world.here.tenant_id))
        mark = await add_mark(session, world.here.administrator, network, kind="dns-suffix", value="Example.org")
        seen.append(await desired_revision(session, world.here.tenant_id))
        assert [one.value for one in await list_marks(session, world.here.administrator, network)] == ["example.org"]
        await remove_mark(session, world.here.administrator, network, mark.id)
        seen.append(await desired_revision(session, world.here.tenant_id))
        assert len(set(seen)) == 3
        with pytest.raises(NotFound):
            await remove_mark(session, world.here.administrator, network, mark.id)
        actions = {entry.action for entry in await audit.list_entries(session, world.here.administrator)}
    assert actions >= {"network.mark-removed", "network.mark-added", "network.added"}


async def test_names_are_taken_once_and_networks_are_paged(world: World) -> None:
    first = await _add(world, "A")
    await _add(world, "B")
    with pytest.raises(Conflict):
        await _add(world, "A")
    with pytest.raises(Invalid):
        await _add(world, "")
    async with world.database.writing() as session:
        with pytest.raises(Conflict):
            await change_network(session, world.here.administrator, first, name="B", site_id=None)
    async with world.database.reading() as session:
        page = await list_networks(session, world.here.administrator, after="A", limit=1)
        assert [network.name for network in page] == ["B"]
        assert (await find_network(session, world.here.administrator, " A ")).id == first
        assert await network_names(session, world.here.tenant_id, {first}) == {first: "A"}
        assert await network_names(session, world.there.tenant_id, {first}) == {}


async def test_what_is_in_the_same_site_is_near(world: World) -> None:
    async with world.database.writing() as session:
        site = (await add_site(session, world.here.administrator, name="Berlin")).id
    lan = await _add(world, "LAN", site_id=site)
    wifi = await _add(world, "Wi-Fi", site_id=site)
    lost = await _add(world, "Lost")
    async with world.database.reading() as session:
        assert await networks_beside(session, world.here.tenant_id, {lan}) == {wifi}
        assert await networks_beside(session, world.here.tenant_id, {lost}) == frozenset()
        assert await networks_beside(session, world.here.tenant_id, set()) == frozenset()


async def test_a_removed_network_is_recognised_no_more(world: World) -> None:
    berlin = await _add(world, "Berlin", "192.0.2.0/24")
    async with world.database.writing() as session:
        await remove_network(session, world.here.administrator, berlin)
    async with world.database.reading() as session:
        assert await recognise(session, world.here.tenant_id, [HINT]) == frozenset()
