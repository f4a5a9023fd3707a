"""Who could take a job to its printer now: the facts of that choice, and a ticket for each who comes into question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from presswork.core.errors import Forbidden, NotFound
from presswork.core.settings import Ports
from presswork.protocols.control.agent import RELAYS, TUNNELS
from presswork.protocols.control.route import RouteCandidate, RouteReply, RouteRequest
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import LIFE, Ticket, TicketKind, sign_ticket
from presswork.server.computers import (
    AgentPrincipal,
    Carrier,
    Computer,
    carriers_online,
    computers_by_id,
    networks_of_computer,
    peer,
)
from presswork.server.jobs import HeldJob, job_of_holder
from presswork.server.platform.context import TicketSigner
from presswork.server.platform.database import Session
from presswork.server.platform.secrets import Vault
from presswork.server.printers import Printer, Sightings, printer_specs, printers_by_id, sightings_of, snmp_spec
from presswork.server.queues import queues_of_jobs
from presswork.server.routes.choose import Facts, FarQueue, Other, Pick, choose
from presswork.server.routes.mapping import mapped_user
from presswork.server.routes.policy import only_chosen_carry, routes_of

_REDIRECTOR = "redirector://"
_WAYS_LENGTH = 6_000
"""Characters of a printer's addresses in a ticket, which has a longest itself: the weakest are left out."""


async def route_candidates(
    session: Session, vault: Vault, signer: TicketSigner, agent: AgentPrincipal, asked: RouteRequest
) -> RouteReply:
    """Who could take this job of the agent's computer to that printer, each with a ticket, and why nobody else.

    ``NotFound`` for a job the computer has not reported or does not hold, and for a printer there is not; ``Gone`` where
    the document is; ``Forbidden`` for a printer the job may not be printed at.
    """
    job = await job_of_holder(session, agent, asked.job_id)
    printer = next(iter(await printers_by_id(session, agent, [asked.printer_id])), None)
    if printer is None:
        raise NotFound("There is no such printer.")
    await _require_allowed(session, agent, job, printer.id)
    holder = (await computers_by_id(session, agent.tenant_id, {agent.computer_id}))[agent.computer_id]
    seen = await sightings_of(session, agent.tenant_id, printer.id)
    carriers = await carriers_online(session, agent.tenant_id, printer.network_id, seen.reached)
    computers = {one.computer.id: one.computer for one in carriers}
    ways = (printer.device_uri, *printer.more_ways)
    redirectors = await _redirectors(session, agent.tenant_id, ways)
    choice = choose(
        Facts(
            job_id=job.job_id,
            holder_id=holder.id,
            policy=await routes_of(session, agent.tenant_id),
            has_address=any(not way.startswith(_REDIRECTOR) for way in ways),
            chosen=await only_chosen_carry(session, agent.tenant_id),
            placed=printer.network_id is not None or bool(seen.reached),
            documents=asked.documents,
            holder_networks=await networks_of_computer(session, agent.tenant_id, holder.id),
            holder_tunnels=TUNNELS in holder.capabilities,
            others=[_other(one, seen) for one in carriers],
            far_queues=[one async for one in _far_queues(session, job, ways, redirectors)],
        )
    )
    spec = await _spec(session, vault, agent.tenant_id, printer)
    receivers = computers | redirectors
    candidates = (
        _candidate(
            session,
            signer,
            pick,
            job=job,
            digest=asked.digest,
            holder=holder,
            receiver=receivers[pick.computer_id],
            spec=spec,
        )
        for pick in choice.picks
    )
    return RouteReply(candidates=tuple(candidates), not_taken=choice.not_taken)


async def _require_allowed(session: Session, agent: AgentPrincipal, job: HeldJob, printer_id: UUID) -> None:
    """Its owner may have a document printed anywhere; one that is nobody's goes where its queue prints."""
    if job.user_id is not None:
        return
    queue = (await queues_of_jobs(session, agent.tenant_id, {job.queue_id})).get(job.queue_id)
    if queue is None or queue.printer_id != printer_id:
        raise Forbidden("This document may not be printed there.")


def _other(carrier: Carrier, seen: Sightings) -> Other:
    computer = carrier.computer
    return Other(
        computer_id=computer.id,
        networks=carrier.networks,
        relays=RELAYS in computer.capabilities,
        reachable=computer.relay_port is not None and bool(computer.addresses),
        tunnels=TUNNELS in computer.capabilities,
        site_node=computer.site_node,
        carrier=computer.carrier,
        in_vain=computer.id in seen.in_vain,
    )


async def _redirectors(session: Session, tenant_id: UUID, ways: Sequence[str]) -> dict[UUID, Computer]:
    named = {target[0] for way in ways if (target := _target(way)) is not None}
    return dict(await computers_by_id(session, tenant_id, named))


async def _far_queues(
    session: Session, job: HeldJob, ways: Sequence[str], redirectors: Mapping[UUID, Computer]
) -> AsyncIterator[FarQueue]:
    for way in ways:
        target = _target(way)
        computer = None if target is None else redirectors.get(target[0])
        if target is None or computer is None:
            continue
        user = None
        if job.user_id is not None:
            user = await mapped_user(session, computer.tenant_id, computer.id, job.user_id)
        yield FarQueue(
            way=way,
            computer_id=computer.id,
            computer=computer.name,
            online=computer.online(session.now()),
            redirects=computer.redirector
            and computer.redirector_port is not None
            and target[1] in computer.host_queues,
            user=user,
        )


def _target(way: str) -> tuple[UUID, str] | None:
    """Computer and queue of a way to a queue of an operating system; None of any other."""
    if not way.startswith(_REDIRECTOR):
        return None
    computer, _, queue = way.removeprefix(_REDIRECTOR).partition("/")
    return UUID(computer), queue


async def _spec(session: Session, vault: Vault, tenant_id: UUID, printer: Printer) -> PrinterSpec:
    snmp = await snmp_spec(session, vault, tenant_id)
    (spec,) = await printer_specs(session, tenant_id, {printer.id}, snmp=snmp)
    return spec


def _by(spec: PrinterSpec, pick: Pick) -> PrinterSpec:
    """The printer with no other addresses than those the receiver is to use."""
    ways = [way for way in spec.ways or (spec.device_uri,) if not way.startswith(_REDIRECTOR)]
    while sum(map(len, ways)) > _WAYS_LENGTH and len(ways) > 1:
        ways.pop()
    if pick.kind == "redirector":
        return spec.model_copy(update={"device_uri": pick.way, "ways": (), "snmp": None})
    return spec.model_copy(update={"device_uri": ways[0], "ways": tuple(ways) if len(ways) > 1 else ()})


def _candidate(
    session: Session,
    signer: TicketSigner,
    pick: Pick,
    *,
    job: HeldJob,
    digest: str,
    holder: Computer,
    receiver: Computer,
    spec: PrinterSpec,
) -> RouteCandidate:
    redirects = pick.kind == "redirector"
    # Nobody connects to the port of a candidate of the kind cloud: there it only completes the word.
    port = (receiver.redirector_port if redirects else receiver.relay_port) or Ports().relay
    ticket = Ticket(
        ticket_id=session.new_id(),
        kind=TicketKind.REDIRECTOR if redirects else TicketKind.RELAY,
        tenant_id=holder.tenant_id,
        job_id=job.job_id,
        sender_id=holder.id,
        receiver_id=receiver.id,
        digest=digest,
        fence=job.fence,
        printer=_by(spec, pick),
        user=pick.user,
        through_server=pick.kind == "cloud",
        not_after=session.now() + LIFE,
    )
    return RouteCandidate(
        kind=pick.kind,
        peer=peer(receiver, port, asking=holder),
        ticket=sign_ticket(ticket, signer.key),
        in_vain=pick.in_vain,
    )
