"""Queues: what people find in the print dialog of their computers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from starlette.responses import Response

from presswork.core.errors import Fault
from presswork.server import printers, queues
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_FIELDS = "name info location mode printer_id"


async def list_queues(visit: Visit) -> Response:
    """All queues."""
    async with visit.reading() as session:
        found = await queues.list_queues(session, visit.person)
        names = await printers.printer_names(
            session, visit.person.tenant_id, {queue.printer_id for queue in found if queue.printer_id}
        )
    return visit.show("queues.html", queues=found, printer_names=names)


async def ask_to_add(visit: Visit) -> Response:
    """The form for another queue."""
    return visit.show("queue_add.html", form=Form({"mode": "hold"}), printers=await _printers(visit))


async def add(visit: Visit) -> Response:
    """Another queue, on every computer."""
    try:
        async with visit.writing() as session:
            queue = await queues.add_queue(
                session,
                visit.person,
                name=visit.field("name"),
                mode=_mode(visit),
                printer_id=_printer_id(visit),
                info=visit.field("info"),
                location=visit.field("location"),
            )
    except Fault as fault:
        return visit.again("queue_add.html", fault, _FIELDS, printers=await _printers(visit))
    return visit.go("/queues", f"{queue.name} is added. It appears on every computer within a minute.")


async def show_queue(visit: Visit, fault: Fault | None = None) -> Response:
    """One queue."""
    async with visit.reading() as session:
        queue = await queues.get_queue(session, visit.person, visit.id("queue_id"))
    found = await _printers(visit)
    if fault is not None:
        return visit.again("queue.html", fault, _FIELDS, queue=queue, printers=found)
    form = Form(
        {
            "info": queue.info,
            "location": queue.location,
            "mode": queue.mode,
            "printer_id": str(queue.printer_id or ""),
        }
    )
    return visit.show("queue.html", form=form, queue=queue, printers=found)


async def change(visit: Visit) -> Response:
    """Another description, place or way."""
    try:
        async with visit.writing() as session:
            queue = await queues.change_queue(
                session,
                visit.person,
                visit.id("queue_id"),
                mode=_mode(visit),
                printer_id=_printer_id(visit),
                info=visit.field("info"),
                location=visit.field("location"),
            )
    except Fault as fault:
        return await show_queue(visit, fault)
    return visit.go("/queues", f"{queue.name} is changed.")


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
        back=f"/queues/{queue.id}",
    )


async def remove(visit: Visit) -> Response:
    """The queue is removed from every computer."""
    async with visit.writing() as session:
        await queues.remove_queue(session, visit.person, visit.id("queue_id"))
    return visit.go("/queues", "The queue is removed.")


async def _printers(visit: Visit) -> Sequence[printers.Printer]:
    async with visit.reading() as session:
        return await printers.list_printers(session, visit.person)


def _mode(visit: Visit) -> queues.Mode:
    return cast("queues.Mode", visit.field("mode"))  # the service refuses what is neither


def _printer_id(visit: Visit) -> UUID | None:
    text = visit.field("printer_id")
    return visit.id_in(text, field="printer_id", sentence="Choose one of the printers.") if text else None


_ONE = "/queues/{queue_id:uuid}"
PAGES = (
    Page("/queues", list_queues, role=Role.ADMINISTRATOR, place="/queues"),
    Page("/queues/add", ask_to_add, add, role=Role.ADMINISTRATOR, place="/queues"),
    Page(_ONE, show_queue, change, role=Role.ADMINISTRATOR, place="/queues"),
    Page(_ONE + "/remove", ask_to_remove, remove, role=Role.ADMINISTRATOR, place="/queues"),
)
