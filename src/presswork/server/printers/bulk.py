"""Many printers at once: out to a file, and in from one, after a look at what would happen.

Reading and comparing thousands of rows takes a second, so it is done on a thread; writing goes in one transaction, but by
few rows at a time, so that others are answered meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping, and_, func, select

from presswork.core.errors import Conflict
from presswork.server import audit
from presswork.server.computers import printer_changed
from presswork.server.networks import Network
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.letters import draw_letters
from presswork.server.printers.csv_file import COLUMNS, Complaint, Row, read_rows, write_rows
from presswork.server.printers.models import Printer
from presswork.server.printers.redirectors import objections
from presswork.server.printers.service import forget_what_was_learned
from presswork.server.printers.signs import SIGN_LETTERS
from presswork.server.tenants import Principal, Role, desired_changed

_AT_ONCE = 500
Known = RowMapping
"""The columns of a printer that is there."""


@dataclass(frozen=True, slots=True)
class PrinterChange:
    """What a row does to a printer that is there: the new value by field."""

    printer_id: UUID
    name: str
    fields: Mapping[str, str]
    row: int


@dataclass(frozen=True, slots=True)
class Import:
    """What a file does. With ``complaints`` it does nothing."""

    added: Sequence[Row]
    changed: Sequence[PrinterChange]
    unchanged: int
    complaints: Sequence[Complaint]


async def export_printers(session: Session, principal: Principal) -> str:
    """All printers as CSV. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    known = await _known(session, principal)
    return await asyncio.to_thread(write_rows, ({name: str(value) for name, value in row.items()} for row in known))


async def plan_import(session: Session, principal: Principal, text: str) -> Import:
    """What loading this file would do: a row with an ``id`` or the name of a printer changes it, others add one.

    Nobody is removed. Administrators. Raises what ``read_rows`` raises.
    """
    return (await _planned(session, principal, text))[0]


async def import_printers(session: Session, principal: Principal, text: str) -> Import:
    """Load the file: all of it or, where a row cannot be, nothing (``Conflict``). Administrators."""
    plan, networks = await _planned(session, principal, text)
    if plan.complaints:
        raise Conflict("Some rows cannot be loaded, so nothing was. Correct them and choose the file again.")
    await _add(session, principal, plan.added, networks)
    await _change(session, principal, plan.changed, networks)
    await session.flush()
    if any(row.network for row in plan.added) or any("network" in change.fields for change in plan.changed):
        await desired_changed(session, principal.tenant_id)
    for change in plan.changed:
        await printer_changed(session, principal.tenant_id, change.printer_id)
    return plan


async def _planned(session: Session, principal: Principal, text: str) -> tuple[Import, Mapping[str, UUID]]:
    """With the networks it was planned for: another one may go meanwhile."""
    principal.require(Role.ADMINISTRATOR)
    networks = await _networks(session, principal)
    plan = await asyncio.to_thread(_plan, text, await _known(session, principal), networks)
    return await _with_redirectors_checked(session, principal, plan), networks


async def _with_redirectors_checked(session: Session, principal: Principal, plan: Import) -> Import:
    wrong = await objections(
        session,
        principal,
        (
            *(row.device_uri for row in plan.added if row.device_uri),
            *(change.fields["device_uri"] for change in plan.changed if "device_uri" in change.fields),
        ),
    )
    if not wrong:
        return plan
    more = [Complaint(row.number, wrong[row.device_uri]) for row in plan.added if row.device_uri in wrong]
    more += [
        Complaint(change.row, wrong[uri])
        for change in plan.changed
        if (uri := change.fields.get("device_uri")) in wrong
    ]
    return replace(plan, complaints=sorted([*plan.complaints, *more], key=lambda one: one.row))


async def _known(session: Session, principal: Principal) -> Sequence[Known]:
    network = func.coalesce(Network.name, "").label("network")
    columns = [network if name == "network" else getattr(Printer, name) for name in COLUMNS]
    of_tenant = and_(Network.id == Printer.network_id, Network.tenant_id == Printer.tenant_id)
    rows = select(*columns).outerjoin_from(Printer, Network, of_tenant)
    rows = rows.where(Printer.tenant_id == principal.tenant_id).order_by(Printer.name)
    return (await session.execute(rows)).mappings().all()


async def _networks(session: Session, principal: Principal) -> Mapping[str, UUID]:
    rows = select(Network.name, Network.id).where(Network.tenant_id == principal.tenant_id)
    return {one.name: one.id for one in await session.execute(rows)}


def _plan(text: str, known: Sequence[Known], networks: Collection[str]) -> Import:
    rows, complaints = read_rows(text)
    by_id = {printer["id"]: printer for printer in known}
    by_name = {printer["name"]: printer for printer in known}
    touched: set[UUID] = set()
    names: dict[str, int] = {}
    added: list[Row] = []
    changed: list[PrinterChange] = []
    unchanged = 0
    for row in rows:
        printer = by_name.get(row.name) if row.id is None else by_id.get(row.id)
        sentence = _objection(row, printer, by_name, touched, names) or _no_network(row, networks)
        names.setdefault(row.name, row.number)
        if sentence:
            complaints.append(Complaint(row.number, sentence))
        elif printer is None:
            added.append(row)
        else:
            touched.add(printer["id"])
            fields = _differences(row, printer)
            if fields:
                changed.append(PrinterChange(printer["id"], printer["name"], fields, row.number))
            else:
                unchanged += 1
    return Import(added, changed, unchanged, sorted(complaints, key=lambda one: one.row))


def _objection(
    row: Row, printer: Known | None, by_name: Mapping[str, Known], touched: set[UUID], names: Mapping[str, int]
) -> str:
    """Why this row cannot be loaded; empty when it can."""
    if row.name in names:
        return f"Row {names[row.name]} has the same name. Each printer needs a name of its own."
    if printer is None:
        if row.id is not None:
            return "There is no printer with this id. Leave the column id empty for a new printer."
        return "" if row.device_uri else "A new printer needs an address in the column device_uri."
    if printer["id"] in touched:
        return "Another row means the same printer. Leave one of them out."
    if by_name.get(row.name, printer) is not printer:
        return "Another printer has this name already. Choose another one."
    return ""


def _no_network(row: Row, networks: Collection[str]) -> str:
    if row.network is None or row.network in networks:
        return ""
    return (
        f"There is no network called “{row.network}”. Add it on Networks first, or write its name as it stands there."
    )


def _differences(row: Row, printer: Known) -> dict[str, str]:
    told = {"name": row.name, "location": row.location, "network": row.network, "device_uri": row.device_uri}
    return {field: value for field, value in told.items() if value is not None and value != printer[field]}


async def _add(session: Session, principal: Principal, rows: Sequence[Row], networks: Mapping[str, UUID]) -> None:
    taken = set(await session.scalars(select(Printer.sign).where(Printer.tenant_id == principal.tenant_id)))
    for start in range(0, len(rows), _AT_ONCE):
        added = [_printer(session, principal, row, taken, networks) for row in rows[start : start + _AT_ONCE]]
        session.add_all(added)
        targets = [audit.Target(one.id, one.name, {"device_uri": one.device_uri}) for one in added]
        await audit.record_each(session, principal, "printer.added", targets)


def _printer(
    session: Session, principal: Principal, row: Row, taken: set[str], networks: Mapping[str, UUID]
) -> Printer:
    while (sign := draw_letters(session.randomness, SIGN_LETTERS)) in taken:
        pass
    taken.add(sign)
    return Printer(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        name=row.name,
        location=row.location or "",
        device_uri=row.device_uri or "",
        network_id=networks[row.network] if row.network else None,
        sign=sign,
        created_at=session.now(),
    )


async def _change(
    session: Session, principal: Principal, changes: Sequence[PrinterChange], networks: Mapping[str, UUID]
) -> None:
    for start in range(0, len(changes), _AT_ONCE):
        part = {change.printer_id: change for change in changes[start : start + _AT_ONCE]}
        for printer in await session.scalars(scoped(Printer, principal).where(Printer.id.in_(part))):
            fields = part[printer.id].fields
            for field, value in fields.items():
                if field == "network":
                    printer.network_id = networks[value]
                else:
                    setattr(printer, field, value)
            if "device_uri" in fields:
                forget_what_was_learned(printer)
        targets = [audit.Target(one.printer_id, one.name, one.fields) for one in part.values()]
        await audit.record_each(session, principal, "printer.changed", targets)
