"""Computers that are there and may carry something."""

from __future__ import annotations

from uuid import UUID

from presswork.protocols.control.agent import Hello
from presswork.protocols.control.words import NetworkHint
from presswork.server.computers import (
    AgentPrincipal,
    carriers_online,
    note_networks,
    note_presence,
    revoke_computer,
)
from presswork.server.networks import add_mark, add_network
from presswork.testing.tenants import World


async def _come(world: World, agent: AgentPrincipal) -> None:
    async with world.database.writing() as session:
        hello = Hello(version="1", computer_name=agent.computer_name, platform="x")
        computer = await note_presence(session, agent, hello, sync_after=60)
        hint = NetworkHint.model_validate({"prefixes": ["192.0.2.0/24"]})
        await note_networks(session, agent, computer, [hint])


async def _hall(world: World) -> UUID:
    async with world.database.writing() as session:
        network = await add_network(session, world.here.administrator, name="Hall")
        await add_mark(session, world.here.administrator, network.id, kind="cidr", value="192.0.2.0/24")
        return network.id


async def _there(world: World, network_id: UUID | None, *also: UUID) -> set[UUID]:
    async with world.database.reading() as session:
        found = await carriers_online(session, world.here.tenant_id, network_id, also)
    assert all(network_id is None or also or network_id in one.networks for one in found)
    return {one.computer.id for one in found}


async def test_those_of_the_network_that_are_there_now(world: World) -> None:
    hall, here = await _hall(world), world.here.agent
    assert await _there(world, hall) == set()
    await _come(world, here)
    assert await _there(world, hall) == {here.computer_id}
    assert await _there(world, None) == set()
    world.clock.advance(seconds=91)
    assert await _there(world, hall) == set()


async def test_others_that_are_asked_for_by_name_too(world: World) -> None:
    here, there = world.here.agent, world.there.agent
    await _come(world, here)
    await _come(world, there)
    assert await _there(world, None, here.computer_id, there.computer_id) == {here.computer_id}


async def test_a_removed_one_is_none(world: World) -> None:
    hall, here = await _hall(world), world.here.agent
    await _come(world, here)
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, here.computer_id)
    assert await _there(world, hall, here.computer_id) == set()
