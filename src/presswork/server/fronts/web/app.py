"""Puts the pages into the server: which stand where, and who may see them.

Each request passes here in the same order: who is it; is a form one of ours; the page; a fault becomes a page that says
what to do next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar
from urllib.parse import quote

import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from presswork.core.errors import Fault, Forbidden, NotFound, NotSignedIn
from presswork.server import identity
from presswork.server.fronts.web.assets import Assets
from presswork.server.fronts.web.cookies import Cookies, is_form_token
from presswork.server.fronts.web.forms import read_form
from presswork.server.fronts.web.pages import PAGES
from presswork.server.fronts.web.rendering import Templates
from presswork.server.fronts.web.visit import Page, Site, Visit
from presswork.server.platform.context import ServerContext
from presswork.server.platform.problems import problem, status_of
from presswork.server.platform.secrets import new_token
from presswork.server.tenants import Principal

_log = structlog.get_logger()


class FormOutdated(Forbidden):
    """A form that was not sent from a page of ours in this browser, or not in this session."""

    code: ClassVar[str] = "form-outdated"


_PROGRAMS = ("/api/", "/websocket/")
"""What stands below these is for programs, even where nothing does."""
_TITLES = {
    403: "This is not for you",
    404: "There is no such page",
    410: "That is over",
    413: "Too much at once",
    429: "Too many attempts",
    500: "Something went wrong here",
}
_OUTDATED = "Please do it once more"


def mount_web(app: FastAPI, context: ServerContext) -> None:
    """Add all pages and their files to ``app``; to be called after the other fronts, for it answers every other path."""
    assets = Assets()
    site = Site(context, Templates(assets, context.clock), Cookies(secure=context.secure))
    app.router.routes.append(assets.route())
    for page in (*PAGES, Page("/{anything:path}", _no_such_page, role=None)):
        endpoint = _endpoint(site, page)
        app.router.routes.append(Route(page.path, endpoint, methods=["GET", "POST"], include_in_schema=False))


async def _no_such_page(visit: Visit) -> Response:
    if visit.request.url.path.startswith(_PROGRAMS):
        return problem(NotFound("There is nothing at this address of the API."), visit.request)
    raise NotFound("Nothing stands at this address. It may be mistyped, or what it showed was removed.")


def _endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        known = site.cookies.visitor(request)
        visit = Visit(site, request, known or new_token(site.context.randomness), place=page.place)
        try:
            response = await _answer(visit, page)
        except NotSignedIn:
            response = _to_the_door(visit)
        except Fault as fault:
            outdated = isinstance(fault, FormOutdated)
            response = _fault_page(visit, status_of(fault), fault.sentence, _OUTDATED if outdated else "")
        except Exception as error:
            # On a thread: a traceback reads the source files.
            await asyncio.to_thread(_log.error, "A page failed by a mistake of ours.", path=page.path, exc_info=error)
            response = _fault_page(
                visit, 500, "It is not your fault, and what you asked for may not be done. Try again."
            )
        if known is None and visit.principal is None:
            site.cookies.keep_visitor(response, visit.secret)
        return response

    return endpoint


async def _answer(visit: Visit, page: Page) -> Response:
    token = visit.site.cookies.session(visit.request)
    if token is not None:
        visit.principal = await _principal(visit, token)
        if visit.principal is not None:
            visit.secret = token
    if page.role is not None:
        visit.person.require(page.role)
    handler = page.post if visit.request.method == "POST" else page.get
    if handler is None:
        return await _no_such_page(visit)
    if handler is page.post:
        visit.form = await read_form(visit.request, page.form_limit)
        _require_own_form(visit)
    return await handler(visit)


async def _principal(visit: Visit, token: str) -> Principal | None:
    try:
        return await identity.authenticate(visit.context.database, token, address=visit.address)
    except NotSignedIn:
        return None


def _require_own_form(visit: Visit) -> None:
    """A form counts only when it comes from a page of ours in this very browser."""
    elsewhere = visit.request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
    if elsewhere or not is_form_token(visit.secret, visit.field("form_token")):
        raise FormOutdated(
            "This form is not valid any more: perhaps you signed in or out meanwhile, or the page was open for long."
            " Open the page again and repeat what you did."
        )


def _to_the_door(visit: Visit) -> Response:
    """Sign in, and come back to what was asked for."""
    path = visit.request.url.path
    if visit.request.url.query:
        path += "?" + visit.request.url.query
    onward = "" if visit.request.method != "GET" or path == "/" else f"?next={quote(path, safe='/')}"
    if visit.refreshing:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    response = RedirectResponse(f"/sign-in{onward}", 303)
    if visit.site.cookies.session(visit.request) is not None:
        visit.site.cookies.end_session(response)
    return response


def _fault_page(visit: Visit, status: int, sentence: str, title: str = "") -> Response:
    title = title or _TITLES.get(status, "This did not work")
    return visit.show(
        "fault.html",
        status=status,
        title=title,
        sentence=sentence,
        reference=_reference(visit) if status >= 500 else "",
    )


def _reference(visit: Visit) -> str:
    return str(visit.request.scope.get("presswork.request_id", ""))
