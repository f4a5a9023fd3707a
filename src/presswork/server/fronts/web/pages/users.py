"""People: who may sign in, and as what."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from presswork.core.errors import Fault, Invalid
from presswork.server import identity
from presswork.server.fronts.web.forms import Form
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_AT_ONCE = 100
_FIELDS = "email display_name role password"


async def list_users(visit: Visit) -> Response:
    """Everybody, by e-mail address."""
    after = visit.request.query_params.get("after")
    async with visit.reading() as session:
        users = await identity.list_users(session, visit.person, after=after, limit=_AT_ONCE)
    return visit.show("users.html", users=users, more=users[-1].email if len(users) == _AT_ONCE else None)


async def ask_to_add(visit: Visit) -> Response:
    """The form for a new person."""
    return visit.show("user_add.html", form=Form({"role": Role.USER}), roles=_roles(visit))


async def add(visit: Visit) -> Response:
    """A new person."""
    try:
        role = _role(visit)
        async with visit.writing() as session:
            user = await identity.create_user(
                session,
                visit.person,
                email=visit.field("email"),
                display_name=visit.field("display_name"),
                role=role,
                password=visit.field("password"),
            )
    except Fault as fault:
        return visit.again("user_add.html", fault, _FIELDS, roles=_roles(visit))
    return visit.go("/users", f"{user.display_name} can sign in now. Tell them their password; they can change it.")


async def show_user(visit: Visit, fault: Fault | None = None) -> Response:
    """One person: name, role, password, whether they may sign in."""
    async with visit.reading() as session:
        user = await identity.get_user(session, visit.person, visit.id("user_id"))
    roles = _roles(visit)
    if fault is not None:
        return visit.again("user.html", fault, _FIELDS, user=user, roles=roles)
    form = Form({"display_name": user.display_name, "role": user.role})
    return visit.show("user.html", form=form, user=user, roles=roles)


async def change(visit: Visit) -> Response:
    """Another name or role."""
    try:
        role = _role(visit)
        async with visit.writing() as session:
            user = await identity.change_user(
                session, visit.person, visit.id("user_id"), display_name=visit.field("display_name"), role=role
            )
    except Fault as fault:
        return await show_user(visit, fault)
    return visit.go("/users", f"{user.display_name} is changed.")


async def set_password(visit: Visit) -> Response:
    """A new password for somebody who lost it; their sessions end."""
    try:
        async with visit.writing() as session:
            user = await identity.change_user(
                session, visit.person, visit.id("user_id"), password=visit.field("password")
            )
    except Fault as fault:
        return await show_user(visit, fault)
    return visit.go(_path(user.id), f"{user.display_name} has a new password, and has to sign in again.")


async def disable(visit: Visit) -> Response:
    """They may not sign in any more, and are signed out."""
    return await _set_disabled(visit, disabled=True)


async def enable(visit: Visit) -> Response:
    """They may sign in again."""
    return await _set_disabled(visit, disabled=False)


async def _set_disabled(visit: Visit, *, disabled: bool) -> Response:
    try:
        async with visit.writing() as session:
            user = await identity.change_user(session, visit.person, visit.id("user_id"), disabled=disabled)
    except Fault as fault:
        return await show_user(visit, fault)
    words = "may not sign in any more, and is signed out." if disabled else "may sign in again."
    return visit.go(_path(user.id), f"{user.display_name} {words}")


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.field("role"))
    except ValueError:
        raise Invalid("Choose one of the roles.", field="role") from None


def _roles(visit: Visit) -> tuple[tuple[str, str, str], ...]:
    explained = (
        (Role.USER, "User", "Prints, and releases their own documents."),
        (Role.ADMINISTRATOR, "Administrator", "Also manages printers, queues, computers and users."),
        (Role.OPERATOR, "Operator", "Also answers for this installation: its keys and its backup."),
    )
    return tuple((role.value, words, meaning) for role, words, meaning in explained if visit.person.role.includes(role))


def _path(user_id: UUID) -> str:
    return f"/users/{user_id}"


PAGES = (
    Page("/users", list_users, role=Role.ADMINISTRATOR, place="/users"),
    Page("/users/add", ask_to_add, add, role=Role.ADMINISTRATOR, place="/users"),
    Page("/users/{user_id:uuid}", show_user, change, role=Role.ADMINISTRATOR, place="/users"),
    Page("/users/{user_id:uuid}/password", post=set_password, role=Role.ADMINISTRATOR, place="/users"),
    Page("/users/{user_id:uuid}/disable", post=disable, role=Role.ADMINISTRATOR, place="/users"),
    Page("/users/{user_id:uuid}/enable", post=enable, role=Role.ADMINISTRATOR, place="/users"),
)
