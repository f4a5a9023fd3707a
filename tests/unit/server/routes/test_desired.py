"""What of the desired state is about routes."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from presswork.protocols.control.agent import DesiredState, Hello
from presswork.protocols.control.route import NO_DUTIES, Duties
from presswork.protocols.control.words import NetworkHint
from presswork.server import queues
from presswork.server.computers import AgentPrincipal, Computer, note_networks, note_presence, set_duties
from presswork.server.networks import add_mark, add_network
from presswork.server.platform.context import TicketSigner
from presswork.server.routes import set_routes, with_routes
from presswork.testing.tenants import World, another_computer

SIGNER = TicketSigner(Ed25519PrivateKey.generate(), "the certificate")
HINT = NetworkHint.model_validate({"prefixes": ["192.0.2.0/24", "10.0.0.0/8"], "addresses": ["192.0.2.7"]})


async def _sync(world: World, agent: AgentPrincipal) -> DesiredState:
    hello = Hello(version="1", computer_name=agent.computer_name, platform="x", relay_port=21335)
    async with world.database.writing() as session:
        computer = await note_presence(session, agent, hello, sync_after=60)
        await note_networks(session, agent, computer, [HINT])
    async with world.database.writing() as session:
        computer = (await session.scalars(select(Computer).where(Computer.id == agent.computer_id))).one()
        desired = await queues.desired_state(session, agent, computer, world.vault, held="")
        assert desired is not None
        return await with_routes(session, SIGNER, computer, desired)


async def test_a_computer_hears_whom_it_believes_and_where_it_looks(world: World) -> None:
    async with world.database.writing() as session:
        network = await add_network(session, world.here.administrator, name="Berlin")
        await add_mark(session, world.here.administrator, network.id, kind="cidr", value="192.0.2.0/24")
        await set_routes(session, world.here.administrator, ["relay", "direct"])
    desired = await _sync(world, world.here.agent)
    assert desired.ticket_certificate == "the certificate"
    assert desired.routes == ("relay", "direct")
    assert [str(subnet) for subnet in desired.approved] == ["192.0.2.0/24"]
    assert (desired.site_node, desired.duties) == (None, NO_DUTIES)
    assert DesiredState.model_validate_json(desired.model_dump_json()) == desired


async def test_the_site_node_knows_its_duty_and_the_others_know_the_site_node(world: World) -> None:
    async with world.database.writing() as session:
        network = await add_network(session, world.here.administrator, name="Berlin")
        await add_mark(session, world.here.administrator, network.id, kind="cidr", value="192.0.2.0/24")
        node = await another_computer(session, world.here, "node")
        await set_duties(session, world.here.administrator, node.computer_id, site_node=True, redirector=False)
    of_node = await _sync(world, node)
    assert (of_node.site_node, of_node.duties) == (None, Duties(site_node=True))
    found = (await _sync(world, world.here.agent)).site_node
    assert found is not None
    assert (found.computer_id, found.name, found.port) == (node.computer_id, "node", 21335)
    assert [str(address) for address in found.addresses] == ["192.0.2.7"]
