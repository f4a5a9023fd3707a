"""Candidates and their tickets: for the holder, for its job, for a printer the job may go to, and for nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.core.errors import Forbidden, Gone, NotFound
from presswork.protocols.control.agent import RELAYS, TUNNELS, Hello
from presswork.protocols.control.route import RouteReply, RouteRequest
from presswork.protocols.control.words import NetworkHint
from presswork.protocols.ticket import LIFE, Ticket, TicketKind, open_ticket
from presswork.server import jobs, networks, printers, queues
from presswork.server.computers import AgentPrincipal, note_networks, note_presence, revoke_computer, set_duties
from presswork.server.platform.context import TicketSigner
from presswork.server.printers import Printer
from presswork.server.printers.models import PrinterSighting
from presswork.server.routes import add_name, route_candidates, set_carriers, set_routes
from presswork.testing.tenants import Organisation, World, another_computer

SIGNER = TicketSigner(Ed25519PrivateKey.generate(), "")
DIGEST = "d" * 64
HERE, ELSEWHERE = "192.0.2", "198.51.100"


@dataclass
class Scene:
    """A holder elsewhere, and two computers on the printer's network; all of them online."""

    world: World
    job_id: UUID
    relays: list[AgentPrincipal] = field(default_factory=list)

    @property
    def holder(self) -> AgentPrincipal:
        return self.world.here.agent

    async def tell(self, agent: AgentPrincipal, net: str = HERE, host: int = 7, **hello: Any) -> None:
        said = {
            "version": "1",
            "computer_name": agent.computer_name,
            "platform": "x",
            "relay_port": 21335,
            "capabilities": [RELAYS, TUNNELS],
            **hello,
        }
        hint = NetworkHint.model_validate({"prefixes": [f"{net}.0/24"], "addresses": [f"{net}.{host}"]})
        async with self.world.database.writing() as session:
            computer = await note_presence(session, agent, Hello.model_validate(said), sync_after=60)
            await note_networks(session, agent, computer, [hint])

    async def ask(
        self,
        agent: AgentPrincipal | None = None,
        job_id: UUID | None = None,
        printer_id: UUID | None = None,
        documents: int = 1,
    ) -> RouteReply:
        asked = RouteRequest(
            job_id=job_id or self.job_id,
            printer_id=printer_id or self.world.here.printer_id,
            digest=DIGEST,
            documents=documents,
        )
        async with self.world.database.reading() as session:
            return await route_candidates(session, self.world.vault, SIGNER, agent or self.holder, asked)

    async def tickets(self, kind: str, **asked: Any) -> list[Ticket]:
        reply = await self.ask(**asked)
        found = [one for one in reply.candidates if one.kind == kind]
        tickets = [open_ticket(one.ticket, SIGNER.key.public_key()) for one in found]
        assert [one.peer.computer_id for one in found] == [ticket.receiver_id for ticket in tickets]
        return tickets

    async def change_printer(self, **fields: object) -> None:
        async with self.world.database.writing() as session:
            printer = await session.get_one(Printer, self.world.here.printer_id)
            for name, value in fields.items():
                setattr(printer, name, value)


@pytest.fixture
async def scene(world: World) -> Scene:
    await world.bind(world.here.user)
    made = Scene(world, await world.job(user_id=world.here.user.user_id))
    async with world.database.writing() as session:
        await _place(session, world.here)
        made.relays = [await another_computer(session, world.here, f"desk-{number}") for number in (1, 2)]
    await made.tell(world.here.agent, ELSEWHERE)
    for number, relay in enumerate(made.relays, 8):
        await made.tell(relay, HERE, number)
    return made


async def _place(session: Any, organisation: Organisation) -> None:
    administrator = organisation.administrator
    network = await networks.add_network(session, administrator, name="Hall")
    await networks.add_mark(session, administrator, network.id, kind="cidr", value=f"{HERE}.0/24")
    other = await networks.add_network(session, administrator, name="Away")
    await networks.add_mark(session, administrator, other.id, kind="cidr", value=f"{ELSEWHERE}.0/24")
    await printers.place_printer(session, administrator, organisation.printer_id, network.id)


async def test_computers_on_the_printers_network_get_a_ticket_each(scene: Scene) -> None:
    here = scene.world.here
    tickets = await scene.tickets("relay")
    assert {ticket.receiver_id for ticket in tickets} == {relay.computer_id for relay in scene.relays}
    for ticket in tickets:
        assert (ticket.tenant_id, ticket.sender_id) == (here.tenant_id, here.agent.computer_id)
        assert (ticket.kind, ticket.job_id, ticket.digest) == (TicketKind.RELAY, scene.job_id, DIGEST)
        assert ticket.printer is not None
        assert ticket.printer.printer_id == here.printer_id
        assert ticket.printer.device_uri == "ipps://printer.example.org/ipp/print"
        assert ticket.not_after == scene.world.clock.now() + LIFE
    assert len({ticket.ticket_id for ticket in tickets}) == 2


async def test_they_are_told_with_where_they_listen(scene: Scene) -> None:
    reply = await scene.ask()
    relays = {one.peer.computer_id: one.peer for one in reply.candidates if one.kind == "relay"}
    peer = relays[scene.relays[0].computer_id]
    assert (peer.name, peer.port, [str(one) for one in peer.addresses]) == ("desk-1", 21335, [f"{HERE}.8"])


async def test_through_the_server_goes_only_who_can(scene: Scene) -> None:
    assert {(one.kind, one.through_server) for one in await scene.tickets("cloud")} == {(TicketKind.RELAY, True)}
    assert not any(one.through_server for one in await scene.tickets("relay"))
    await scene.tell(scene.relays[0], capabilities=[RELAYS])
    (only,) = await scene.tickets("cloud")
    assert only.receiver_id == scene.relays[1].computer_id
    await scene.tell(scene.holder, ELSEWHERE, capabilities=[RELAYS])
    assert await scene.tickets("cloud") == []


@pytest.mark.parametrize("why", ["offline", "revoked", "old", "not listening", "elsewhere"])
async def test_who_cannot_carry_it_is_not_named(scene: Scene, why: str) -> None:
    relay = scene.relays[0]
    match why:
        case "offline":
            scene.world.clock.advance(seconds=100)
            await scene.tell(scene.relays[1], HERE, 9)
        case "revoked":
            async with scene.world.database.writing() as session:
                await revoke_computer(session, scene.world.here.administrator, relay.computer_id)
        case "old":
            await scene.tell(relay, capabilities=[])
        case "not listening":
            await scene.tell(relay, relay_port=None)
        case _:
            await scene.tell(relay, ELSEWHERE)
    (only,) = await scene.tickets("relay")
    assert only.receiver_id == scene.relays[1].computer_id


async def test_the_holder_does_not_carry_its_own_job(scene: Scene) -> None:
    await scene.tell(scene.holder, HERE)
    assert scene.holder.computer_id not in {ticket.receiver_id for ticket in await scene.tickets("relay")}


async def test_of_a_printer_whose_network_is_not_known_those_come_that_reached_it(scene: Scene) -> None:
    await scene.change_printer(network_id=None)
    reply = await scene.ask()
    assert reply.candidates == ()
    assert {one.kind: one.reason for one in reply.not_taken}["relay"] == "no-network"
    async with scene.world.database.writing() as session:
        session.add(
            PrinterSighting(
                tenant_id=scene.holder.tenant_id,
                printer_id=scene.world.here.printer_id,
                computer_id=scene.relays[1].computer_id,
                reached=True,
                at=session.now(),
            )
        )
    (only,) = await scene.tickets("relay")
    assert only.receiver_id == scene.relays[1].computer_id


async def test_the_policy_decides_which_kinds_there_are(scene: Scene) -> None:
    async with scene.world.database.writing() as session:
        await set_routes(session, scene.world.here.administrator, ["direct", "cloud"])
    reply = await scene.ask()
    assert {one.kind for one in reply.candidates} == {"cloud"}
    assert {one.kind: one.reason for one in reply.not_taken} == {"relay": "policy", "redirector": "policy"}


async def test_where_carriers_are_chosen_only_those_get_tickets(scene: Scene) -> None:
    administrator, chosen = scene.world.here.administrator, scene.relays[1].computer_id
    async with scene.world.database.writing() as session:
        await set_carriers(session, administrator, chosen=True)
    reply = await scene.ask()
    assert reply.candidates == ()
    assert {one.kind: one.reason for one in reply.not_taken if one.kind != "redirector"} == {
        "relay": "policy",
        "cloud": "policy",
    }
    async with scene.world.database.writing() as session:
        await set_duties(session, administrator, chosen, site_node=False, redirector=False, carrier=True)
    reply = await scene.ask()
    assert {(one.kind, one.peer.computer_id) for one in reply.candidates} == {("relay", chosen), ("cloud", chosen)}


async def test_a_job_is_spoken_of_by_its_holder_only(scene: Scene) -> None:
    for agent in (scene.relays[0], scene.world.there.agent):
        with pytest.raises(NotFound):
            await scene.ask(agent)
    with pytest.raises(NotFound, match="Report it"):
        await scene.ask(job_id=UUID(int=5))


async def test_a_printer_of_another_tenant_is_not_named(scene: Scene) -> None:
    with pytest.raises(NotFound, match="printer"):
        await scene.ask(printer_id=scene.world.there.printer_id)


async def test_computers_of_another_tenant_on_the_same_network_are_not_named(scene: Scene) -> None:
    world = scene.world
    async with world.database.writing() as session:
        await _place(session, world.there)
    await scene.tell(world.there.agent)
    for kind in ("relay", "cloud"):
        receivers = {ticket.receiver_id for ticket in await scene.tickets(kind)}
        assert receivers == {relay.computer_id for relay in scene.relays}


async def test_a_document_that_is_gone_goes_nowhere(scene: Scene) -> None:
    report = scene.world.report(2, job_id=scene.job_id, state="completed", outcome="printed", document_kept=False)
    async with scene.world.database.writing() as session:
        await jobs.apply_reports(session, scene.holder, [report])
    with pytest.raises(Gone):
        await scene.ask()


async def test_a_document_that_is_nobodys_goes_only_where_its_queue_prints(scene: Scene) -> None:
    world = scene.world
    unclaimed = await world.job(account="guest")
    with pytest.raises(Forbidden):
        await scene.ask(job_id=unclaimed)
    async with world.database.writing() as session:
        direct = await queues.add_queue(
            session, world.here.administrator, name="Direct", mode="direct", printer_id=world.here.printer_id
        )
        other = await printers.add_printer(session, world.here.administrator, name="Lab", device_uri="ipp://192.0.2.9")
    printed_there = await world.job(account="guest", queue_id=direct.id)
    assert len(await scene.tickets("relay", job_id=printed_there)) == 2
    with pytest.raises(Forbidden):
        await scene.ask(job_id=printed_there, printer_id=other.id)
    assert await scene.ask(printer_id=other.id), "its owner may have a document printed anywhere"


async def _redirect(scene: Scene, *, queue: str = "Labels") -> AgentPrincipal:
    """The first desk is a redirector with that queue, and the printer is behind the queue Labels of it, too."""
    redirector = scene.relays[0]
    async with scene.world.database.writing() as session:
        administrator = scene.world.here.administrator
        await set_duties(session, administrator, redirector.computer_id, site_node=False, redirector=True)
        await add_name(session, administrator, redirector.computer_id, email="user@here.example", name="ada")
    await scene.tell(redirector, HERE, 8, redirector_port=21336, host_queues=[queue])
    await scene.change_printer(more_ways=(f"redirector://{redirector.computer_id}/Labels",))
    return redirector


async def test_a_queue_of_an_operating_system_gets_the_job_as_the_owner_is_called_there(scene: Scene) -> None:
    redirector = await _redirect(scene)
    reply = await scene.ask()
    (candidate,) = [one for one in reply.candidates if one.kind == "redirector"]
    assert (candidate.peer.computer_id, candidate.peer.port) == (redirector.computer_id, 21336)
    ticket = open_ticket(candidate.ticket, SIGNER.key.public_key())
    assert (ticket.kind, ticket.user) == (TicketKind.REDIRECTOR, "ada")
    assert ticket.printer is not None
    assert ticket.printer.device_uri == f"redirector://{redirector.computer_id}/Labels"
    assert ticket.printer.ways == ()
    for relayed in await scene.tickets("relay"):
        assert relayed.printer is not None
        assert (relayed.printer.device_uri, relayed.printer.ways) == ("ipps://printer.example.org/ipp/print", ())


async def test_an_owner_without_a_name_there_is_told_so(scene: Scene) -> None:
    await _redirect(scene)
    await scene.world.bind(scene.world.here.other, "eve")
    theirs = await scene.world.job(account="eve", user_id=scene.world.here.other.user_id)
    reply = await scene.ask(job_id=theirs)
    (reason,) = [one for one in reply.not_taken if one.kind == "redirector"]
    assert (reason.reason, reason.computer) == ("no-name-there", "desk-1")


async def test_a_queue_that_is_not_there_any_more_is_no_candidate(scene: Scene) -> None:
    await _redirect(scene, queue="Other")
    assert await scene.tickets("redirector") == []


async def test_a_queue_of_another_tenants_computer_is_no_candidate(scene: Scene) -> None:
    there = scene.world.there.agent
    await scene.change_printer(more_ways=(f"redirector://{there.computer_id}/Labels",))
    await scene.tell(there, HERE, 8, redirector_port=21336, host_queues=["Labels"])
    reply = await scene.ask()
    assert there.computer_id not in {one.peer.computer_id for one in reply.candidates}
    assert {one.computer for one in reply.not_taken} <= {""}


async def test_a_printer_that_is_only_behind_a_queue_is_relayed_by_nobody(scene: Scene) -> None:
    redirector = await _redirect(scene)
    await scene.change_printer(device_uri=f"redirector://{redirector.computer_id}/Labels", more_ways=())
    assert {one.kind for one in (await scene.ask()).candidates} == {"redirector"}


async def test_with_what_a_page_counter_is_asked_goes_only_to_those_who_send_by_weak_ways(scene: Scene) -> None:
    for uri, asked in (("ipps://printer.example.org/ipp/print", False), ("socket://192.0.2.9:9100", True)):
        await scene.change_printer(device_uri=uri)
        for ticket in await scene.tickets("relay"):
            assert ticket.printer is not None
            assert (ticket.printer.snmp is not None) is asked


async def test_the_longest_printer_there_is_fits_into_a_ticket(scene: Scene) -> None:
    ways = [f"socket://192.0.2.{number}/" + "a" * 1000 for number in range(8)]
    await scene.change_printer(
        name="\N{GRINNING FACE}" * 255,
        location="\N{GRINNING FACE}" * 255,
        device_uri=ways[0],
        more_ways=tuple(ways[1:]),
    )
    for ticket in await scene.tickets("relay"):
        assert ticket.printer is not None
        assert ticket.printer.ways == tuple(ways[:5])
