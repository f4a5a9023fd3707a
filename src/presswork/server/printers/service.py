"""Printers: added by administrators, seen by everybody of the tenant, looked at by agents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from presswork.core.errors import Conflict, NotFound
from presswork.protocols.control.words import PrinterReport, PrinterSpec
from presswork.server import audit
from presswork.server.computers import AgentPrincipal, printer_changed
from presswork.server.networks import get_network
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.text import one_line
from presswork.server.printers.device_uri import canonical_device_uri
from presswork.server.printers.devices import note_removal
from presswork.server.printers.models import Printer
from presswork.server.printers.signs import free_sign
from presswork.server.tenants import Principal, Role, desired_changed

PAGE_LIMIT = 500
_FORMATS_LIMIT = 100
_log = structlog.get_logger()


async def add_printer(
    session: Session,
    principal: Principal,
    *,
    name: str,
    device_uri: str,
    location: str = "",
    network_id: UUID | None = None,
) -> Printer:
    """A new printer. Administrators. ``Conflict`` where the name is taken."""
    principal.require(Role.ADMINISTRATOR)
    printer = Printer(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        name=one_line(name, field="name", limit=127),
        location=one_line(location, field="location", limit=255, empty=True),
        device_uri=canonical_device_uri(device_uri),
        sign=await free_sign(session, principal),
        created_at=session.now(),
        network_id=await _network(session, principal, network_id),
    )
    await _require_free(session, principal, printer.name)
    session.add(printer)
    await session.flush()
    await audit.record(
        session,
        principal,
        "printer.added",
        target_id=printer.id,
        target_name=printer.name,
        device_uri=printer.device_uri,
    )
    return printer


async def list_printers(
    session: Session, principal: Principal, *, after: str | None = None, limit: int = PAGE_LIMIT
) -> Sequence[Printer]:
    """Printers of the tenant by name; ``after`` is the last name of the page before. Everybody signed in."""
    printers = scoped(Printer, principal).order_by(Printer.name).limit(min(limit, PAGE_LIMIT))
    if after is not None:
        printers = printers.where(Printer.name > after)
    return (await session.scalars(printers)).all()


async def get_printer(session: Session, principal: Principal, printer_id: UUID) -> Printer:
    """One printer. Everybody signed in."""
    printer = await session.scalar(scoped(Printer, principal).where(Printer.id == printer_id))
    if printer is None:
        raise NotFound("There is no such printer.")
    return printer


async def change_printer(
    session: Session,
    principal: Principal,
    printer_id: UUID,
    *,
    name: str | None = None,
    device_uri: str | None = None,
    location: str | None = None,
) -> Printer:
    """Change what is given. Another address forgets certificate and state: it is another device. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    printer = await get_printer(session, principal, printer_id)
    changed: dict[str, str] = {}
    if name is not None and (new_name := one_line(name, field="name", limit=127)) != printer.name:
        await _require_free(session, principal, new_name)
        printer.name = changed["name"] = new_name
    if location is not None:
        new_location = one_line(location, field="location", limit=255, empty=True)
        if new_location != printer.location:
            printer.location = changed["location"] = new_location
    if device_uri is not None and (new_uri := canonical_device_uri(device_uri)) != printer.device_uri:
        printer.device_uri = changed["device_uri"] = new_uri
        forget_what_was_learned(printer)
    if changed:
        await session.flush()
        await printer_changed(session, principal.tenant_id, printer.id)
        await audit.record(
            session, principal, "printer.changed", target_id=printer.id, target_name=printer.name, **changed
        )
    return printer


async def place_printer(session: Session, principal: Principal, printer_id: UUID, network_id: UUID | None) -> Printer:
    """The printer is on this network, or on none that is known. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    printer = await get_printer(session, principal, printer_id)
    network_id = await _network(session, principal, network_id)
    if network_id != printer.network_id:
        printer.network_id = network_id
        await session.flush()
        await desired_changed(session, principal.tenant_id)
        await audit.record(
            session,
            principal,
            "printer.placed",
            target_id=printer.id,
            target_name=printer.name,
            network=str(network_id or ""),
        )
    return printer


async def remove_printer(session: Session, principal: Principal, printer_id: UUID) -> None:
    """Remove a printer. Administrators. ``Conflict`` while a queue prints directly to it."""
    principal.require(Role.ADMINISTRATOR)
    printer = await get_printer(session, principal, printer_id)
    name = printer.name
    note_removal(session, principal, printer)
    try:
        await session.execute(delete(Printer).where(Printer.tenant_id == principal.tenant_id, Printer.id == printer_id))
    except IntegrityError:
        raise Conflict("A queue prints directly to this printer. Change or remove the queue first.") from None
    await printer_changed(session, principal.tenant_id, printer_id)
    await audit.record(session, principal, "printer.removed", target_id=printer_id, target_name=name)


async def accept_certificate(
    session: Session, principal: Principal, printer_id: UUID, certificate_sha256: str
) -> Printer:
    """Trust the certificate the printer shows now. Administrators.

    ``certificate_sha256`` is the one the person looked at; ``Conflict`` where the printer meanwhile shows another.
    """
    principal.require(Role.ADMINISTRATOR)
    printer = await get_printer(session, principal, printer_id)
    if printer.certificate_seen_sha256 != certificate_sha256:
        raise Conflict("The printer shows yet another certificate now. Look at it again before you accept it.")
    before = printer.certificate_sha256 or ""
    printer.certificate_sha256 = certificate_sha256
    await session.flush()
    await printer_changed(session, principal.tenant_id, printer.id)
    await audit.record(
        session,
        principal,
        "printer.certificate-accepted",
        target_id=printer.id,
        target_name=printer.name,
        before=before,
        after=certificate_sha256,
    )
    return printer


async def report(session: Session, agent: AgentPrincipal, reports: Sequence[PrinterReport]) -> None:
    """What an agent learned. The first certificate seen is pinned; reports of unknown printers and old ones are left out."""
    newest = {one.printer_id: one for one in sorted(reports, key=lambda one: one.seen_at.timestamp())}
    if not newest:
        return
    printers = await session.scalars(scoped(Printer, agent).where(Printer.id.in_(newest)))
    for printer in printers.all():
        await _learn(session, agent, printer, newest[printer.id])
    await session.flush()


async def printer_specs(session: Session, tenant_id: UUID, printer_ids: Collection[UUID]) -> tuple[PrinterSpec, ...]:
    """These printers as agents are to know them, by id; unknown ids are left out."""
    if not printer_ids:
        return ()
    rows = await session.execute(
        select(Printer.id, Printer.name, Printer.location, Printer.device_uri, Printer.certificate_sha256)
        .where(Printer.tenant_id == tenant_id, Printer.id.in_(printer_ids))
        .order_by(Printer.id)
    )
    return tuple(
        PrinterSpec(printer_id=key, name=name, location=location, device_uri=uri, certificate_sha256=certificate)
        for key, name, location, uri, certificate in rows
    )


async def printer_names(session: Session, tenant_id: UUID, printer_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Names by id, for other domains that show them; unknown ids are left out."""
    if not printer_ids:
        return {}
    rows = await session.execute(
        select(Printer.id, Printer.name).where(Printer.tenant_id == tenant_id, Printer.id.in_(printer_ids))
    )
    return dict(rows.all())


async def _learn(session: Session, agent: AgentPrincipal, printer: Printer, one: PrinterReport) -> None:
    seen_at = min(one.seen_at if one.seen_at.tzinfo else one.seen_at.replace(tzinfo=UTC), session.now())
    if printer.seen_at is not None and seen_at < printer.seen_at:
        return
    printer.seen_at = seen_at
    printer.reachable = one.reachable
    printer.state = one.state
    printer.state_reasons = one.state_reasons[:_FORMATS_LIMIT]
    if not one.reachable:
        return
    printer.make_and_model = one.make_and_model or printer.make_and_model
    printer.document_formats = one.document_formats[:_FORMATS_LIMIT] or printer.document_formats
    if one.certificate_sha256 is None or printer.weak:
        return
    if printer.certificate_sha256 is None:
        printer.certificate_sha256 = one.certificate_sha256
        await printer_changed(session, printer.tenant_id, printer.id)
        await audit.record(
            session,
            agent.actor,
            "printer.certificate-pinned",
            target_id=printer.id,
            target_name=printer.name,
            certificate=one.certificate_sha256,
        )
    elif one.certificate_sha256 not in {printer.certificate_sha256, printer.certificate_seen_sha256}:
        _log.warning("printer-certificate-changed", printer=str(printer.id), seen=one.certificate_sha256)
    printer.certificate_seen_sha256 = one.certificate_sha256


def forget_what_was_learned(printer: Printer) -> None:
    """Another device stands at its address from now on."""
    printer.certificate_sha256 = printer.certificate_seen_sha256 = None
    printer.seen_at = printer.reachable = None
    printer.state, printer.state_reasons = "unknown", ()
    printer.make_and_model, printer.document_formats = "", ()


async def _network(session: Session, principal: Principal, network_id: UUID | None) -> UUID | None:
    return None if network_id is None else (await get_network(session, principal, network_id)).id


async def _require_free(session: Session, principal: Principal, name: str) -> None:
    if await session.scalar(scoped(Printer, principal).where(Printer.name == name)) is not None:
        raise Conflict("There is a printer with this name already. Choose another one.", field="name")
