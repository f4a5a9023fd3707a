"""Where nobody could carry a job."""

from __future__ import annotations

from typing import Any

from presswork.protocols.control.agent import Hello
from presswork.protocols.control.words import NetworkHint
from presswork.server.computers import AgentPrincipal, note_networks, note_presence, set_duties
from presswork.server.networks import add_mark, add_network
from presswork.server.printers import add_printer, place_printer
from presswork.server.routes import out_of_reach, set_carriers
from presswork.testing.tenants import Organisation, World


async def _hall(world: World, organisation: Organisation, block: str = "192.0.2.0/24") -> None:
    async with world.database.writing() as session:
        network = await add_network(session, organisation.administrator, name="Hall")
        await add_mark(session, organisation.administrator, network.id, kind="cidr", value=block)
        await place_printer(session, organisation.administrator, organisation.printer_id, network.id)


async def _tell(world: World, agent: AgentPrincipal, **hello: Any) -> None:
    said = Hello.model_validate({"version": "1", "computer_name": agent.computer_name, "platform": "x", **hello})
    async with world.database.writing() as session:
        computer = await note_presence(session, agent, said, sync_after=60)
        await note_networks(session, agent, computer, [NetworkHint.model_validate({"prefixes": ["192.0.2.0/24"]})])


async def _found(world: World) -> list[tuple[str, int]]:
    async with world.database.reading() as session:
        return [(one.network, one.printers) for one in await out_of_reach(session, world.here.administrator)]


async def test_a_network_is_served_by_who_is_there_and_listens(world: World) -> None:
    assert await _found(world) == [("", 1)], "of a printer on no known network nobody can say it"
    await _hall(world, world.here)
    assert await _found(world) == [("Hall", 1)]
    await _tell(world, world.here.agent)
    assert await _found(world) == [("Hall", 1)], "it does not listen"
    await _tell(world, world.here.agent, relay_port=21335)
    assert await _found(world) == []
    world.clock.advance(seconds=91)
    assert await _found(world) == [("Hall", 1)]


async def test_where_carriers_are_chosen_others_do_not_count(world: World) -> None:
    administrator, agent = world.here.administrator, world.here.agent
    await _hall(world, world.here)
    await _tell(world, agent, relay_port=21335)
    async with world.database.writing() as session:
        await set_carriers(session, administrator, chosen=True)
    assert await _found(world) == [("Hall", 1)]
    for duties in ({"site_node": True}, {"carrier": True}):
        async with world.database.writing() as session:
            await set_duties(
                session, administrator, agent.computer_id, **{"site_node": False, "redirector": False} | duties
            )
        assert await _found(world) == []


async def test_those_of_another_tenant_neither_help_nor_count(world: World) -> None:
    await _hall(world, world.here)
    await _hall(world, world.there)
    await _tell(world, world.there.agent, relay_port=21335)
    assert await _found(world) == [("Hall", 1)]


async def test_a_printer_behind_a_queue_of_a_computer_does_not_count(world: World) -> None:
    await _hall(world, world.here)
    async with world.database.writing() as session:
        printer = await add_printer(session, world.here.administrator, name="Lab", device_uri="ipp://192.0.2.9")
        printer.device_uri = f"redirector://{world.here.agent.computer_id}/Labels"
    assert await _found(world) == [("Hall", 1)]
