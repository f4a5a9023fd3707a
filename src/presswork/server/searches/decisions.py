"""What becomes of a found device: a printer, the new device of a printer, or nothing. Always a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from presswork.core.errors import Conflict, NotFound
from presswork.server import audit, computers, printers
from presswork.server.platform.database import Session, scoped
from presswork.server.searches.models import FoundDevice, Standing
from presswork.server.tenants import Principal, Role

PAGE_LIMIT = 200


async def list_found(
    session: Session,
    principal: Principal,
    *,
    standing: Standing = "new",
    after: UUID | None = None,
    limit: int = PAGE_LIMIT,
) -> Sequence[FoundDevice]:
    """Devices in the order in which they were found first. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    found = scoped(FoundDevice, principal).where(FoundDevice.standing == standing).order_by(FoundDevice.id)
    if after is not None:
        found = found.where(FoundDevice.id > after)
    return (await session.scalars(found.limit(min(limit, PAGE_LIMIT)))).all()


async def list_moved(session: Session, principal: Principal) -> Sequence[FoundDevice]:
    """Devices of printers that answer at another address now. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    moved = scoped(FoundDevice, principal).where(FoundDevice.standing == "added", FoundDevice.moved_to != "")
    return (await session.scalars(moved.order_by(FoundDevice.id).limit(PAGE_LIMIT))).all()


async def get_found(session: Session, principal: Principal, found_id: UUID) -> FoundDevice:
    """One found device. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    device = await session.scalar(scoped(FoundDevice, principal).where(FoundDevice.id == found_id))
    if device is None:
        raise NotFound("There is no such device among those that were found.")
    return device


async def add_found(
    session: Session, principal: Principal, found_id: UUID, *, name: str, location: str = ""
) -> printers.Printer:
    """Make it a printer, with its strongest way. Administrators. ``Conflict`` where it is one, or the name is taken."""
    device = await _undecided(session, principal, found_id)
    printer = await printers.add_printer(
        session,
        principal,
        name=name,
        location=location,
        device_uri=device.ways[0],
        network_id=await _network(session, device),
    )
    device.standing, device.printer_id = "added", printer.id
    await session.flush()
    return printer


async def replace_by_found(
    session: Session, principal: Principal, found_id: UUID, printer_id: UUID
) -> printers.Printer:
    """This device stands behind that printer from now on; name, sign, queues and history stay. Administrators."""
    device = await _undecided(session, principal, found_id)
    printer = await printers.change_printer(session, principal, printer_id, device_uri=device.ways[0])
    for before in await session.scalars(
        scoped(FoundDevice, principal).where(FoundDevice.printer_id == printer_id, FoundDevice.id != found_id)
    ):
        before.standing, before.printer_id, before.moved_to = "left-out", None, ""
    device.standing, device.printer_id = "added", printer.id
    await session.flush()
    return printer


async def leave_out(session: Session, principal: Principal, found_id: UUID) -> FoundDevice:
    """Not a printer of ours; no search shows it again. Administrators."""
    device = await _undecided(session, principal, found_id)
    device.standing = "left-out"
    await session.flush()
    await audit.record(
        session, principal, "device.left-out", target_id=device.id, target_name=device.name or device.host
    )
    return device


async def bring_back(session: Session, principal: Principal, found_id: UUID) -> FoundDevice:
    """Decide anew about a device that was left out. Administrators."""
    device = await get_found(session, principal, found_id)
    if device.standing == "left-out" or device.printer_id is None:
        device.standing = "new"
        await session.flush()
    return device


async def follow_found(session: Session, principal: Principal, found_id: UUID) -> printers.Printer:
    """The printer is where its device was found now. Administrators. ``Conflict`` where there is nothing to follow."""
    device = await get_found(session, principal, found_id)
    if device.printer_id is None or not device.moved_to:
        raise Conflict("This printer has not moved. Nothing is to be done.")
    printer = await printers.change_printer(session, principal, device.printer_id, device_uri=device.moved_to)
    device.moved_to = ""
    await session.flush()
    return printer


async def count_new(session: Session, principal: Principal) -> int:
    """How many devices wait for a decision, at most a page of them. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    new = select(FoundDevice.id).where(FoundDevice.tenant_id == principal.tenant_id, FoundDevice.standing == "new")
    return len((await session.scalars(new.limit(PAGE_LIMIT))).all())


async def _network(session: Session, device: FoundDevice) -> UUID | None:
    """The network of the computer that found it, where that is on one only."""
    if device.computer_id is None:
        return None
    found = await computers.networks_of_computer(session, device.tenant_id, device.computer_id)
    return next(iter(found)) if len(found) == 1 else None


async def _undecided(session: Session, principal: Principal, found_id: UUID) -> FoundDevice:
    device = await get_found(session, principal, found_id)
    if device.standing == "added" and device.printer_id is not None:
        raise Conflict("This device is a printer already. Open the printer to change it.")
    if not device.ways:
        raise Conflict("This device offers no way to print. Look at its settings and search again.")
    return device
