"""Where agents are reached, and who takes over the held jobs of whom."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from presswork.protocols.control.agent import Hello
from presswork.protocols.control.words import NetworkHint
from presswork.server.computers import (
    AgentPrincipal,
    Computer,
    get_computer,
    note_networks,
    note_presence,
    peer,
    revoke_computer,
    set_duties,
    site_nodes_of,
    weight,
)
from presswork.server.networks import add_mark, add_network
from presswork.testing.tenants import Organisation, World, another_computer

LAN = {"gateway": "192.0.2.1", "gateway_mac": "00:00:5e:00:53:01", "prefixes": ["192.0.2.0/24"]}


@dataclass
class Site:
    """A network ``192.0.2.0/24`` that is known, with the computer here and another one on it."""

    world: World
    node: AgentPrincipal

    async def tell(self, agent: AgentPrincipal, hint: dict[str, Any] | None = None, **hello: Any) -> str:
        """What an agent says; the revision of its computer."""
        async with self.world.database.writing() as session:
            said = Hello.model_validate(
                {"version": "1", "computer_name": agent.computer_name, "platform": "x", "relay_port": 21335, **hello}
            )
            computer = await note_presence(session, agent, said, sync_after=60)
            await note_networks(session, agent, computer, [NetworkHint.model_validate(hint or LAN)])
            return computer.desired_revision

    async def make_node(self, agent: AgentPrincipal, *, site_node: bool = True) -> None:
        async with self.world.database.writing() as session:
            administrator = self.world.here.administrator
            await set_duties(session, administrator, agent.computer_id, site_node=site_node, redirector=False)

    async def computer(self, agent: AgentPrincipal) -> Computer:
        async with self.world.database.reading() as session:
            return (await session.scalars(select(Computer).where(Computer.id == agent.computer_id))).one()

    async def nodes(self, agent: AgentPrincipal) -> list[str]:
        async with self.world.database.reading() as session:
            computer = (await session.scalars(select(Computer).where(Computer.id == agent.computer_id))).one()
            return [node.name for node in await site_nodes_of(session, computer)]

    async def revision(self, agent: AgentPrincipal) -> str:
        return (await self.computer(agent)).desired_revision


@pytest.fixture
async def site(world: World) -> Site:
    async with world.database.writing() as session:
        network = await add_network(session, world.here.administrator, name="Berlin")
        await add_mark(session, world.here.administrator, network.id, kind="cidr", value="192.0.2.0/24")
        node = await another_computer(session, world.here, "node")
    made = Site(world, node)
    await made.tell(world.here.agent, LAN | {"addresses": ["192.0.2.10"]})
    await made.tell(node, LAN | {"addresses": ["198.51.100.9", "192.0.2.11"]})
    return made


async def test_where_it_listens_is_as_it_told_last(site: Site) -> None:
    key = base64.b64encode(b"k" * 32).decode()
    ports: dict[str, Any] = {"relay_port": 1, "redirector_port": 2, "discovery_port": 3}
    await site.tell(site.node, **ports, discovery_key=key, host_queues=["Labels"])
    told = await site.computer(site.node)
    assert (told.relay_port, told.redirector_port, told.discovery_port) == (1, 2, 3)
    assert (told.discovery_key, told.host_queues) == (key, ("Labels",))
    await site.tell(site.node, relay_port=None)
    told = await site.computer(site.node)
    assert (told.relay_port, told.redirector_port, told.discovery_port) == (None, None, None)
    assert (told.discovery_key, told.host_queues) == ("", ())


@pytest.mark.parametrize("key", ["QUJD", "A", base64.b64encode(b"k" * 33).decode()])
async def test_what_is_no_key_counts_as_none(site: Site, key: str) -> None:
    await site.tell(site.node, discovery_key=key)
    assert (await site.computer(site.node)).discovery_key == ""


async def test_addresses_are_those_that_mean_a_host(site: Site) -> None:
    claimed = ["127.0.0.1", "::1", "0.0.0.0", "224.0.0.1", "fe80::1", "192.0.2.11", "2001:db8::b"]
    await site.tell(site.node, LAN | {"addresses": claimed})
    assert (await site.computer(site.node)).addresses == ("192.0.2.11", "2001:db8::b")


async def test_a_peer_is_told_with_the_near_addresses_first(site: Site) -> None:
    node, here = await site.computer(site.node), await site.computer(site.world.here.agent)
    assert [str(one) for one in peer(node, 21335, asking=here).addresses] == ["192.0.2.11", "198.51.100.9"]
    here.prefixes = ("198.51.100.0/24",)
    assert [str(one) for one in peer(node, 21335, asking=here).addresses] == ["198.51.100.9", "192.0.2.11"]


async def test_only_subnets_of_known_networks_are_approved(site: Site) -> None:
    assert (await site.computer(site.node)).approved == ("192.0.2.0/24",)
    await site.tell(site.node, LAN | {"prefixes": ["192.0.2.0/25", "10.0.0.0/8"]})
    assert (await site.computer(site.node)).approved == ("192.0.2.0/25",)
    await site.tell(site.node, LAN | {"prefixes": ["10.0.0.0/8"]})
    assert (await site.computer(site.node)).approved == ()


async def test_another_approved_subnet_is_another_desired_state(site: Site) -> None:
    before = await site.revision(site.node)
    assert await site.tell(site.node, LAN | {"addresses": ["198.51.100.9", "192.0.2.11"]}) == before
    assert await site.tell(site.node, LAN | {"prefixes": ["192.0.2.0/25"]}) != before


async def test_who_takes_over_is_a_site_node_of_the_same_network(site: Site) -> None:
    here = site.world.here.agent
    assert await site.nodes(here) == []
    await site.make_node(site.node)
    assert await site.nodes(here) == ["node"]
    assert await site.nodes(site.node) == []
    await site.tell(site.node, relay_port=None)
    assert await site.nodes(here) == [], "it can be reached by nobody"
    await site.tell(site.node, LAN | {"prefixes": ["198.51.100.0/24"]})
    assert await site.nodes(here) == [], "it is elsewhere"


async def test_of_two_site_nodes_the_one_that_is_there_is_the_likeliest(site: Site) -> None:
    world = site.world
    async with world.database.writing() as session:
        others = [await another_computer(session, world.here, f"node-{number}") for number in range(4)]
    for other in others:
        await site.tell(other)
        await site.make_node(other)
    await site.make_node(site.node)
    world.clock.advance(seconds=3600)
    await site.tell(site.node)
    first, *rest = await site.nodes(world.here.agent)
    assert first == "node"
    ordered = sorted(others, key=lambda one: weight(world.here.agent.computer_id, one.computer_id))
    assert rest == [one.computer_name for one in ordered]


async def test_the_neighbours_hear_of_a_site_node_and_nobody_else_does(site: Site) -> None:
    world, here = site.world, site.world.here.agent
    async with world.database.writing() as session:
        far = await another_computer(session, world.here, "far")
        network = await add_network(session, world.here.administrator, name="Potsdam")
        await add_mark(session, world.here.administrator, network.id, kind="cidr", value="198.51.100.0/24")
    await site.tell(here)
    await site.tell(site.node)
    await site.tell(far, LAN | {"prefixes": ["198.51.100.0/24"]})
    seen = [await site.revision(here)]
    untouched = await site.revision(far)
    await site.make_node(site.node)
    seen.append(await site.revision(here))
    await site.tell(site.node, LAN | {"addresses": ["192.0.2.12"]})
    seen.append(await site.revision(here))
    await site.tell(site.node, LAN | {"addresses": ["192.0.2.12"]}, relay_port=9)
    seen.append(await site.revision(here))
    await site.tell(site.node, LAN | {"prefixes": ["198.51.100.0/24"]}, relay_port=9)
    seen.append(await site.revision(here))
    assert await site.revision(far) != untouched, "now it is a neighbour"
    await site.tell(site.node, relay_port=9)
    seen.append(await site.revision(here))
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, site.node.computer_id)
    seen.append(await site.revision(here))
    assert len(set(seen)) == len(seen)
    assert await site.nodes(here) == []


async def test_what_another_computer_tells_is_no_news(site: Site) -> None:
    before = await site.revision(site.world.here.agent)
    await site.tell(site.node, LAN | {"addresses": ["192.0.2.99"]}, relay_port=9)
    assert await site.revision(site.world.here.agent) == before


async def test_a_site_node_of_another_tenant_takes_over_nothing(site: Site) -> None:
    there: Organisation = site.world.there
    async with site.world.database.writing() as session:
        network = await add_network(session, there.administrator, name="Berlin")
        await add_mark(session, there.administrator, network.id, kind="cidr", value="192.0.2.0/24")
        await set_duties(session, there.administrator, there.agent.computer_id, site_node=True, redirector=False)
    await site.tell(there.agent)
    assert await site.nodes(site.world.here.agent) == []
    async with site.world.database.reading() as session:
        found = await get_computer(session, there.administrator, there.agent.computer_id)
        assert found.online_until == site.world.clock.now() + timedelta(seconds=90)
