"""Set up, sign in, sign out: what can be seen without being signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from presswork.core.errors import Fault
from presswork.server import identity, tenants
from presswork.server.fronts.web.visit import Page, Visit


def local_path(text: str) -> str:
    """``text`` if it is a path of this site, else ``/``: nobody is sent elsewhere after signing in."""
    parts = urlsplit(text)
    local = text.startswith("/") and not text.startswith("//") and not parts.scheme and not parts.netloc
    plain = text.isascii() and text.isprintable() and "\\" not in text and len(text) <= 1000
    return text if local and plain else "/"


async def ask_to_sign_in(visit: Visit) -> Response:
    """The door."""
    onward = local_path(visit.request.query_params.get("next", "/"))
    if visit.principal is not None:
        return visit.go(onward)
    return await _door(visit, onward)


async def _door(visit: Visit, onward: str, fault: Fault | None = None) -> Response:
    async with visit.reading() as session:
        organisation = await tenants.tenant_name(session, visit.context.installation.tenant_id)
    if fault is not None:
        return visit.again("sign_in.html", fault, "email", next=onward, organisation=organisation)
    return visit.show("sign_in.html", next=onward, organisation=organisation)


async def sign_in(visit: Visit) -> Response:
    """Through the door, with a new session."""
    onward = local_path(visit.field("next"))
    try:
        async with visit.writing() as session:
            signed_in = await identity.sign_in(
                session,
                visit.context.sign_in_limits,
                tenant_id=visit.context.installation.tenant_id,
                email=visit.field("email"),
                password=visit.field("password"),
                address=visit.address,
            )
    except Fault as fault:
        return await _door(visit, onward, fault)
    response = visit.go(onward)
    visit.site.cookies.keep_session(response, signed_in.token)
    return response


async def sign_out(visit: Visit) -> Response:
    """The session is over, here and on the server."""
    async with visit.writing() as session:
        await identity.sign_out(session, visit.person)
    response = visit.go("/sign-in")
    visit.site.cookies.end_session(response)
    return response


async def ask_to_set_up(visit: Visit) -> Response:
    """The one-time page; there is no such page once an administrator exists."""
    async with visit.reading() as session:
        opens = await identity.set_up_open(session, visit.context.installation.tenant_id, _token(visit))
    if not opens:
        raise identity.set_up_link_over()
    return visit.show("set_up.html")


async def set_up(visit: Visit) -> Response:
    """Make the organisation and its first person, who is signed in with that."""
    try:
        async with visit.writing() as session:
            signed_in = await identity.set_up(
                session,
                tenant_id=visit.context.installation.tenant_id,
                token=_token(visit),
                organisation=visit.field("organisation"),
                email=visit.field("email"),
                display_name=visit.field("display_name"),
                password=visit.field("password"),
                address=visit.address,
            )
    except Fault as fault:
        return visit.again("set_up.html", fault, "organisation display_name email password")
    response = visit.go("/overview")
    visit.site.cookies.keep_session(response, signed_in.token)
    return response


def _token(visit: Visit) -> str:
    token: str = visit.request.path_params["token"]
    return token


PAGES = (
    Page("/sign-in", ask_to_sign_in, sign_in, role=None),
    Page("/sign-out", post=sign_out),
    Page("/set-up/{token}", ask_to_set_up, set_up, role=None),
)
