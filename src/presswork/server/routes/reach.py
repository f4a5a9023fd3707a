"""Where nobody could carry a job for others: what an administrator should know before somebody stands at a printer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from presswork.server.computers import networks_with_relay
from presswork.server.networks import network_names
from presswork.server.platform.database import Session
from presswork.server.printers import count_by_network
from presswork.server.routes.policy import only_chosen_carry
from presswork.server.tenants import Principal, Role


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Printers that only computers beside them reach: nobody carries jobs of others there now."""

    network_id: UUID | None
    """None: printers of which no network is known."""
    network: str
    printers: int


async def out_of_reach(session: Session, principal: Principal) -> Sequence[OutOfReach]:
    """The networks that have printers and nobody who could carry a job to them now, by name. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    counts = await count_by_network(session, principal.tenant_id)
    chosen = await only_chosen_carry(session, principal.tenant_id)
    served = await networks_with_relay(session, principal.tenant_id, chosen=chosen)
    open_ = {network_id: count for network_id, count in counts.items() if network_id not in served}
    names = await network_names(session, principal.tenant_id, [one for one in open_ if one is not None])
    found = [OutOfReach(one, "" if one is None else names[one], count) for one, count in open_.items()]
    return sorted(found, key=lambda one: (one.network_id is None, one.network))
