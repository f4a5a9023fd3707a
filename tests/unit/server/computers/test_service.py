"""Computers as administrators see them."""

from __future__ import annotations

import asyncio

import pytest

from presswork.core.errors import Unsupported
from presswork.protocols.control.agent import Hello
from presswork.server.computers import (
    computers_by_id,
    get_computer,
    list_computers,
    note_presence,
    revoke_computer,
)
from presswork.testing.tenants import World

HELLO = Hello(version="0.2.0", computer_name="here-pc", platform="Debian 13", capabilities=frozenset({"x"}))


async def _note(world: World, hello: Hello = HELLO, sync_after: int = 60) -> str:
    async with world.database.writing() as session:
        return (await note_presence(session, world.here.agent, hello, sync_after=sync_after)).desired_revision


async def _online(world: World) -> bool:
    async with world.database.reading() as session:
        computer = await get_computer(session, world.here.administrator, world.here.agent.computer_id)
    return computer.online(world.clock.now())


async def test_presence_expires_by_itself(world: World) -> None:
    assert not await _online(world)
    await _note(world)
    assert await _online(world)
    world.clock.advance(seconds=89)
    assert await _online(world)
    world.clock.advance(seconds=1)
    assert not await _online(world)


async def test_the_computer_says_what_it_is(world: World) -> None:
    await _note(world)
    async with world.database.reading() as session:
        computer = await get_computer(session, world.here.administrator, world.here.agent.computer_id)
    assert (computer.version, computer.platform, computer.capabilities) == ("0.2.0", "Debian 13", ("x",))
    assert computer.last_seen_at == world.clock.now()


async def test_another_name_is_another_desired_state(world: World) -> None:
    before = await _note(world)
    assert await _note(world) == before
    assert await _note(world, HELLO.model_copy(update={"computer_name": "renamed"})) != before


async def test_another_protocol_is_refused(world: World) -> None:
    with pytest.raises(Unsupported):
        await _note(world, HELLO.model_copy(update={"protocol": 2}))


async def test_a_removed_computer_is_gone_from_the_list_and_its_line_is_told(world: World) -> None:
    here = world.here
    await _note(world)
    with world.events.waiter(here.tenant_id, here.agent.computer_id) as waiter:
        async with world.database.writing() as session:
            await revoke_computer(session, here.administrator, here.agent.computer_id)
            await revoke_computer(session, here.administrator, here.agent.computer_id)
        async with asyncio.timeout(1):
            await waiter.wait()
        assert waiter.over
    assert not await _online(world)
    async with world.database.reading() as session:
        assert await list_computers(session, here.administrator) == []


async def test_pages_follow_each_other(world: World) -> None:
    async with world.database.reading() as session:
        (only,) = await list_computers(session, world.here.administrator)
        assert await list_computers(session, world.here.administrator, before=only.id) == []


async def test_other_domains_ask_by_id(world: World) -> None:
    here, there = world.here.agent, world.there.agent
    async with world.database.reading() as session:
        found = await computers_by_id(session, here.tenant_id, {here.computer_id, there.computer_id})
        assert await computers_by_id(session, here.tenant_id, ()) == {}
    assert {key: computer.name for key, computer in found.items()} == {here.computer_id: "here-pc"}
