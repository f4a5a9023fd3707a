"""Printers: where they are, how they do, and whether they are still the ones they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from presswork.core.errors import Fault
from presswork.server import computers, printers
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_FIELDS = "name location device_uri more_ways"
_AT_ONCE = 100


async def list_printers(visit: Visit) -> Response:
    """All printers with their state; those that need somebody first."""
    after = _after(visit.request.query_params.get("after", ""))
    async with visit.reading() as session:
        found = await printers.list_by_need(session, visit.person, after=after, limit=_AT_ONCE)
    more = f"{found[-1].rank}.{found[-1].name}" if len(found) == _AT_ONCE else None
    return visit.show("printers.html", printers=found, more=more)


def _after(text: str) -> tuple[int, str] | None:
    """Where the page before ended: rank and name of its last printer."""
    rank, _, name = text.partition(".")
    return (int(rank), name) if len(rank) == 1 and rank.isascii() and rank.isdigit() else None


async def ask_to_add(visit: Visit) -> Response:
    """The form for another printer."""
    return visit.show("printer_add.html", redirector_ways=await _redirector_ways(visit))


async def add(visit: Visit) -> Response:
    """Another printer."""
    try:
        async with visit.writing() as session:
            printer = await printers.add_printer(
                session,
                visit.person,
                name=visit.field("name"),
                device_uri=visit.field("device_uri"),
                more_ways=visit.field("more_ways").split(),
                location=visit.field("location"),
            )
    except Fault as fault:
        return visit.again("printer_add.html", fault, _FIELDS, redirector_ways=await _redirector_ways(visit))
    return visit.go("/printers", f"{printer.name} is added. {_next(printer.device_uri)}")


def _next(device_uri: str) -> str:
    if device_uri.startswith("redirector:"):
        return "Documents that are released there go to that queue, as jobs of their owners."
    return "Say on its page on which network it is: computers there look at it, and carry documents to it."


async def _redirector_ways(visit: Visit) -> Sequence[printers.RedirectorWay]:
    async with visit.reading() as session:
        return await printers.redirector_ways(session, visit.person)


async def show_printer(visit: Visit, fault: Fault | None = None) -> Response:
    """One printer: state, certificate, address."""
    async with visit.reading() as session:
        printer = await printers.get_printer(session, visit.person, visit.id("printer_id"))
        wanted = {one for one in (printer.seen_by, printer.watcher_id) if one is not None}
        known = await computers.computers_by_id(session, visit.person.tenant_id, wanted)
        ways = await printers.redirector_ways(session, visit.person)
    seen_by = known.get(printer.seen_by) if printer.seen_by is not None else None
    watcher = known.get(printer.watcher_id) if printer.watcher_id is not None else None
    shown: dict[str, Any] = {"printer": printer, "seen_by": seen_by, "watcher": watcher, "redirector_ways": ways}
    if fault is not None:
        return visit.again("printer.html", fault, _FIELDS, **shown)
    values = {"name": printer.name, "location": printer.location, "device_uri": printer.device_uri}
    form = Form({**values, "more_ways": " ".join(printer.more_ways)})
    return visit.show("printer.html", form=form, **shown)


async def change(visit: Visit) -> Response:
    """Another name, place or address."""
    try:
        async with visit.writing() as session:
            printer = await printers.change_printer(
                session,
                visit.person,
                visit.id("printer_id"),
                name=visit.field("name"),
                device_uri=visit.field("device_uri"),
                more_ways=visit.field("more_ways").split(),
                location=visit.field("location"),
            )
    except Fault as fault:
        return await show_printer(visit, fault)
    return visit.go("/printers", f"{printer.name} is changed.")


async def accept_certificate(visit: Visit) -> Response:
    """Trust the certificate that the person looked at."""
    try:
        async with visit.writing() as session:
            printer = await printers.accept_certificate(
                session, visit.person, visit.id("printer_id"), visit.field("certificate_sha256")
            )
    except Fault as fault:
        return await show_printer(visit, fault)
    return visit.go(f"/printers/{printer.id}", f"The new certificate of {printer.name} is trusted from now on.")


async def ask_to_remove(visit: Visit) -> Response:
    """Is this printer to be removed?"""
    async with visit.reading() as session:
        printer = await printers.get_printer(session, visit.person, visit.id("printer_id"))
    return visit.show(
        "confirm.html",
        title=f"Remove {printer.name}?",
        sentences=("Nobody can release to it any more. What was printed there stays in the records.",),
        action=visit.request.url.path,
        button="Remove printer",
        back=f"/printers/{printer.id}",
    )


async def remove(visit: Visit) -> Response:
    """The printer is removed."""
    try:
        async with visit.writing() as session:
            await printers.remove_printer(session, visit.person, visit.id("printer_id"))
    except Fault as fault:
        return await show_printer(visit, fault)
    return visit.go("/printers", "The printer is removed.")


_ONE = "/printers/{printer_id:uuid}"
PAGES = (
    Page("/printers", list_printers, role=Role.ADMINISTRATOR, place="/printers"),
    Page("/printers/add", ask_to_add, add, role=Role.ADMINISTRATOR, place="/printers"),
    Page(_ONE, show_printer, change, role=Role.ADMINISTRATOR, place="/printers"),
    Page(_ONE + "/certificate", post=accept_certificate, role=Role.ADMINISTRATOR, place="/printers"),
    Page(_ONE + "/remove", ask_to_remove, remove, role=Role.ADMINISTRATOR, place="/printers"),
)
