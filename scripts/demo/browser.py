"""A browser without a screen: opens pages, fills in forms, keeps cookies. It sees what a person without JavaScript sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from urllib.parse import urlencode

import httpx2


class DemoFailed(Exception):
    """The demo cannot go on; the sentence says why."""


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    options: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each selection: the words shown and the value sent."""
    buttons: list[str] = field(default_factory=list)
    """Other addresses its buttons send it to (``formaction``)."""

    def goes_to(self, ending: str) -> str | None:
        """The address ending so that it, or one of its buttons, is sent to."""
        return next((address for address in (self.action, *self.buttons) if address.endswith(ending)), None)


@dataclass
class Page:
    """A page: its address, its words and its forms."""

    url: str
    status: int
    text: str
    """All its words."""
    html: str
    forms: list[Form]
    links: list[str]
    images: list[str]

    def form(self, action: str) -> Form:
        """The form that is sent to an address ending so."""
        for form in self.forms:
            if form.goes_to(action) is not None:
                return form
        raise DemoFailed(f"The page {self.url} has no form for {action}: {self.text[:500]}")


class Browser:
    """One person's browser at one site."""

    def __init__(self, origin: str) -> None:
        self._client = httpx2.AsyncClient(base_url=origin, follow_redirects=True, timeout=15, trust_env=False)

    async def __aenter__(self) -> Browser:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def open(self, address: str) -> Page:
        """Look at a page."""
        return _page(await self._client.get(address))

    async def fetch(self, address: str) -> bytes:
        """The octets behind an address, such as a picture."""
        return (await self._client.get(address)).content

    async def send(self, page: Page, action: str, values: Mapping[str, str]) -> Page:
        """Fill in the form and press its button; a page with a fault ends the demo."""
        form = page.form(action)
        unknown = set(values) - set(form.values)
        if unknown:
            raise DemoFailed(f"The form {action} on {page.url} has no field {', '.join(sorted(unknown))}.")
        body = urlencode(form.values | dict(values))
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        address = form.goes_to(action) or page.url
        answer = _page(await self._client.post(address, content=body, headers=headers))
        if answer.status >= 400:
            raise DemoFailed(f"{address} was refused ({answer.status}): {answer.text[:500]}")
        return answer


def _page(response: httpx2.Response) -> Page:
    reader = _Reader()
    reader.feed(response.text)
    text = " ".join(" ".join(reader.words).split())
    return Page(str(response.url), response.status_code, text, response.text, reader.forms, reader.links, reader.images)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.images: list[str] = []
        self.words: list[str] = []
        self._by_id: dict[str, Form] = {}
        self._form: Form | None = None
        self._select = ""
        self._option: str | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "style"}:
            self._silent += 1
        elif tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "img":
            self.images.append(given.get("src", ""))
        elif tag == "button" and "formaction" in given:
            owner = self._by_id.get(given.get("form", ""), self._form)
            if owner is not None:
                owner.buttons.append(given["formaction"])
        elif self._form is not None and given.get("name") and tag in {"input", "textarea", "button"}:
            chosen = given.get("type") not in {"radio", "checkbox"} or "checked" in given
            if chosen or given["name"] not in self._form.values:
                self._form.values[given["name"]] = given.get("value", "") if chosen else ""
        elif tag == "select" and self._form is not None:
            self._select = given.get("name", "")
            self._form.options[self._select] = {}
        elif tag == "option" and self._form is not None and self._select:
            self._option = given.get("value", "")
            if "selected" in given or self._select not in self._form.values:
                self._form.values[self._select] = self._option

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "option":
            self._option = None

    def handle_data(self, data: str) -> None:
        if self._silent or not data.strip():
            return
        if self._option is not None and self._form is not None:
            self._form.options[self._select][data.strip()] = self._option
        else:
            self.words.append(data)
