"""Networks and sites: where computers and printers are, and what is still to be filed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.responses import Response

from presswork.core.errors import Fault
from presswork.server import computers, networks, printers, queues
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.platform.database import Session
from presswork.server.tenants import Role

_AT_ONCE = 200
_NEW = "new"
_FIELDS = "name site_id parent_id kind value queue"


async def list_networks(visit: Visit, fault: Fault | None = None) -> Response:
    """All networks in the tree of sites, and the places to be filed."""
    after = visit.request.query_params.get("after")
    async with visit.reading() as session:
        found = await networks.list_networks(session, visit.person, after=after, limit=_AT_ONCE)
        values: dict[str, Any] = {
            "networks": found,
            "sites": await networks.list_sites(session, visit.person),
            "counts": await computers.count_computers(session, visit.person, [one.id for one in found]),
            "unknown": await computers.unknown_networks(session, visit.person),
            "more": found[-1].name if len(found) == _AT_ONCE else None,
        }
    if fault is not None:
        return visit.again("networks.html", fault, _FIELDS, **values)
    return visit.show("networks.html", **values)


async def file_network(visit: Visit) -> Response:
    """What computers told of becomes a network, or part of one."""
    into = visit.field("network_id")
    try:
        network_id = None if into == _NEW else visit.id_in(into, field="network_id", sentence="Choose a network.")
        async with visit.writing() as session:
            network = await computers.file_network(
                session,
                visit.person,
                kind=visit.field("kind"),
                value=visit.field("value"),
                network_id=network_id,
                name=visit.field("name"),
            )
    except Fault as fault:
        return await list_networks(visit, fault)
    return visit.go("/networks", f"Filed under {network.name}. Its computers get their queues with their next word.")


async def ask_to_add(visit: Visit) -> Response:
    """The form for another network."""
    return visit.show("network_add.html", sites=await _sites(visit))


async def add(visit: Visit) -> Response:
    """Another network."""
    try:
        async with visit.writing() as session:
            network = await networks.add_network(
                session, visit.person, name=visit.field("name"), site_id=_site(visit, "site_id")
            )
    except Fault as fault:
        return visit.again("network_add.html", fault, _FIELDS, sites=await _sites(visit))
    return visit.go(_path(network.id), f"{network.name} is added. Say by what it is known.")


async def show_network(visit: Visit, fault: Fault | None = None) -> Response:
    """One network: by what it is known, what is on it, its default queue."""
    network_id = visit.id("network_id")
    async with visit.reading() as session:
        network = await networks.get_network(session, visit.person, network_id)
        default = await queues.default_of_network(session, visit.person, network_id)
        names = {} if default is None else await queues.queue_names(session, visit.person.tenant_id, {default})
        values: dict[str, Any] = {
            "network": network,
            "marks": await networks.list_marks(session, visit.person, network_id),
            "sites": await networks.list_sites(session, visit.person),
            "computers": await computers.computers_on_network(session, visit.person, network_id, limit=20),
            "count": (await computers.count_computers(session, visit.person, [network_id])).get(network_id, 0),
            "queues": await queues.list_queues(session, visit.person, limit=_AT_ONCE),
        }
    if fault is not None:
        return visit.again("network.html", fault, _FIELDS, **values)
    form = Form({"name": network.name, "site_id": str(network.site_id or ""), "queue": "".join(names.values())})
    return visit.show("network.html", form=form, **values)


async def change(visit: Visit) -> Response:
    """Another name, site or default queue."""
    try:
        async with visit.writing() as session:
            network = await networks.change_network(
                session,
                visit.person,
                visit.id("network_id"),
                name=visit.field("name"),
                site_id=_site(visit, "site_id"),
            )
            await queues.set_default(session, visit.person, network.id, await _queue(visit, session))
    except Fault as fault:
        return await show_network(visit, fault)
    return visit.go(_path(network.id), f"{network.name} is changed.")


async def add_mark(visit: Visit) -> Response:
    """It is known by this, too."""
    try:
        async with visit.writing() as session:
            mark = await networks.add_mark(
                session, visit.person, visit.id("network_id"), kind=visit.field("kind"), value=visit.field("value")
            )
    except Fault as fault:
        return await show_network(visit, fault)
    return visit.go(_path(visit.id("network_id")), f"It is known by {mark.value} from now on.")


async def remove_mark(visit: Visit) -> Response:
    """It is not known by this any more."""
    async with visit.writing() as session:
        await networks.remove_mark(session, visit.person, visit.id("network_id"), visit.id("mark_id"))
    return visit.go(_path(visit.id("network_id")), "It is not known by that any more.")


async def ask_to_remove(visit: Visit) -> Response:
    """Is this network to be removed?"""
    async with visit.reading() as session:
        network = await networks.get_network(session, visit.person, visit.id("network_id"))
    return visit.show(
        "confirm.html",
        title=f"Remove the network {network.name}?",
        sentences=("Its computers and printers stay, and are on no known network then.",),
        action=visit.request.url.path,
        button="Remove network",
        back=_path(network.id),
    )


async def remove(visit: Visit) -> Response:
    """The network is removed."""
    try:
        async with visit.writing() as session:
            await networks.remove_network(session, visit.person, visit.id("network_id"))
    except Fault as fault:
        return await show_network(visit, fault)
    return visit.go("/networks", "The network is removed.")


async def ask_to_add_site(visit: Visit) -> Response:
    """The form for another site."""
    return visit.show("site.html", site=None, sites=await _sites(visit))


async def add_site(visit: Visit) -> Response:
    """Another site."""
    try:
        async with visit.writing() as session:
            site = await networks.add_site(
                session, visit.person, name=visit.field("name"), parent_id=_site(visit, "parent_id")
            )
    except Fault as fault:
        return visit.again("site.html", fault, _FIELDS, site=None, sites=await _sites(visit))
    return visit.go("/networks", f"{site.name} is added.")


async def show_site(visit: Visit, fault: Fault | None = None) -> Response:
    """One site."""
    async with visit.reading() as session:
        site = await networks.get_site(session, visit.person, visit.id("site_id"))
    sites = [row for row in await _sites(visit) if row[0].id != site.id]
    if fault is not None:
        return visit.again("site.html", fault, _FIELDS, site=site, sites=sites)
    form = Form({"name": site.name, "parent_id": str(site.parent_id or "")})
    return visit.show("site.html", form=form, site=site, sites=sites)


async def change_site(visit: Visit) -> Response:
    """Another name or place in the tree."""
    try:
        async with visit.writing() as session:
            site = await networks.change_site(
                session,
                visit.person,
                visit.id("site_id"),
                name=visit.field("name"),
                parent_id=_site(visit, "parent_id"),
            )
    except Fault as fault:
        return await show_site(visit, fault)
    return visit.go("/networks", f"{site.name} is changed.")


async def remove_site(visit: Visit) -> Response:
    """An empty site is removed."""
    try:
        async with visit.writing() as session:
            await networks.remove_site(session, visit.person, visit.id("site_id"))
    except Fault as fault:
        return await show_site(visit, fault)
    return visit.go("/networks", "The site is removed.")


async def ask_where(visit: Visit, fault: Fault | None = None) -> Response:
    """On which network is this printer?"""
    async with visit.reading() as session:
        printer = await printers.get_printer(session, visit.person, visit.id("printer_id"))
        at = {printer.network_id} if printer.network_id else set()
        names = await networks.network_names(session, visit.person.tenant_id, at)
        found = await networks.list_networks(session, visit.person, limit=_AT_ONCE)
    if fault is not None:
        return visit.again("printer_place.html", fault, "network", printer=printer, networks=found)
    form = Form({"network": "".join(names.values())})
    return visit.show("printer_place.html", form=form, printer=printer, networks=found)


async def place_printer(visit: Visit) -> Response:
    """It is on that network, or on none that is known."""
    name = visit.field("network").strip()
    try:
        async with visit.writing() as session:
            network = await networks.find_network(session, visit.person, name) if name else None
            printer = await printers.place_printer(
                session, visit.person, visit.id("printer_id"), None if network is None else network.id
            )
    except Fault as fault:
        return await ask_where(visit, fault)
    where = "on no known network" if network is None else f"on {network.name}"
    return visit.go(f"/printers/{printer.id}", f"{printer.name} is {where}.")


async def _sites(visit: Visit) -> Sequence[tuple[networks.Site, int]]:
    async with visit.reading() as session:
        return await networks.list_sites(session, visit.person)


def _site(visit: Visit, field: str) -> UUID | None:
    text = visit.field(field)
    return visit.id_in(text, field=field, sentence="Choose one of the sites.") if text else None


async def _queue(visit: Visit, session: Session) -> UUID | None:
    name = visit.field("queue").strip()
    return (await queues.find_queue(session, visit.person, name)).id if name else None


def _path(network_id: UUID) -> str:
    return f"/networks/{network_id}"


_ONE, _SITE = "/networks/{network_id:uuid}", "/sites/{site_id:uuid}"
PAGES = (
    Page("/networks", list_networks, role=Role.ADMINISTRATOR, place="/networks"),
    Page("/networks/file", post=file_network, role=Role.ADMINISTRATOR, place="/networks"),
    Page("/networks/add", ask_to_add, add, role=Role.ADMINISTRATOR, place="/networks"),
    Page(_ONE, show_network, change, role=Role.ADMINISTRATOR, place="/networks"),
    Page(_ONE + "/marks", post=add_mark, role=Role.ADMINISTRATOR, place="/networks"),
    Page(_ONE + "/marks/{mark_id:uuid}/remove", post=remove_mark, role=Role.ADMINISTRATOR, place="/networks"),
    Page(_ONE + "/remove", ask_to_remove, remove, role=Role.ADMINISTRATOR, place="/networks"),
    Page("/printers/{printer_id:uuid}/place", ask_where, place_printer, role=Role.ADMINISTRATOR, place="/printers"),
    Page("/sites/add", ask_to_add_site, add_site, role=Role.ADMINISTRATOR, place="/networks"),
    Page(_SITE, show_site, change_site, role=Role.ADMINISTRATOR, place="/networks"),
    Page(_SITE + "/remove", post=remove_site, role=Role.ADMINISTRATOR, place="/networks"),
)
