"""One request of one browser: who it is, the form it sent, and the answers it can get."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from presswork.core.errors import Fault, Invalid, NotFound, NotSignedIn
from presswork.server.fronts.web.cookies import Cookies, Notice, Tone, form_token
from presswork.server.fronts.web.forms import EMPTY, LIMIT, Form, shown_again
from presswork.server.fronts.web.rendering import Templates
from presswork.server.platform.context import ServerContext
from presswork.server.platform.database import Session
from presswork.server.platform.problems import status_of
from presswork.server.tenants import Principal, Role


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages are made with."""

    context: ServerContext
    templates: Templates
    cookies: Cookies


@dataclass(slots=True)
class Visit:
    """One request. ``secret`` is what the form tokens of this browser are made from."""

    site: Site
    request: Request
    secret: str
    principal: Principal | None = None
    form: Mapping[str, str] | None = None
    place: str = ""
    """The address in the navigation to which this page belongs."""

    @property
    def person(self) -> Principal:
        """Who is signed in; ``NotSignedIn`` where nobody is."""
        if self.principal is None:
            raise NotSignedIn("You are not signed in, or your session is over. Sign in.")
        return self.principal

    @property
    def context(self) -> ServerContext:
        """What the server is made of."""
        return self.site.context

    @property
    def address(self) -> str:
        """Where the request came from."""
        return self.request.client.host if self.request.client else ""

    @property
    def refreshing(self) -> bool:
        """Whether a page that is already shown asks for its live part, rather than a person for a page."""
        return "hx-request" in self.request.headers

    def reading(self) -> AbstractAsyncContextManager[Session]:
        """A session of the database for questions."""
        return self.context.database.reading()

    def writing(self) -> AbstractAsyncContextManager[Session]:
        """A transaction."""
        return self.context.database.writing()

    def field(self, name: str) -> str:
        """A field of the form; empty where it was not sent."""
        return (self.form or {}).get(name, "")

    def id(self, name: str) -> UUID:
        """An id in the path."""
        found: UUID = self.request.path_params[name]
        return found

    def id_in(self, text: str, *, field: str, sentence: str) -> UUID:
        """An id that a form or a query holds; ``Invalid`` with ``sentence`` for anything else."""
        try:
            return UUID(text)
        except ValueError:
            raise Invalid(sentence, field=field) from None

    def show(self, template: str, *, status: int = 200, form: Form = EMPTY, **values: Any) -> Response:
        """A page."""
        taken: list[str] = []
        notice = None
        if not self.refreshing:
            notice = self.site.cookies.take_notice(self.request, taken, self.secret)
        page = self.site.templates.render(
            template,
            {
                "principal": self.principal,
                "administrator": self.principal is not None and self.principal.role.includes(Role.ADMINISTRATOR),
                "form_token": form_token(self.secret),
                "here": self.place,
                "notice": notice,
                "form": form,
                **values,
            },
        )
        response = HTMLResponse(page, status)
        self.site.cookies.remove(response, taken)
        return response

    def again(self, template: str, fault: Fault, fields: str, **values: Any) -> Response:
        """The form's page once more, with the fault beside one of its ``fields`` or above them."""
        if isinstance(fault, NotFound):
            raise fault
        form = shown_again(self.form or {}, fault, frozenset(fields.split()))
        return self.show(template, status=status_of(fault), form=form, **values)

    def go(self, path: str, words: str = "", tone: Tone = "success") -> Response:
        """On to another page of ours after a form, with a message on it."""
        response = RedirectResponse(path, 303)
        if words:
            self.site.cookies.keep_notice(response, Notice(tone, words), self.secret)
        return response


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """What stands at a path. ``role`` is the least role that may see it; None: nobody needs to be signed in.

    That the services check again is what counts; this keeps people from pages that would only disappoint them.
    """

    path: str
    get: Handler | None = None
    post: Handler | None = None
    role: Role | None = Role.USER
    place: str = ""
    form_limit: int = LIMIT
    """Largest form it takes, in octets."""
