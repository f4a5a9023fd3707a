"""The search for printers: where to look, how far it is, and what becomes of what was found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.responses import Response

from presswork.core.errors import Conflict, Fault, Invalid
from presswork.server import computers, printers, searches
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.fronts.web.words import count
from presswork.server.platform.database import Session
from presswork.server.searches import FoundDevice
from presswork.server.tenants import Role

_AT_ONCE = 50
_COMPUTERS = 200
_SEARCHES = 5
_PLACE = "/printers"
_FIELDS = "computer_id ranges name location replaces"
_CHOSEN = "device."


async def show_search(visit: Visit, fault: Fault | None = None) -> Response:
    """Searches, and the devices that wait for a decision."""
    after = _id(visit.request.query_params.get("after", ""))
    async with visit.reading() as session:
        newest = await searches.list_searches(session, visit.person, limit=_SEARCHES)
        found = await searches.list_found(session, visit.person, after=after, limit=_AT_ONCE)
        values: dict[str, Any] = {
            "through": await _online(visit, session),
            "searches": [(one, searches.standing(session, one)) for one in newest],
            "moved": await searches.list_moved(session, visit.person),
            "found": found,
            "more": found[-1].id if len(found) == _AT_ONCE else None,
            "proposed": proposed_name,
        }
    if fault is not None:
        return visit.again("search.html", fault, _FIELDS, **values)
    return visit.show("search.html", form=Form({"announced": "yes"}), **values)


async def start(visit: Visit) -> Response:
    """Begin to look."""
    try:
        computer_id = visit.id_in(
            visit.field("computer_id"), field="computer_id", sentence="Choose the computer that looks."
        )
        async with visit.writing() as session:
            await searches.start_search(
                session,
                visit.person,
                computer_id=computer_id,
                ranges=visit.field("ranges").replace(",", " ").split(),
                announced=bool(visit.field("announced")),
            )
    except Fault as fault:
        return await show_search(visit, fault)
    return visit.go("/printers/search", "The search has begun. What it finds appears below.")


async def stop(visit: Visit) -> Response:
    """Have had enough."""
    async with visit.writing() as session:
        await searches.stop_search(session, visit.person, visit.id("search_id"))
    return visit.go("/printers/search", "The search is being stopped. What it found stays.")


async def add_chosen(visit: Visit) -> Response:
    """Make printers of all devices that were ticked, each under the name it calls itself."""
    chosen = [_id(name.removeprefix(_CHOSEN)) for name in visit.form or {} if name.startswith(_CHOSEN)]
    added, refused = 0, ""
    for found_id in filter(None, chosen):
        try:
            await _add(visit, found_id)
            added += 1
        except Conflict as fault:
            refused = fault.sentence
    if refused:
        return visit.go("/printers/search", f"{count(added, 'printer')} added. {refused}", "warning")
    return visit.go(
        "/printers/search", f"{count(added, 'printer')} added." if added else "Tick the devices to add first."
    )


async def _add(visit: Visit, found_id: UUID) -> None:
    """Under the name it calls itself, or, where that is taken, with its address behind."""
    async with visit.reading() as session:
        device = await searches.get_found(session, visit.person, found_id)
    name = proposed_name(device)
    try:
        await _add_as(visit, device, name)
    except Conflict:
        await _add_as(visit, device, f"{name[:100]} ({device.host[:24]})")


async def _add_as(visit: Visit, device: FoundDevice, name: str) -> None:
    async with visit.writing() as session:
        await searches.add_found(session, visit.person, device.id, name=name, location=device.location)


async def show_device(visit: Visit, fault: Fault | None = None) -> Response:
    """One found device: what it says of itself, and what can become of it."""
    async with visit.reading() as session:
        device = await searches.get_found(session, visit.person, visit.id("found_id"))
    if fault is not None:
        return visit.again("found_device.html", fault, _FIELDS, device=device)
    form = Form({"name": proposed_name(device), "location": device.location})
    return visit.show("found_device.html", form=form, device=device)


async def add(visit: Visit) -> Response:
    """Make it a printer."""
    try:
        async with visit.writing() as session:
            printer = await searches.add_found(
                session,
                visit.person,
                visit.id("found_id"),
                name=visit.field("name"),
                location=visit.field("location"),
            )
    except Fault as fault:
        return await show_device(visit, fault)
    return visit.go("/printers/search", f"{printer.name} is added.")


async def replace(visit: Visit) -> Response:
    """It stands behind a printer that is there."""
    try:
        async with visit.writing() as session:
            printer = await printers.named_printer(session, visit.person, visit.field("replaces"))
            await searches.replace_by_found(session, visit.person, visit.id("found_id"), printer.id)
    except Invalid:
        sentence = "No printer has this name or sign. Write it as the list of printers does."
        return await show_device(visit, Invalid(sentence, field="replaces"))
    except Fault as fault:
        return await show_device(visit, fault)
    return visit.go(f"/printers/{printer.id}", f"{printer.name} is this device from now on. All else stays as it was.")


async def leave_out(visit: Visit) -> Response:
    """Nobody wants to see it again."""
    try:
        async with visit.writing() as session:
            await searches.leave_out(session, visit.person, visit.id("found_id"))
    except Fault as fault:
        return await show_device(visit, fault)
    return visit.go("/printers/search", "It is left out from now on.")


async def list_left_out(visit: Visit) -> Response:
    """What was left out, and can be brought back."""
    after = _id(visit.request.query_params.get("after", ""))
    async with visit.reading() as session:
        found = await searches.list_found(session, visit.person, standing="left-out", after=after, limit=_AT_ONCE)
    return visit.show("left_out.html", found=found, more=found[-1].id if len(found) == _AT_ONCE else None)


async def bring_back(visit: Visit) -> Response:
    """Decide anew."""
    async with visit.writing() as session:
        device = await searches.bring_back(session, visit.person, visit.id("found_id"))
    return visit.go(f"/printers/found/{device.id}")


async def follow(visit: Visit) -> Response:
    """The printer is where it was found now."""
    try:
        async with visit.writing() as session:
            printer = await searches.follow_found(session, visit.person, visit.id("found_id"))
    except Conflict as fault:
        return visit.go("/printers/search", fault.sentence, "warning")
    return visit.go("/printers/search", f"{printer.name} is at its new address.")


def proposed_name(device: FoundDevice) -> str:
    """What a device could be called: as it calls itself, else its model, else where it is."""
    return (device.name or device.make_and_model or device.host)[:127]


async def _online(visit: Visit, session: Session) -> list[computers.Computer]:
    found = await computers.list_computers(session, visit.person, limit=_COMPUTERS)
    return [computer for computer in found if computer.online(session.now())]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


_FOUND = "/printers/found/{found_id:uuid}"
PAGES = (
    Page("/printers/search", show_search, start, role=Role.ADMINISTRATOR, place=_PLACE),
    Page("/printers/search/{search_id:uuid}/stop", post=stop, role=Role.ADMINISTRATOR, place=_PLACE),
    Page("/printers/found", post=add_chosen, role=Role.ADMINISTRATOR, place=_PLACE),
    Page("/printers/found/left-out", list_left_out, role=Role.ADMINISTRATOR, place=_PLACE),
    Page(_FOUND, show_device, add, role=Role.ADMINISTRATOR, place=_PLACE),
    Page(_FOUND + "/replace", post=replace, role=Role.ADMINISTRATOR, place=_PLACE),
    Page(_FOUND + "/leave-out", post=leave_out, role=Role.ADMINISTRATOR, place=_PLACE),
    Page(_FOUND + "/bring-back", post=bring_back, role=Role.ADMINISTRATOR, place=_PLACE),
    Page(_FOUND + "/follow", post=follow, role=Role.ADMINISTRATOR, place=_PLACE),
)
