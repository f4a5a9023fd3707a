"""What agents report of printers: taken over with distrust, and what of it somebody should look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from presswork.protocols.control.words import PrinterReport
from presswork.server.computers import AgentPrincipal
from presswork.server.platform.database import Session, insert_new, scoped
from presswork.server.printers.models import DOUBTFUL, FINE, URGENT, Printer, PrinterSighting

_MOST_REASONS = 100
_SIGHTING_EACH = timedelta(minutes=30)
"""A sighting that says the same is written anew so often."""
_LINES = {"device_uuid": "uuid", "serial_number": "serial_number", "mac": "mac", "firmware": "firmware"}
_ROOM = {"device_uuid": 36, "mac": 17}


def seen_at(report: PrinterReport, session: Session) -> datetime:
    """When the agent looked; not later than now, whatever its clock says."""
    return min(report.seen_at, session.now())


def rank(printer: Printer) -> int:
    """How much it needs somebody. One that nobody looked at yet is no trouble."""
    if printer.reachable is None:
        return FINE
    if not printer.reachable or printer.certificate_changed:
        return URGENT
    if printer.state == "stopped" or any(reason.endswith("-error") for reason in printer.state_reasons):
        return URGENT
    return DOUBTFUL if any(reason.endswith("-warning") for reason in printer.state_reasons) else FINE


def learn_state(printer: Printer, report: PrinterReport) -> None:
    """How it is now."""
    printer.reachable = report.reachable
    printer.state = report.state
    printer.state_reasons = report.state_reasons[:_MOST_REASONS]


def learn_facts(printer: Printer, report: PrinterReport) -> None:
    """What it is; what the report leaves out stays."""
    printer.make_and_model = report.make_and_model or printer.make_and_model
    printer.document_formats = report.document_formats[:_MOST_REASONS] or printer.document_formats
    for column, field in _LINES.items():
        told = getattr(report, field)[: _ROOM.get(column, 255)]
        if told:
            setattr(printer, column, told)
    if report.impressions is not None:
        printer.impressions = report.impressions
    details: dict[str, Any] = dict(printer.details or {})
    if report.trays is not None:
        details["trays"] = [tray.model_dump(mode="json", exclude_defaults=True) for tray in report.trays]
    if report.supplies is not None:
        details["supplies"] = [supply.model_dump(mode="json", exclude_defaults=True) for supply in report.supplies]
    if report.answers_to is not None:
        details["answers_to"] = list(report.answers_to)
    if details != (printer.details or {}):
        printer.details = details


def forget_facts(printer: Printer) -> None:
    """Another device stands there."""
    printer.make_and_model, printer.document_formats = "", ()
    printer.device_uuid = printer.serial_number = printer.mac = printer.firmware = ""
    printer.impressions = printer.details = printer.seen_by = None
    printer.rank = FINE


async def note_sightings(session: Session, agent: AgentPrincipal, reports: Sequence[PrinterReport]) -> None:
    """Which printers this computer reaches; ``reports`` are of printers there are, one each."""
    ids = [report.printer_id for report in reports]
    query = scoped(PrinterSighting, agent).where(
        PrinterSighting.computer_id == agent.computer_id, PrinterSighting.printer_id.in_(ids)
    )
    known = {sighting.printer_id: sighting for sighting in await session.scalars(query)}
    new = []
    for report in reports:
        sighting, at = known.get(report.printer_id), seen_at(report, session)
        if sighting is None:
            new.append(
                {
                    "tenant_id": agent.tenant_id,
                    "printer_id": report.printer_id,
                    "computer_id": agent.computer_id,
                    "reached": report.reachable,
                    "at": at,
                }
            )
        elif sighting.reached != report.reachable or at - sighting.at >= _SIGHTING_EACH:
            sighting.reached, sighting.at = report.reachable, at
    if new:
        await session.execute(insert_new(session, PrinterSighting, new))
