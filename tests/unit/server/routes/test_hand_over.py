"""To whom a held job may go: only its holder hears it, and only what an administrator set up."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from presswork.protocols.control.agent import Hello
from presswork.protocols.control.route import HandOverReply, HandOverRequest
from presswork.protocols.control.words import NetworkHint
from presswork.protocols.ticket import LIFE, TicketKind, open_ticket
from presswork.server.computers import (
    AgentPrincipal,
    Computer,
    note_networks,
    note_presence,
    revoke_computer,
    set_duties,
)
from presswork.server.jobs import apply_reports
from presswork.server.networks import add_mark, add_network
from presswork.server.platform.context import TicketSigner
from presswork.server.queues import add_queue
from presswork.server.routes import hand_over
from presswork.testing.tenants import COMMITMENT, SECRET, World, another_computer

SIGNER = TicketSigner(Ed25519PrivateKey.generate(), "the certificate")
HINT = NetworkHint.model_validate({"prefixes": ["192.0.2.0/24"], "addresses": ["192.0.2.7"]})
DIGEST = "ab" * 32
WAITS = ("job-held-for-release",)


async def present(world: World, agent: AgentPrincipal, *, there: bool = True) -> None:
    hello = Hello(version="1", computer_name=agent.computer_name, platform="x", relay_port=21335)
    async with world.database.writing() as session:
        computer = await note_presence(session, agent, hello, sync_after=60)
        await note_networks(session, agent, computer, [HINT] if there else [])


@pytest.fixture
async def box(world: World) -> AgentPrincipal:
    """A site node in the network of the computer here, whose account ``ada`` is the user."""
    await world.bind(world.here.user)
    async with world.database.writing() as session:
        network = await add_network(session, world.here.administrator, name="Berlin")
        await add_mark(session, world.here.administrator, network.id, kind="cidr", value="192.0.2.0/24")
        node = await another_computer(session, world.here, "Box-1")
        await set_duties(session, world.here.administrator, node.computer_id, site_node=True, redirector=False)
    await present(world, node)
    await present(world, world.here.agent)
    return node


async def waiting(world: World, **fields: object) -> UUID:
    fields = {"user_id": world.here.user.user_id, "state_reasons": WAITS} | fields
    return await world.job(**fields)  # type: ignore[arg-type]


async def ask(
    world: World,
    job_id: UUID,
    agent: AgentPrincipal | None = None,
    begun: UUID | None = None,
    *,
    back: int | None = None,
    commitment: str = COMMITMENT,
) -> HandOverReply:
    async with world.database.writing() as session:
        asked = HandOverRequest(job_id=job_id, digest=DIGEST, begun=begun, back=back, commitment=commitment)
        return await hand_over(session, SIGNER, agent or world.here.agent, asked)


async def test_the_holder_gets_a_ticket_for_the_site_node(world: World, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    reply = await ask(world, job_id)
    assert reply.peer is not None
    assert (reply.peer.computer_id, reply.peer.name, reply.peer.port) == (box.computer_id, "Box-1", 21335)
    ticket = open_ticket(reply.ticket, SIGNER.key.public_key())
    assert (ticket.kind, ticket.job_id, ticket.digest, ticket.fence) == (TicketKind.HOLD, job_id, DIGEST, 2)
    assert (ticket.sender_id, ticket.receiver_id) == (world.here.agent.computer_id, box.computer_id)
    assert (ticket.tenant_id, ticket.printer) == (world.here.tenant_id, None)
    assert ticket.not_after == world.clock.now() + LIFE


async def test_what_was_begun_goes_on_to_the_same_one(world: World, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    first = open_ticket((await ask(world, job_id)).ticket, SIGNER.key.public_key())
    async with world.database.writing() as session:
        await set_duties(session, world.here.administrator, box.computer_id, site_node=False, redirector=False)
    world.clock.advance(seconds=3 * 24 * 3600)
    reply = await ask(world, job_id, begun=first.ticket_id)
    again = open_ticket(reply.ticket, SIGNER.key.public_key())
    assert (again.ticket_id, again.fence, again.receiver_id) == (first.ticket_id, first.fence, box.computer_id)
    assert again.not_after - first.not_after == timedelta(days=3)
    assert await ask(world, job_id, begun=uuid4()) == HandOverReply()
    assert await ask(world, job_id) == HandOverReply()


async def test_nobody_else_hears_of_a_job(world: World, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    begun = open_ticket((await ask(world, job_id)).ticket, SIGNER.key.public_key()).ticket_id
    for agent in (box, world.there.agent):
        assert await ask(world, job_id, agent) == HandOverReply()
        assert await ask(world, job_id, agent, begun) == HandOverReply()
    assert await ask(world, uuid4()) == HandOverReply()


async def test_only_what_waits_for_its_release_goes(world: World, box: AgentPrincipal) -> None:
    async with world.database.writing() as session:
        direct = await add_queue(
            session, world.here.administrator, name="Direct", mode="direct", printer_id=world.here.printer_id
        )
        asks = await add_queue(
            session, world.here.administrator, name="Asks", mode="ask", printer_id=world.here.printer_id
        )
    assert (await ask(world, await waiting(world, queue_id=asks.id))).peer is not None
    for fields in (
        {"queue_id": direct.id},
        {"queue_id": uuid4()},
        {"user_id": None},
        {"state": "processing"},
        {"state_reasons": ("job-hold-until-specified",)},
    ):
        assert await ask(world, await waiting(world, **fields)) == HandOverReply(), fields


@pytest.mark.parametrize("why", ["no duty", "offline", "removed", "elsewhere", "holder elsewhere"])
async def test_there_is_no_site_node(world: World, box: AgentPrincipal, why: str) -> None:
    administrator = world.here.administrator
    match why:
        case "no duty":
            async with world.database.writing() as session:
                await set_duties(session, administrator, box.computer_id, site_node=False, redirector=False)
        case "offline":
            world.clock.advance(seconds=3600)
            await present(world, world.here.agent)
        case "removed":
            async with world.database.writing() as session:
                await revoke_computer(session, administrator, box.computer_id)
        case "elsewhere":
            await present(world, box, there=False)
        case _:
            await present(world, world.here.agent, there=False)
    assert await ask(world, await waiting(world)) == HandOverReply()


async def test_a_site_node_keeps_its_own(world: World, box: AgentPrincipal) -> None:
    async with world.database.writing() as session:
        await set_duties(
            session, world.here.administrator, world.here.agent.computer_id, site_node=True, redirector=False
        )
    assert await ask(world, await waiting(world)) == HandOverReply()


async def test_what_was_begun_with_one_that_was_removed_ends(world: World, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    begun = open_ticket((await ask(world, job_id)).ticket, SIGNER.key.public_key()).ticket_id
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, box.computer_id)
        assert await session.scalar(select(Computer.revoked_at).where(Computer.id == box.computer_id))
    assert await ask(world, job_id, begun=begun) == HandOverReply()


async def test_who_cannot_prove_a_commit_later_hands_nothing_over(world: World, box: AgentPrincipal) -> None:
    assert await ask(world, await waiting(world), commitment="") == HandOverReply()


@pytest.mark.parametrize("why", ["there", "removed"])
async def test_its_holder_has_a_hand_over_undone(world: World, box: AgentPrincipal, why: str) -> None:
    job_id = await waiting(world)
    begun = open_ticket((await ask(world, job_id)).ticket, SIGNER.key.public_key()).ticket_id
    if why == "removed":
        async with world.database.writing() as session:
            await revoke_computer(session, world.here.administrator, box.computer_id)
    for agent in (box, world.there.agent):
        assert await ask(world, job_id, agent, begun, back=2) == HandOverReply()
    assert await ask(world, job_id, begun=uuid4(), back=2) == HandOverReply()
    assert await ask(world, job_id, begun=begun, back=2) == HandOverReply(fence=3)
    assert await ask(world, job_id, begun=begun, back=2) == HandOverReply(fence=3)
    assert await ask(world, job_id, begun=begun) == HandOverReply()


async def test_what_the_site_node_has_reported_stays_there(world: World, box: AgentPrincipal) -> None:
    job_id = await waiting(world)
    begun = open_ticket((await ask(world, job_id)).ticket, SIGNER.key.public_key()).ticket_id
    taken = world.report(9, job_id=job_id, fence=2, secret=SECRET, state_reasons=WAITS)
    async with world.database.writing() as session:
        await apply_reports(session, box, [taken])
    assert await ask(world, job_id, begun=begun, back=2) == HandOverReply(moved=True)
    assert await ask(world, job_id, world.there.agent, begun, back=2) == HandOverReply()
