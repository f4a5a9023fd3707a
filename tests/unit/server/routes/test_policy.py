"""Which routes jobs may take."""

from __future__ import annotations

import pytest

from presswork.core.errors import Invalid
from presswork.protocols.control.route import ALL_ROUTES
from presswork.server import audit
from presswork.server.routes import get_carriers, get_routes, routes_of, set_carriers, set_routes
from presswork.server.routes.policy import only_chosen_carry
from presswork.server.tenants import desired_revision
from presswork.testing.tenants import World


async def test_a_tenant_that_says_nothing_has_all_in_their_usual_order(world: World) -> None:
    async with world.database.reading() as session:
        assert await get_routes(session, world.here.administrator) == ALL_ROUTES


@pytest.mark.parametrize("routes", [("cloud",), ("relay", "direct"), ("cloud", "redirector", "relay", "direct")])
async def test_what_is_set_is_so_in_its_order_and_for_this_tenant_only(world: World, routes: tuple[str, ...]) -> None:
    here, there = world.here, world.there
    async with world.database.writing() as session:
        await set_routes(session, here.administrator, ALL_ROUTES[:1])
        await set_routes(session, here.administrator, routes)
    async with world.database.reading() as session:
        assert await get_routes(session, here.administrator) == routes
        assert await routes_of(session, there.tenant_id) == ALL_ROUTES


async def test_the_computers_hear_of_it_and_the_audit_too_but_only_of_changes(world: World) -> None:
    here = world.here
    revisions = []
    for routes in (("direct", "relay"), ("direct", "relay"), ("relay", "direct")):
        async with world.database.writing() as session:
            await set_routes(session, here.administrator, routes)
        async with world.database.reading() as session:
            revisions.append(await desired_revision(session, here.tenant_id))
            entries = await audit.list_entries(session, here.administrator)
    assert revisions[0] == revisions[1] != revisions[2]
    said = [entry.details["routes"] for entry in entries if entry.action == "routes.changed"]
    assert sorted(said) == ["direct, relay", "relay, direct"]


@pytest.mark.parametrize("routes", [(), ("pigeon",), ("direct", "direct"), ("direct", "pigeon"), ("",)])
async def test_what_cannot_be_is_refused(world: World, routes: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        async with world.database.writing() as session:
            await set_routes(session, world.here.administrator, routes)


async def test_who_may_carry_is_chosen_for_this_tenant_only_and_keeps_the_routes(world: World) -> None:
    here, there = world.here, world.there
    async with world.database.reading() as session:
        assert not await get_carriers(session, here.administrator)
    for chosen in (True, True, False, True):
        async with world.database.writing() as session:
            await set_routes(session, here.administrator, ["relay", "direct"])
            await set_carriers(session, here.administrator, chosen=chosen)
    async with world.database.reading() as session:
        assert await get_carriers(session, here.administrator)
        assert await get_routes(session, here.administrator) == ("relay", "direct")
        assert not await only_chosen_carry(session, there.tenant_id)
        entries = await audit.list_entries(session, here.administrator)
    said = [entry.details["carriers"] for entry in entries if entry.action == "routes.carriers-set"]
    assert sorted(said) == ["all", "chosen", "chosen"], "what changed nothing is not written down"


async def test_who_may_carry_can_be_said_before_any_routes(world: World) -> None:
    async with world.database.writing() as session:
        await set_carriers(session, world.here.administrator, chosen=True)
    async with world.database.reading() as session:
        assert await get_routes(session, world.here.administrator) == ALL_ROUTES
