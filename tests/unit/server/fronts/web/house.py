"""A furnished server and the browsers that speak to its pages."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2

from presswork.server.fronts.web.cookies import form_token
from presswork.testing.html import Html, complaints
from presswork.testing.organisation import Organisation


@dataclass
class Browser:
    """A person's browser; ``secret`` makes its form tokens."""

    client: httpx2.AsyncClient
    secret: str = ""

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """Open a page; redirects are not followed."""
        return await self.client.get(path, headers=headers)

    async def page(self, path: str) -> Html:
        """Open a page that is there."""
        answer = await self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("location"))
        assert complaints(answer.text) == [], path
        return Html(answer.text)

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form, with its token unless another one is given."""
        fields.setdefault("form_token", form_token(self.secret))
        return await self.client.post(path, data=fields)

    async def done(self, path: str, **fields: str) -> Html:
        """Send a form that is accepted, and open the page it leads to."""
        answer = await self.post(path, **fields)
        assert answer.status_code == 303, (path, answer.status_code, Html(answer.text).text)
        return await self.page(answer.headers["location"])


@dataclass
class House:
    """A furnished server and its pages."""

    organisation: Organisation
    ada: Browser
    bob: Browser
    carla: Browser
    stranger: Browser
