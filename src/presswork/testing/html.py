"""A page as a browser parses it, and what is wrong with it by the rules all our pages keep."""

from __future__ import annotations

from html.parser import HTMLParser

_NO_END = frozenset({"meta", "link", "img", "input", "hr", "br", "use", "path", "circle", "rect"})


class Html(HTMLParser):
    """A parsed page: elements with their attributes in order, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._pieces: list[str] = []
        self.unbalanced: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        self.unbalanced += [f"<{tag}> is not closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Part of ``HTMLParser``."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _NO_END:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Part of ``HTMLParser``."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Part of ``HTMLParser``."""
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.unbalanced.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        """Part of ``HTMLParser``."""
        self.text += data
        self._pieces += data.split()

    @property
    def words(self) -> str:
        """All text with one space between pieces."""
        return " ".join(self._pieces)

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of every such element that has these attributes."""
        return [
            attributes
            for name, attributes in self.elements
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]

    def links(self) -> list[str]:
        """Where its links lead."""
        return [attributes["href"] for attributes in self.all("a") if "href" in attributes]


def complaints(page: str) -> list[str]:
    """What breaks a rule of ours; empty for a good page.

    No script, style or handler in the page itself; nothing from elsewhere; one title and one first heading; every
    control has a name for those who cannot see it; every id once; forms that change something carry their token.
    """
    parsed = Html(page)
    return [
        *parsed.unbalanced,
        *_foreign(parsed),
        *_unlabelled(parsed),
        *_repeated_ids(parsed),
        *_headings(parsed),
        *_forms(parsed),
    ]


def _foreign(parsed: Html) -> list[str]:
    wrong = [
        f"<{tag}> has {name}" for tag, found in parsed.elements for name in found if name.startswith(("on", "style"))
    ]
    wrong += ["a style in the page" for _ in parsed.all("style")]
    wrong += [
        "a script in the page" for found in parsed.all("script") if not found.get("src", "").startswith("/assets/")
    ]
    for tag, found in parsed.elements:
        for name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
            address = found.get(name, "/")
            if not address.startswith(("/", "#")) or address.startswith("//"):
                wrong.append(f"<{tag} {name}={address[:60]!r}> leaves the site")
    return wrong


def _unlabelled(parsed: Html) -> list[str]:
    labelled = {found["for"] for found in parsed.all("label") if "for" in found}
    wrong = [
        f"<{tag} name={found.get('name')!r}> has no label"
        for tag in ("input", "select", "textarea")
        for found in parsed.all(tag)
        if found.get("type") not in {"hidden", "radio", "checkbox"}
        and found.get("id") not in labelled
        and "aria-label" not in found
    ]
    return wrong + ["an image without alt" for found in parsed.all("img") if "alt" not in found]


def _repeated_ids(parsed: Html) -> list[str]:
    ids = [found["id"] for _tag, found in parsed.elements if "id" in found]
    return [f"the id {one!r} stands twice" for one in sorted({one for one in ids if ids.count(one) > 1})]


def _headings(parsed: Html) -> list[str]:
    return [f"{len(parsed.all(tag))} times <{tag}>" for tag in ("title", "h1", "main") if len(parsed.all(tag)) != 1]


def _forms(parsed: Html) -> list[str]:
    changing = [found for found in parsed.all("form") if found.get("method", "get").lower() == "post"]
    tokens = [found for found in parsed.all("input", type="hidden", name="form_token") if found.get("value")]
    return [] if len(changing) == len(tokens) else [f"{len(changing)} forms and {len(tokens)} tokens"]
