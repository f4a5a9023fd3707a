"""What agents found becomes rows: a device that is found again, or by another way, is the one that is there already."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select

from presswork.protocols.control.search import FoundDevice as Finding
from presswork.protocols.control.search import SearchReport
from presswork.server import printers
from presswork.server.computers import AgentPrincipal
from presswork.server.platform.database import Session, scoped
from presswork.server.searches.identity import Identity, same_device
from presswork.server.searches.models import FoundDevice, Search

_WAYS = 8
DEVICES_LIMIT = 50_000
"""Rows a tenant may have: a computer that makes devices up fills no disk."""


async def report_searches(session: Session, agent: AgentPrincipal, reports: Sequence[SearchReport]) -> None:
    """Progress and devices of searches that this computer carries out; what others' searches would be is left out."""
    for report in reports:
        search = await session.scalar(
            scoped(Search, agent).where(
                Search.id == report.search_id, Search.computer_id == agent.computer_id, Search.ended_at.is_(None)
            )
        )
        if search is None:
            continue
        search.heard_at = session.now()
        search.asked, search.total = report.asked, report.total
        search.found += len(report.devices)
        search.sentence = report.sentence
        if report.ended:
            search.ended_at = session.now()
        for device in report.devices:
            await _keep(session, agent, device)
    await session.flush()


async def _keep(session: Session, agent: AgentPrincipal, finding: Finding) -> None:
    row = await _known(session, agent, finding)
    now = session.now()
    if row is None:
        if await _full(session, agent):
            return
        row = FoundDevice(
            tenant_id=agent.tenant_id,
            id=session.new_id(),
            computer_id=agent.computer_id,
            host=finding.host,
            ways=finding.ways,
            certificate_sha256=finding.certificate_sha256,
            uuid=finding.uuid,
            serial_number=finding.serial_number,
            mac=finding.mac,
            name=finding.name,
            location=finding.location,
            make_and_model=finding.make_and_model,
            first_seen_at=now,
            seen_at=now,
        )
        session.add(row)
        await _meet_printer(session, agent, row)
    else:
        before = row.host
        _learn(row, agent, finding)
        row.seen_at = now
        if row.printer_id is not None and before != row.host:
            await _follow(session, agent, row, row.printer_id)
    await session.flush()


async def _full(session: Session, agent: AgentPrincipal) -> bool:
    rows = select(func.count()).select_from(FoundDevice).where(FoundDevice.tenant_id == agent.tenant_id)
    return (await session.scalar(rows) or 0) >= DEVICES_LIMIT


async def _known(session: Session, agent: AgentPrincipal, finding: Finding) -> FoundDevice | None:
    alike = [FoundDevice.host == finding.host]
    for column in ("uuid", "serial_number", "mac"):
        value = getattr(finding, column)
        if value:
            alike.append(getattr(FoundDevice, column) == value)
    rows = (
        await session.scalars(scoped(FoundDevice, agent).where(or_(*alike)).order_by(FoundDevice.id).limit(50))
    ).all()
    found = same_device(_identity(finding), [(row.id, _identity(row)) for row in rows])
    return next((row for row in rows if row.id == found), None)


def _identity(device: Finding | FoundDevice) -> Identity:
    return Identity(device.uuid, device.serial_number, device.mac, device.make_and_model, device.host)


def _learn(row: FoundDevice, agent: AgentPrincipal, finding: Finding) -> None:
    """What was known by one way is not forgotten by another that does not say it."""
    if row.host == finding.host:
        row.ways = printers.strongest_first((*finding.ways, *row.ways))[:_WAYS]
    else:
        row.ways = finding.ways
    row.host = finding.host
    row.computer_id = agent.computer_id
    row.certificate_sha256 = finding.certificate_sha256 or row.certificate_sha256
    for column in ("uuid", "serial_number", "mac", "name", "location", "make_and_model"):
        setattr(row, column, getattr(finding, column) or getattr(row, column))


async def _meet_printer(session: Session, agent: AgentPrincipal, row: FoundDevice) -> None:
    """A device that is found for the first time may be a printer's already, or one that somebody removed."""
    device = printers.Device(row.ways, row.uuid, row.serial_number)
    row.printer_id = await printers.printer_behind(session, agent, device)
    if row.printer_id is not None:
        row.standing = "added"
        await _follow(session, agent, row, row.printer_id)
    elif await printers.was_removed(session, agent, device):
        row.standing = "left-out"


async def _follow(session: Session, agent: AgentPrincipal, row: FoundDevice, printer_id: UUID) -> None:
    """At another address than its printer's: followed where the device proves itself, else somebody decides."""
    row.moved_to = ""
    if not row.ways or await printers.is_reached_by(session, agent, printer_id, row.ways):
        return
    if not await printers.follow_device(session, agent, printer_id, row.ways[0], row.certificate_sha256 or ""):
        row.moved_to = row.ways[0]
