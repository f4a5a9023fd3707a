"""What a computer does for others: set by administrators."""

from __future__ import annotations

from uuid import UUID

from presswork.core.errors import Gone
from presswork.server import audit
from presswork.server.computers.models import Computer
from presswork.server.computers.peers import neighbours_changed
from presswork.server.computers.service import computer_changed, get_computer
from presswork.server.platform.database import Session
from presswork.server.tenants import Principal


async def set_duties(
    session: Session,
    principal: Principal,
    computer_id: UUID,
    *,
    site_node: bool,
    redirector: bool,
    carrier: bool = False,
) -> Computer:
    """Whether it takes over the held jobs of its networks, and whether it serves queues of its operating system.

    ``carrier``: whether it may carry jobs of others also where not every computer may (``routes.set_carriers``).

    Administrators. ``Gone`` where the computer was removed.
    """
    computer = await get_computer(session, principal, computer_id)
    if computer.revoked_at is not None:
        raise Gone("This computer was removed. Enrol it again before you give it duties.")
    if (computer.site_node, computer.redirector, computer.carrier) == (site_node, redirector, carrier):
        return computer
    was_node = computer.site_node
    computer.site_node, computer.redirector, computer.carrier = site_node, redirector, carrier
    await session.flush()
    await computer_changed(session, principal.tenant_id, computer.id)
    if was_node != site_node:
        await neighbours_changed(session, computer)
    named = (("site node", site_node), ("redirector", redirector), ("carrier", carrier))
    duties = [name for name, has in named if has]
    await audit.record(
        session,
        principal,
        "computer.duties-set",
        target_id=computer.id,
        target_name=computer.name,
        duties=", ".join(duties) or "none",
    )
    return computer
