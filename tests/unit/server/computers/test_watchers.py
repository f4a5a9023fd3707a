"""Who is there now, and where."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from presswork.protocols.control.words import NetworkHint
from presswork.server import computers, networks
from presswork.server.computers import Computer, networks_with_somebody, watchers_online
from presswork.server.platform.database import Session
from presswork.testing.tenants import World


async def here_pc(session: Session, world: World) -> Computer:
    return (await session.scalars(select(Computer).where(Computer.id == world.here.agent.computer_id))).one()


async def test_only_those_that_are_online(world: World) -> None:
    tenant_id, computer_id = world.here.tenant_id, world.here.agent.computer_id
    async with world.database.writing() as session:
        assert await networks_with_somebody(session, tenant_id) == frozenset()
        assert await watchers_online(session, tenant_id, {None}, {computer_id}) == []
        pc = await here_pc(session, world)
        pc.online_until, pc.capabilities = session.now() + timedelta(minutes=1), ("watch-printers",)
    async with world.database.reading() as session:
        assert await networks_with_somebody(session, tenant_id) == {None}
        (found,) = await watchers_online(session, tenant_id, {None}, ())
        assert (found.computer_id, found.capabilities, found.networks) == (
            computer_id,
            frozenset({"watch-printers"}),
            frozenset(),
        )
        assert [one.computer_id for one in await watchers_online(session, tenant_id, (), {computer_id})] == [
            computer_id
        ]
        assert await watchers_online(session, world.there.tenant_id, {None}, {computer_id}) == []
    world.clock.advance(minutes=2)
    async with world.database.reading() as session:
        assert await watchers_online(session, tenant_id, {None}, {computer_id}) == []


async def test_of_a_network_those_that_are_on_it(world: World) -> None:
    async with world.database.writing() as session:
        network = await networks.add_network(session, world.here.administrator, name="North")
        await networks.add_mark(session, world.here.administrator, network.id, kind="cidr", value="192.0.2.0/24")
        pc = await here_pc(session, world)
        pc.online_until = session.now() + timedelta(minutes=1)
        hint = NetworkHint.model_validate({"prefixes": ["192.0.2.0/24"]})
        await computers.note_networks(session, world.here.agent, pc, [hint])
    async with world.database.reading() as session:
        assert await networks_with_somebody(session, world.here.tenant_id) == {None, network.id}
        (found,) = await watchers_online(session, world.here.tenant_id, {network.id}, ())
        assert found.networks == {network.id}
        assert await watchers_online(session, world.here.tenant_id, {UUID(int=5)}, ()) == []
