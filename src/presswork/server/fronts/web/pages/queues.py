"""Queues: what people find in the print dialog of their computers, and who finds it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError
from starlette.responses import Response

from presswork.core.errors import Fault, Invalid
from presswork.protocols.control.words import QueueDefaults
from presswork.server import identity, networks, printers, queues
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.platform.database import Session
from presswork.server.tenants import Role

_FIELDS = "name info location mode printer automatic copies sides color media group network"
_AT_ONCE = 100
_SUGGESTED = 50
_PAPER = (
    ("iso_a4_210x297mm", "A4"),
    ("iso_a3_297x420mm", "A3"),
    ("iso_a5_148x210mm", "A5"),
    ("na_letter_8.5x11in", "Letter"),
    ("na_legal_8.5x14in", "Legal"),
    ("na_ledger_11x17in", "Tabloid"),
)


async def list_queues(visit: Visit) -> Response:
    """All queues."""
    after = visit.request.query_params.get("after")
    async with visit.reading() as session:
        found = await queues.list_queues(session, visit.person, after=after, limit=_AT_ONCE)
        names = await printers.printer_names(
            session, visit.person.tenant_id, {queue.printer_id for queue in found if queue.printer_id}
        )
    more = found[-1].name if len(found) == _AT_ONCE else None
    return visit.show("queues.html", queues=found, printer_names=names, more=more)


async def ask_to_add(visit: Visit) -> Response:
    """The form for another queue."""
    form = Form({"mode": "hold", "automatic": "yes"})
    return visit.show("queue_add.html", form=form, **await _choices(visit))


async def add(visit: Visit) -> Response:
    """Another queue."""
    try:
        async with visit.writing() as session:
            queue = await queues.add_queue(
                session,
                visit.person,
                name=visit.field("name"),
                mode=_mode(visit),
                printer_id=await _printer_id(visit, session),
                info=visit.field("info"),
                location=visit.field("location"),
                automatic=_automatic(visit),
                defaults=_defaults(visit),
            )
    except Fault as fault:
        return visit.again("queue_add.html", fault, _FIELDS, **await _choices(visit))
    return visit.go(_path(queue.id), f"{queue.name} is added, for everybody. Name groups or networks to change that.")


async def show_queue(visit: Visit, fault: Fault | None = None) -> Response:
    """One queue, and who sees it."""
    async with visit.reading() as session:
        queue = await queues.get_queue(session, visit.person, visit.id("queue_id"))
        names = await printers.printer_names(
            session, visit.person.tenant_id, {queue.printer_id} if queue.printer_id else set()
        )
        values: dict[str, Any] = {
            "queue": queue,
            "audience": await queues.audience(session, visit.person, queue.id),
            "groups": await identity.list_groups(session, visit.person, limit=_AT_ONCE),
            "networks": await networks.list_networks(session, visit.person, limit=_AT_ONCE),
            **await _choices(visit),
        }
    if fault is not None:
        return visit.again("queue.html", fault, _FIELDS, **values)
    form = Form(
        {
            "info": queue.info,
            "location": queue.location,
            "mode": queue.mode,
            "printer": "".join(names.values()),
            "automatic": "yes" if queue.automatic else "no",
            "copies": str(queue.copies_default or ""),
            "sides": queue.sides_default or "",
            "color": queue.color_default or "",
            "media": queue.media_default or "",
        }
    )
    return visit.show("queue.html", form=form, **values)


async def change(visit: Visit) -> Response:
    """Another description, place, way or default."""
    try:
        async with visit.writing() as session:
            queue = await queues.change_queue(
                session,
                visit.person,
                visit.id("queue_id"),
                mode=_mode(visit),
                printer_id=await _printer_id(visit, session),
                info=visit.field("info"),
                location=visit.field("location"),
                automatic=_automatic(visit),
                defaults=_defaults(visit),
            )
    except Fault as fault:
        return await show_queue(visit, fault)
    return visit.go("/queues", f"{queue.name} is changed.")


async def show_to_group(visit: Visit) -> Response:
    """A group sees it."""
    try:
        async with visit.writing() as session:
            await queues.show_to_group(session, visit.person, visit.id("queue_id"), visit.field("group"))
    except Fault as fault:
        return await show_queue(visit, fault)
    return visit.go(_path(visit.id("queue_id")), "The queue is for the people of that group.")


async def hide_from_group(visit: Visit) -> Response:
    """A group does not see it any more."""
    async with visit.writing() as session:
        await queues.hide_from_group(session, visit.person, visit.id("queue_id"), visit.id("group_id"))
    return visit.go(_path(visit.id("queue_id")), "The queue is not for that group any more.")


async def show_on_network(visit: Visit) -> Response:
    """It is seen on a network."""
    try:
        async with visit.writing() as session:
            await queues.show_on_network(session, visit.person, visit.id("queue_id"), visit.field("network"))
    except Fault as fault:
        return await show_queue(visit, fault)
    return visit.go(_path(visit.id("queue_id")), "The queue is seen on that network.")


async def hide_on_network(visit: Visit) -> Response:
    """It is not seen on a network any more."""
    async with visit.writing() as session:
        await queues.hide_on_network(session, visit.person, visit.id("queue_id"), visit.id("network_id"))
    return visit.go(_path(visit.id("queue_id")), "The queue is not seen on that network any more.")


async def ask_to_remove(visit: Visit) -> Response:
    """Is this queue to be removed?"""
    async with visit.reading() as session:
        queue = await queues.get_queue(session, visit.person, visit.id("queue_id"))
    return visit.show(
        "confirm.html",
        title=f"Remove the queue {queue.name}?",
        sentences=("It disappears from every computer. Documents that wait already stay and can still be released.",),
        action=visit.request.url.path,
        button="Remove queue",
        back=_path(queue.id),
    )


async def remove(visit: Visit) -> Response:
    """The queue is removed from every computer."""
    async with visit.writing() as session:
        await queues.remove_queue(session, visit.person, visit.id("queue_id"))
    return visit.go("/queues", "The queue is removed.")


async def _choices(visit: Visit) -> dict[str, Any]:
    async with visit.reading() as session:
        suggested = await printers.find_printers(session, visit.person, "", limit=_SUGGESTED)
    return {"printers": suggested, "paper": _PAPER}


def _mode(visit: Visit) -> queues.Mode:
    return cast("queues.Mode", visit.field("mode"))  # the service refuses what is none


def _automatic(visit: Visit) -> bool:
    return visit.field("automatic") != "no"


def _defaults(visit: Visit) -> QueueDefaults:
    given = {
        "copies": visit.field("copies").strip() or None,
        "sides": visit.field("sides") or None,
        "print_color_mode": visit.field("color") or None,
        "media": visit.field("media") or None,
    }
    try:
        return QueueDefaults.model_validate(given)
    except ValidationError as error:
        field = str(error.errors(include_url=False)[0]["loc"][0])
        raise Invalid(
            "Choose a number from 1 to 999, or what the list offers.", field=_NAMES.get(field, field)
        ) from None


_NAMES = {"print_color_mode": "color"}


async def _printer_id(visit: Visit, session: Session) -> UUID | None:
    named = visit.field("printer")
    return (await printers.named_printer(session, visit.person, named)).id if named.strip() else None


def _path(queue_id: UUID) -> str:
    return f"/queues/{queue_id}"


_ONE = "/queues/{queue_id:uuid}"
PAGES = (
    Page("/queues", list_queues, role=Role.ADMINISTRATOR, place="/queues"),
    Page("/queues/add", ask_to_add, add, role=Role.ADMINISTRATOR, place="/queues"),
    Page(_ONE, show_queue, change, role=Role.ADMINISTRATOR, place="/queues"),
    Page(_ONE + "/groups", post=show_to_group, role=Role.ADMINISTRATOR, place="/queues"),
    Page(_ONE + "/groups/{group_id:uuid}/remove", post=hide_from_group, role=Role.ADMINISTRATOR, place="/queues"),
    Page(_ONE + "/networks", post=show_on_network, role=Role.ADMINISTRATOR, place="/queues"),
    Page(_ONE + "/networks/{network_id:uuid}/remove", post=hide_on_network, role=Role.ADMINISTRATOR, place="/queues"),
    Page(_ONE + "/remove", ask_to_remove, remove, role=Role.ADMINISTRATOR, place="/queues"),
)
