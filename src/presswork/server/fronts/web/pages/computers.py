"""Computers: which belong here, and how another one joins."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from presswork.core.errors import Gone
from presswork.protocols.control.agent import RELAYS
from presswork.server import computers, jobs, networks, routes
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_AT_ONCE = 100


async def list_computers(visit: Visit) -> Response:
    """All computers, with whether they are there."""
    before = _cursor(visit)
    async with visit.reading() as session:
        found = await computers.list_computers(session, visit.person, before=before, limit=_AT_ONCE)
        now = session.now()
    rows = [(computer, computer.online(now)) for computer in found]
    return visit.show("computers.html", rows=rows, more=found[-1].id if len(found) == _AT_ONCE else None)


async def ask_to_add(visit: Visit) -> Response:
    """How a computer joins."""
    return visit.show("computer_add.html", code=None)


async def add(visit: Visit) -> Response:
    """A one-use code, shown this once: the page is the answer to the form, because it can never be shown again."""
    async with visit.writing() as session:
        code = await computers.create_enrolment_code(session, visit.person, visit.context.installation.authority)
    command = f"presswork agent enrol {visit.context.public_url} {code.code}"
    return visit.show("computer_add.html", code=code, command=command)


async def show_computer(visit: Visit) -> Response:
    """One computer: where it is, what it listens on, and what it does for others."""
    async with visit.reading() as session:
        computer = await computers.get_computer(session, visit.person, visit.id("computer_id"))
        at = await computers.networks_of_computer(session, computer.tenant_id, computer.id)
        names = await networks.network_names(session, computer.tenant_id, at)
        chosen = await routes.get_carriers(session, visit.person)
        online = computer.online(session.now())
    ports = (
        ("Relay", "TCP", computer.relay_port, "takes documents of other computers, to print them or to keep them"),
        ("Redirector", "TCP", computer.redirector_port, "takes documents for its own queues"),
        ("Discovery", "UDP", computer.discovery_port, "finds the other computers on its network"),
    )
    return visit.show(
        "computer.html",
        computer=computer,
        online=online,
        carries=RELAYS in computer.capabilities,
        allowed=not chosen or computer.site_node or computer.carrier,
        everybody=not chosen,
        networks=sorted(names.items(), key=lambda one: one[1]),
        ports=[one for one in ports if one[2] is not None],
    )


async def set_duties(visit: Visit) -> Response:
    """What it does for others from now on."""
    try:
        async with visit.writing() as session:
            computer = await computers.set_duties(
                session,
                visit.person,
                visit.id("computer_id"),
                site_node=visit.field("site_node") == "yes",
                redirector=visit.field("redirector") == "yes",
                carrier=visit.field("carrier") == "yes",
            )
    except Gone as fault:
        return visit.go("/computers", fault.sentence, "warning")
    return visit.go(f"/computers/{computer.id}", f"The duties of {computer.name} are as you chose.")


async def ask_to_remove(visit: Visit) -> Response:
    """Is this computer to be removed?"""
    async with visit.reading() as session:
        computer = await computers.get_computer(session, visit.person, visit.id("computer_id"))
    return visit.show(
        "confirm.html",
        title=f"Remove {computer.name}?",
        sentences=(
            "It can neither print nor report from then on, and its queues go.",
            "Documents that wait on it cannot be released any more, and their owners read that. To bring it back, enrol it again.",
        ),
        action=visit.request.url.path,
        button="Remove computer",
        back=f"/computers/{computer.id}",
    )


async def remove(visit: Visit) -> Response:
    """The computer belongs here no more."""
    async with visit.writing() as session:
        computer = await jobs.remove_computer(session, visit.person, visit.id("computer_id"))
    return visit.go("/computers", f"{computer.name} is removed.")


def _cursor(visit: Visit) -> UUID | None:
    text = visit.request.query_params.get("before")
    return (
        visit.id_in(text, field="before", sentence="This is not a page of the list. Open the list again.")
        if text
        else None
    )


PAGES = (
    Page("/computers", list_computers, role=Role.ADMINISTRATOR, place="/computers"),
    Page("/computers/add", ask_to_add, add, role=Role.ADMINISTRATOR, place="/computers"),
    Page("/computers/{computer_id:uuid}", show_computer, set_duties, role=Role.ADMINISTRATOR, place="/computers"),
    Page("/computers/{computer_id:uuid}/remove", ask_to_remove, remove, role=Role.ADMINISTRATOR, place="/computers"),
)
