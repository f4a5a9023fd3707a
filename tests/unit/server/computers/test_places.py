"""Where computers are, and what is still to be filed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from presswork.core.errors import Conflict, NotFound
from presswork.protocols.control.agent import Hello
from presswork.protocols.control.words import NetworkHint
from presswork.server.computers import (
    AgentPrincipal,
    Computer,
    UnknownNetwork,
    computers_on_network,
    count_computers,
    file_network,
    networks_of_computer,
    networks_of_person,
    note_networks,
    note_presence,
    revoke_computer,
    unknown_networks,
)
from presswork.server.networks import add_mark, add_network
from presswork.testing.tenants import World

MAC, OTHER_MAC = "00:00:5e:00:53:01", "00:00:5e:00:53:02"
LAN: dict[str, Any] = {
    "gateway": "192.0.2.1",
    "gateway_mac": MAC,
    "prefixes": ["192.0.2.0/24"],
    "dns_suffixes": ["berlin.example.org"],
}
WIFI: dict[str, Any] = {"gateway": "198.51.100.1", "gateway_mac": OTHER_MAC, "prefixes": ["198.51.100.0/24"]}


async def _tell(world: World, *hints: dict[str, Any], agent: AgentPrincipal | None = None) -> str:
    """What the agent says of its place; the computer's revision after it."""
    agent = agent or world.here.agent
    async with world.database.writing() as session:
        hello = Hello(version="1", computer_name=agent.computer_name, platform="x")
        computer = await note_presence(session, agent, hello, sync_after=30)
        await note_networks(session, agent, computer, [NetworkHint.model_validate(hint) for hint in hints])
        return computer.desired_revision


async def _of(world: World) -> frozenset[UUID]:
    async with world.database.reading() as session:
        return await networks_of_computer(session, world.here.tenant_id, world.here.agent.computer_id)


async def _unknown(world: World) -> list[UnknownNetwork]:
    async with world.database.reading() as session:
        return list(await unknown_networks(session, world.here.administrator))


async def _network(world: World, name: str, kind: str, value: str) -> UUID:
    async with world.database.writing() as session:
        network = await add_network(session, world.here.administrator, name=name)
        await add_mark(session, world.here.administrator, network.id, kind=kind, value=value)
    return network.id


async def _computer(world: World, name: str) -> AgentPrincipal:
    async with world.database.writing() as session:
        row = Computer(
            tenant_id=world.here.tenant_id,
            id=session.new_id(),
            name=name,
            platform="",
            version="",
            capabilities=(),
            desired_revision="1",
            created_at=session.now(),
            certificate_expires_at=session.now() + timedelta(days=30),
        )
        session.add(row)
    return AgentPrincipal(world.here.tenant_id, row.id, name, "1")


async def test_a_computer_may_be_on_several_networks_and_moves(world: World) -> None:
    lan = await _network(world, "LAN", "gateway", f"192.0.2.1 {MAC}")
    wifi = await _network(world, "Wi-Fi", "cidr", "198.51.100.0/24")
    revisions = [await _tell(world, LAN, WIFI)]
    assert await _of(world) == {lan, wifi}
    revisions.append(await _tell(world, LAN))
    assert await _of(world) == {lan}
    revisions.append(await _tell(world))
    assert await _of(world) == frozenset()
    assert len(set(revisions)) == 3


async def test_an_agent_that_cannot_say_changes_nothing(world: World) -> None:
    lan = await _network(world, "LAN", "cidr", "192.0.2.0/24")
    await _tell(world, LAN)
    async with world.database.writing() as session:
        hello = Hello(version="1", computer_name="here-pc", platform="x")
        computer = await note_presence(session, world.here.agent, hello, sync_after=30)
        await note_networks(session, world.here.agent, computer, None)
    assert await _of(world) == {lan}


async def test_the_same_again_costs_one_question(world: World) -> None:
    await _tell(world, LAN)
    said: list[str] = []
    listen = lambda c, cursor, statement, *rest: said.append(statement)  # noqa: E731
    async with world.database.writing() as session:
        hello = Hello(version="1", computer_name="here-pc", platform="x")
        computer = await note_presence(session, world.here.agent, hello, sync_after=30)
        event.listen(world.database.engine.sync_engine, "before_cursor_execute", listen)
        try:
            await note_networks(session, world.here.agent, computer, [NetworkHint.model_validate(LAN)])
        finally:
            event.remove(world.database.engine.sync_engine, "before_cursor_execute", listen)
    assert len(said) == 1


async def test_what_no_network_is_known_by_waits_to_be_filed(world: World) -> None:
    await _tell(world, LAN, WIFI)
    await _tell(world, LAN, agent=await _computer(world, "another"))
    lan, wifi = await _unknown(world)
    assert (lan.value, lan.computers, lan.prefixes) == (f"192.0.2.1 {MAC}", 2, ("192.0.2.0/24",))
    assert (lan.example, lan.dns_suffixes) == ("another", ("berlin.example.org",))
    assert (wifi.value, wifi.computers) == (f"198.51.100.1 {OTHER_MAC}", 1)


async def test_a_router_that_speaks_both_families_is_one_place(world: World) -> None:
    second = {"gateway": "fe80::1", "gateway_mac": MAC, "prefixes": ["2001:db8::/64"]}
    await _tell(world, LAN, second)
    assert [one.value for one in await _unknown(world)] == [f"192.0.2.1 {MAC}"]
    await _network(world, "LAN", "cidr", "2001:db8::/48")
    await _tell(world, LAN, second)
    assert await _unknown(world) == []


async def test_a_gateway_nobody_spoke_to_is_a_place_only_where_there_is_no_other(world: World) -> None:
    silent = {"gateway": "fe80::1", "prefixes": ["2001:db8::/64"]}
    await _tell(world, silent)
    assert [one.value for one in await _unknown(world)] == ["2001:db8::/64"]
    await _tell(world, LAN, silent)
    assert [one.value for one in await _unknown(world)] == [f"192.0.2.1 {MAC}"]


async def test_a_computer_that_was_removed_does_not_count(world: World) -> None:
    other = await _computer(world, "another")
    await _tell(world, LAN, agent=other)
    await _tell(world, LAN)
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, other.computer_id)
    assert [one.computers for one in await _unknown(world)] == [1]
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, world.here.agent.computer_id)
    assert await _unknown(world) == []


async def test_filing_is_one_step_and_the_computer_is_there_at_the_next_sync(world: World) -> None:
    await _tell(world, LAN, WIFI)
    async with world.database.writing() as session:
        network = await file_network(
            session, world.here.administrator, kind="gateway", value=f"192.0.2.1 {MAC}", name="Berlin"
        )
    assert [one.value for one in await _unknown(world)] == [f"198.51.100.1 {OTHER_MAC}"]
    await _tell(world, LAN, WIFI)
    assert await _of(world) == {network.id}
    async with world.database.writing() as session:
        await file_network(
            session,
            world.here.administrator,
            kind="gateway",
            value=f"198.51.100.1 {OTHER_MAC}",
            network_id=network.id,
        )
    assert await _unknown(world) == []
    await _tell(world, WIFI)
    assert await _of(world) == {network.id}
    async with world.database.reading() as session:
        assert await count_computers(session, world.here.administrator, {network.id}) == {network.id: 1}
        (computer,) = await computers_on_network(session, world.here.administrator, network.id)
        assert computer.id == world.here.agent.computer_id


async def test_only_what_was_told_is_filed_and_once(world: World) -> None:
    await _tell(world, LAN)
    value = f"192.0.2.1 {MAC}"
    async with world.database.writing() as session:
        for kind, wrong in (("cidr", value), ("gateway", "192.0.2.9 " + MAC)):
            with pytest.raises(NotFound):
                await file_network(session, world.here.administrator, kind=kind, value=wrong, name="X")
        with pytest.raises(NotFound):
            await file_network(session, world.there.administrator, kind="gateway", value=value, name="X")
        await file_network(session, world.here.administrator, kind="gateway", value=value, name="Berlin")
        with pytest.raises(NotFound):
            await file_network(session, world.here.administrator, kind="gateway", value=value, name="Again")
    await _tell(world, WIFI)
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await file_network(
                session, world.here.administrator, kind="gateway", value=f"198.51.100.1 {OTHER_MAC}", name="Berlin"
            )


async def test_a_person_is_where_the_own_computers_are(world: World) -> None:
    lan = await _network(world, "LAN", "cidr", "192.0.2.0/24")
    await _tell(world, LAN)
    async with world.database.reading() as session:
        assert await networks_of_person(session, world.here.user) == frozenset()
    await world.bind(world.here.user)
    async with world.database.reading() as session:
        assert await networks_of_person(session, world.here.user) == {lan}
        assert await networks_of_person(session, world.here.other) == frozenset()
