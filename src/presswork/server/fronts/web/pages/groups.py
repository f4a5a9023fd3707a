"""Groups: people, and groups, under one name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.responses import Response

from presswork.core.errors import Fault
from presswork.server import identity
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_AT_ONCE = 100
_FIELDS = "name email group"


async def list_groups(visit: Visit) -> Response:
    """All groups by name."""
    after = visit.request.query_params.get("after")
    async with visit.reading() as session:
        found = await identity.list_groups(session, visit.person, after=after, limit=_AT_ONCE)
    return visit.show("groups.html", groups=found, more=found[-1].name if len(found) == _AT_ONCE else None)


async def ask_to_add(visit: Visit) -> Response:
    """The form for another group."""
    return visit.show("group_add.html")


async def add(visit: Visit) -> Response:
    """Another group, empty."""
    try:
        async with visit.writing() as session:
            group = await identity.add_group(session, visit.person, name=visit.field("name"))
    except Fault as fault:
        return visit.again("group_add.html", fault, _FIELDS)
    return visit.go(_path(group.id), f"{group.name} is added. Say who is in it.")


async def show_group(visit: Visit, fault: Fault | None = None) -> Response:
    """One group and who is in it."""
    group_id, after = visit.id("group_id"), visit.request.query_params.get("after")
    async with visit.reading() as session:
        group = await identity.get_group(session, visit.person, group_id)
        people = await identity.list_group_people(session, visit.person, group_id, after=after, limit=_AT_ONCE)
        values: dict[str, Any] = {
            "group": group,
            "people": people,
            "inner": await identity.list_inner_groups(session, visit.person, group_id),
            "groups": await identity.list_groups(session, visit.person, limit=_AT_ONCE),
            "more": people[-1].email if len(people) == _AT_ONCE else None,
        }
    if fault is not None:
        return visit.again("group.html", fault, _FIELDS, **values)
    return visit.show("group.html", form=Form({"name": group.name}), **values)


async def rename(visit: Visit) -> Response:
    """Another name."""
    try:
        async with visit.writing() as session:
            group = await identity.rename_group(session, visit.person, visit.id("group_id"), visit.field("name"))
    except Fault as fault:
        return await show_group(visit, fault)
    return visit.go(_path(group.id), f"{group.name} is changed.")


async def add_person(visit: Visit) -> Response:
    """Somebody is in it, too."""
    try:
        async with visit.writing() as session:
            user = await identity.add_person_to_group(session, visit.person, visit.id("group_id"), visit.field("email"))
    except Fault as fault:
        return await show_group(visit, fault)
    return visit.go(_path(visit.id("group_id")), f"{user.display_name} is in the group.")


async def remove_person(visit: Visit) -> Response:
    """Somebody is not in it any more."""
    async with visit.writing() as session:
        await identity.remove_person_from_group(session, visit.person, visit.id("group_id"), visit.id("member_id"))
    return visit.go(_path(visit.id("group_id")), "They are not in the group any more.")


async def add_inner(visit: Visit) -> Response:
    """The people of another group are in it, too."""
    try:
        async with visit.writing() as session:
            inner = await identity.add_group_to_group(session, visit.person, visit.id("group_id"), visit.field("group"))
    except Fault as fault:
        return await show_group(visit, fault)
    return visit.go(_path(visit.id("group_id")), f"The people of {inner.name} are in the group.")


async def remove_inner(visit: Visit) -> Response:
    """The people of another group are not in it any more."""
    async with visit.writing() as session:
        await identity.remove_group_from_group(session, visit.person, visit.id("group_id"), visit.id("member_id"))
    return visit.go(_path(visit.id("group_id")), "That group is not in this one any more.")


async def ask_to_remove(visit: Visit) -> Response:
    """Is this group to be removed?"""
    async with visit.reading() as session:
        group = await identity.get_group(session, visit.person, visit.id("group_id"))
    return visit.show(
        "confirm.html",
        title=f"Remove the group {group.name}?",
        sentences=("Its people stay. Who was in another group only through this one is not in that any more.",),
        action=visit.request.url.path,
        button="Remove group",
        back=_path(group.id),
    )


async def remove(visit: Visit) -> Response:
    """The group is removed."""
    try:
        async with visit.writing() as session:
            await identity.remove_group(session, visit.person, visit.id("group_id"))
    except Fault as fault:
        return await show_group(visit, fault)
    return visit.go("/groups", "The group is removed.")


def _path(group_id: UUID) -> str:
    return f"/groups/{group_id}"


_ONE = "/groups/{group_id:uuid}"
PAGES = (
    Page("/groups", list_groups, role=Role.ADMINISTRATOR, place="/groups"),
    Page("/groups/add", ask_to_add, add, role=Role.ADMINISTRATOR, place="/groups"),
    Page(_ONE, show_group, rename, role=Role.ADMINISTRATOR, place="/groups"),
    Page(_ONE + "/people", post=add_person, role=Role.ADMINISTRATOR, place="/groups"),
    Page(_ONE + "/people/{member_id:uuid}/remove", post=remove_person, role=Role.ADMINISTRATOR, place="/groups"),
    Page(_ONE + "/groups", post=add_inner, role=Role.ADMINISTRATOR, place="/groups"),
    Page(_ONE + "/groups/{member_id:uuid}/remove", post=remove_inner, role=Role.ADMINISTRATOR, place="/groups"),
    Page(_ONE + "/remove", ask_to_remove, remove, role=Role.ADMINISTRATOR, place="/groups"),
)
