"""A redirector: what people are called there, and what legacy systems may print over it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from presswork.core.errors import Fault
from presswork.server import computers, jobs, queues, routes
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_FIELDS = "rule domain email name queue ways socket_port allowed owner"
_AT_ONCE = 100


async def show(visit: Visit, fault: Fault | None = None) -> Response:
    """One redirector."""
    computer_id = visit.id("computer_id")
    async with visit.reading() as session:
        computer = await computers.get_computer(session, visit.person, computer_id)
        naming = await routes.get_naming(session, visit.person, computer_id)
        after = visit.request.query_params.get("after", "")[:255]
        names = await routes.list_names(session, visit.person, computer_id, after=after, limit=_AT_ONCE)
        inward = await routes.list_inward(session, visit.person, computer_id)
        there = await queues.queues_there(session, visit.person, computer_id)
        nobodys = await jobs.names_of_nobody(session, visit.person, computer_id)
    shown: dict[str, Any] = {
        "computer": computer,
        "names": names,
        "more": names[-1].name if len(names) == _AT_ONCE else None,
        "inward": inward,
        "queues": there,
        "there": {queue.id for queue in there},
        "nobodys": nobodys,
        "address": next((one for one in computer.addresses if ":" not in one), "") or computer.name,
    }
    kept = {"rule": naming.rule, "domain": naming.domain}
    if fault is None:
        return visit.show("redirector.html", form=Form(kept), **shown)
    visit.form = {**kept, **(visit.form or {})}  # another form of the page was refused: the rule stands as it is
    return visit.again("redirector.html", fault, _FIELDS, **shown)


async def set_naming(visit: Visit) -> Response:
    """What people are called there."""
    try:
        async with visit.writing() as session:
            await routes.set_naming(
                session,
                visit.person,
                visit.id("computer_id"),
                rule=visit.field("rule"),
                domain=visit.field("domain"),
            )
    except Fault as fault:
        return await show(visit, fault)
    return visit.go(_path(visit), "People are called there as you chose.")


async def add_name(visit: Visit) -> Response:
    """Somebody is called otherwise."""
    try:
        async with visit.writing() as session:
            await routes.add_name(
                session,
                visit.person,
                visit.id("computer_id"),
                email=visit.field("email"),
                name=visit.field("name"),
            )
    except Fault as fault:
        return await show(visit, fault)
    return visit.go(_path(visit), "The name is in the table.")


async def remove_name(visit: Visit) -> Response:
    """Somebody is called as everybody again."""
    async with visit.writing() as session:
        await routes.remove_name(session, visit.person, visit.id("computer_id"), visit.id("user_id"))
    return visit.go(_path(visit), "The name is in the table no more.")


async def set_inward(visit: Visit) -> Response:
    """Legacy systems print to a queue."""
    try:
        async with visit.writing() as session:
            await routes.set_inward(
                session,
                visit.person,
                visit.id("computer_id"),
                queue=visit.field("queue"),
                ipp=visit.field("ipp") == "yes",
                lpd=visit.field("lpd") == "yes",
                socket_port=visit.field("socket_port"),
                allowed=visit.field("allowed").replace(",", " ").split(),
                owner=visit.field("owner"),
            )
    except Fault as fault:
        return await show(visit, fault)
    return visit.go(_path(visit), f"Legacy systems may print to {visit.field('queue').strip()} from now on.")


async def remove_inward(visit: Visit) -> Response:
    """Legacy systems print to a queue no more."""
    async with visit.writing() as session:
        await routes.remove_inward(session, visit.person, visit.id("computer_id"), visit.id("queue_id"))
    return visit.go(_path(visit), "Legacy systems do not print to the queue any more.")


def _path(visit: Visit) -> str:
    return f"/computers/{visit.id('computer_id')}/redirector"


_ONE = "/computers/{computer_id:uuid}/redirector"
PAGES = (
    Page(_ONE, show, role=Role.ADMINISTRATOR, place="/computers"),
    Page(_ONE + "/naming", post=set_naming, role=Role.ADMINISTRATOR, place="/computers"),
    Page(_ONE + "/names", post=add_name, role=Role.ADMINISTRATOR, place="/computers"),
    Page(_ONE + "/names/{user_id:uuid}/remove", post=remove_name, role=Role.ADMINISTRATOR, place="/computers"),
    Page(_ONE + "/inward", post=set_inward, role=Role.ADMINISTRATOR, place="/computers"),
    Page(_ONE + "/inward/{queue_id:uuid}/remove", post=remove_inward, role=Role.ADMINISTRATOR, place="/computers"),
)
