"""What of a computer's desired state is about routes: whom it believes, where it looks for others, what it does for them."""

from __future__ import annotations

from ipaddress import ip_network

from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.route import Duties, PeerSpec
from presswork.server.computers import Computer, peer, site_nodes_of
from presswork.server.platform.context import TicketSigner
from presswork.server.platform.database import Session
from presswork.server.routes.inward import inward_specs
from presswork.server.routes.policy import routes_of


async def with_routes(
    session: Session, signer: TicketSigner, computer: Computer, desired: DesiredState
) -> DesiredState:
    """``desired``, with what it lacks about routes."""
    return desired.model_copy(
        update={
            "ticket_certificate": signer.certificate,
            "routes": await routes_of(session, computer.tenant_id),
            "approved": tuple(ip_network(subnet) for subnet in computer.approved),
            "site_node": await _site_node(session, computer),
            "duties": await _duties(session, computer),
        }
    )


async def _duties(session: Session, computer: Computer) -> Duties:
    if not computer.redirector:
        return Duties(site_node=computer.site_node)
    return Duties(
        site_node=computer.site_node,
        redirector=True,
        inward=await inward_specs(session, computer.tenant_id, computer.id),
        host_queues=computer.host_queues,
    )


async def _site_node(session: Session, computer: Computer) -> PeerSpec | None:
    nodes = await site_nodes_of(session, computer)
    return next((peer(node, node.relay_port, asking=computer) for node in nodes if node.relay_port), None)
