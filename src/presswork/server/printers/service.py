"""Printers: added by administrators, seen by everybody of the tenant, looked at by agents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import structlog
from sqlalchemy import delete, select, tuple_
from sqlalchemy.exc import IntegrityError

from presswork.core.errors import Conflict, NotFound
from presswork.protocols.control.device import SnmpSpec
from presswork.protocols.control.words import PrinterReport, PrinterSpec
from presswork.server import audit
from presswork.server.computers import AgentPrincipal, computers_by_id, printer_changed
from presswork.server.networks import get_network
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.text import one_line
from presswork.server.printers.device_uri import canonical_device_uri, canonical_ways
from presswork.server.printers.devices import note_removal
from presswork.server.printers.facts import forget_facts, learn_facts, learn_state, note_sightings, rank, seen_at
from presswork.server.printers.models import Printer
from presswork.server.printers.redirectors import as_known_to, check_redirectors
from presswork.server.printers.signs import free_sign
from presswork.server.tenants import Principal, Role, desired_changed

PAGE_LIMIT = 500
_log = structlog.get_logger()


async def add_printer(
    session: Session,
    principal: Principal,
    *,
    name: str,
    device_uri: str,
    more_ways: Sequence[str] = (),
    location: str = "",
    network_id: UUID | None = None,
) -> Printer:
    """A new printer. Administrators. ``Conflict`` where the name is taken.

    ``more_ways`` are other addresses of the same device, which are tried where the strongest does not answer.
    """
    principal.require(Role.ADMINISTRATOR)
    strongest, *others = canonical_ways(device_uri, more_ways)
    await check_redirectors(session, principal, (strongest, *others))
    printer = Printer(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        name=one_line(name, field="name", limit=127),
        location=one_line(location, field="location", limit=255, empty=True),
        device_uri=strongest,
        more_ways=tuple(others),
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
        device_uri=" ".join((strongest, *others)),
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


async def list_by_need(
    session: Session, principal: Principal, *, after: tuple[int, str] | None = None, limit: int = PAGE_LIMIT
) -> Sequence[Printer]:
    """Printers that need somebody first, then by name; ``after`` is rank and name of the last one of the page before. Everybody."""
    printers = scoped(Printer, principal).order_by(Printer.rank, Printer.name).limit(min(limit, PAGE_LIMIT))
    if after is not None:
        printers = printers.where(tuple_(Printer.rank, Printer.name) > after)
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
    more_ways: Sequence[str] | None = None,
    location: str | None = None,
) -> Printer:
    """Change what is given. Administrators.

    Another strongest address forgets certificate, state and, where they are not given, the other addresses: it is another device.
    """
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
    if device_uri is not None or more_ways is not None:
        ways = _change_ways(printer, device_uri or printer.device_uri, more_ways)
        if ways:
            await check_redirectors(session, principal, (printer.device_uri, *printer.more_ways))
        changed |= ways
    if changed:
        await session.flush()
        await printer_changed(session, principal.tenant_id, printer.id)
        await audit.record(
            session, principal, "printer.changed", target_id=printer.id, target_name=printer.name, **changed
        )
    return printer


def _change_ways(printer: Printer, device_uri: str, more_ways: Sequence[str] | None) -> dict[str, str]:
    if more_ways is None:
        more_ways = printer.more_ways if canonical_device_uri(device_uri) == printer.device_uri else ()
    strongest, *others = canonical_ways(device_uri, more_ways)
    changed: dict[str, str] = {}
    if strongest != printer.device_uri:
        printer.device_uri = changed["device_uri"] = strongest
        forget_what_was_learned(printer)
    if tuple(others) != printer.more_ways:
        printer.more_ways = tuple(others)
        changed["more_ways"] = " ".join(others)
    return changed


async def place_printer(session: Session, principal: Principal, printer_id: UUID, network_id: UUID | None) -> Printer:
    """The printer is on this network, or on none that is known. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    printer = await get_printer(session, principal, printer_id)
    network = None if network_id is None else await get_network(session, principal, network_id)
    network_id = None if network is None else network.id
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
            network="none" if network is None else network.name,
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
    printer.rank = rank(printer)
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
    printers = (await session.scalars(scoped(Printer, agent).where(Printer.id.in_(newest)))).all()
    await note_sightings(session, agent, [newest[printer.id] for printer in printers])
    watchers = {one.watcher_id for one in printers if one.watcher_id is not None} - {agent.computer_id}
    others = await computers_by_id(session, agent.tenant_id, watchers)
    for printer in printers:
        watcher = others.get(printer.watcher_id) if printer.watcher_id is not None else None
        if not newest[printer.id].reachable and printer.reachable and watcher and watcher.online(session.now()):
            continue  # one that is elsewhere does not know better than the one that watches it
        await _learn(session, agent, printer, newest[printer.id])
    await session.flush()


async def printer_specs(
    session: Session,
    tenant_id: UUID,
    printer_ids: Collection[UUID],
    *,
    snmp: SnmpSpec | None = None,
    computer_id: UUID | None = None,
) -> tuple[PrinterSpec, ...]:
    """These printers as agents are to know them, by id; unknown ids are left out.

    ``computer_id``: whose agent is to know them; what an old one cannot know is left out for it.
    ``snmp`` goes with those whose page counter decides what became of a job.
    """
    if not printer_ids:
        return ()
    rows = await session.execute(
        select(
            Printer.id,
            Printer.name,
            Printer.location,
            Printer.device_uri,
            Printer.more_ways,
            Printer.certificate_sha256,
        )
        .where(Printer.tenant_id == tenant_id, Printer.id.in_(printer_ids))
        .order_by(Printer.id)
    )
    specs = tuple(
        PrinterSpec(
            printer_id=key,
            name=name,
            location=location,
            device_uri=uri,
            ways=(uri, *more) if more else (),
            certificate_sha256=certificate,
            snmp=snmp if any(way.startswith(("socket", "lpd")) for way in (uri, *more)) else None,
        )
        for key, name, location, uri, more, certificate in rows
    )
    return specs if computer_id is None else await as_known_to(session, tenant_id, computer_id, specs)


async def printer_names(session: Session, tenant_id: UUID, printer_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Names by id, for other domains that show them; unknown ids are left out."""
    if not printer_ids:
        return {}
    rows = await session.execute(
        select(Printer.id, Printer.name).where(Printer.tenant_id == tenant_id, Printer.id.in_(printer_ids))
    )
    return dict(rows.all())


async def _learn(session: Session, agent: AgentPrincipal, printer: Printer, one: PrinterReport) -> None:
    moment = seen_at(one, session)
    if printer.seen_at is not None and moment < printer.seen_at:
        return
    printer.seen_at, printer.seen_by = moment, agent.computer_id
    learn_state(printer, one)
    if one.reachable:
        learn_facts(printer, one)
        await _learn_certificate(session, agent, printer, one.certificate_sha256)
    printer.rank = rank(printer)


async def _learn_certificate(session: Session, agent: AgentPrincipal, printer: Printer, seen: str | None) -> None:
    if seen is None or printer.weak:
        return
    if printer.certificate_sha256 is None:
        printer.certificate_sha256 = seen
        await printer_changed(session, printer.tenant_id, printer.id)
        await audit.record(
            session,
            agent.actor,
            "printer.certificate-pinned",
            target_id=printer.id,
            target_name=printer.name,
            certificate=seen,
        )
    elif seen not in {printer.certificate_sha256, printer.certificate_seen_sha256}:
        _log.warning(
            "A printer shows another certificate; nothing is sent to it until an administrator trusts that.",
            printer=printer.name,
            printer_id=str(printer.id),
            seen=seen,
        )
    printer.certificate_seen_sha256 = seen


def forget_what_was_learned(printer: Printer) -> None:
    """Another device stands at its address from now on."""
    printer.certificate_sha256 = printer.certificate_seen_sha256 = None
    printer.seen_at = printer.reachable = None
    printer.state, printer.state_reasons = "unknown", ()
    forget_facts(printer)


async def _network(session: Session, principal: Principal, network_id: UUID | None) -> UUID | None:
    return None if network_id is None else (await get_network(session, principal, network_id)).id


async def _require_free(session: Session, principal: Principal, name: str) -> None:
    if await session.scalar(scoped(Printer, principal).where(Printer.name == name)) is not None:
        raise Conflict("There is a printer with this name already. Choose another one.", field="name")
