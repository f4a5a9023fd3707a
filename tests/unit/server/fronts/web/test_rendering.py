"""Templates: what others wrote stays text, and no page needs more than our own files."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import jinja2
import pytest

from presswork.core.clock import SystemClock
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.server.fronts import web
from presswork.server.fronts.web.assets import Assets
from presswork.server.fronts.web.forms import EMPTY
from presswork.server.fronts.web.rendering import Templates
from presswork.server.jobs import JobView, OrderView
from presswork.testing.html import Html, complaints

TEMPLATES = Path(web.__file__).parent / "templates"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "template": "{{ 1234 * 4321 }}{% raw %}",
    "long": "x" * 10_000,
    "long words": "word " * 2_000,
    "right to left": "\u202egnp.exe \u05d0\u05d1 \u2067evil",
    "empty": "",
    "controls": "a\x00b\x1b[31mc",
}


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates(Assets(), SystemClock())


def job(text: str) -> JobView:
    order = OrderView(UUID(int=4), "release", None, text, NOW, True, text)
    return JobView(
        id=UUID(int=1),
        name=text,
        user_id=UUID(int=2),
        person=text,
        account=text,
        declared=True,
        computer_id=UUID(int=3),
        computer_name=text,
        computer_online=True,
        queue_name=text,
        printer_id=UUID(int=5),
        printer_name=text,
        document_format=text,
        size=1,
        pages=None,
        copies=1,
        sides=text,
        state=text,
        state_reasons=(text,),
        outcome=None,
        document_kept=True,
        created_at=NOW,
        ended_at=None,
        order=replace(order, open=False),
    )


def common(text: str) -> dict[str, object]:
    return {
        "principal": SimpleNamespace(display_name=text, email=text),
        "administrator": True,
        "form_token": "0" * 64,
        "here": "/",
        "notice": SimpleNamespace(tone="success", words=text),
        "form": EMPTY,
    }


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_words_of_others_are_never_markup(templates: Templates, text: str) -> None:
    printer = SimpleNamespace(id=UUID(int=5), name=text, location=text)
    choice = SimpleNamespace(recent=[printer], near=[printer], found=[], more=True, any=True)
    one = job(text)
    waiting = replace(one, state="pending-held", state_reasons=())
    entry = TimelineEntry(sequence=1, at=NOW, event=JobEvent.DEVICE_SAYS, values={"printer": text, "message": text})
    pages = [
        templates.render(
            "documents.html",
            common(text)
            | {
                "moving": [replace(one, id=UUID(int=8))],
                "waiting": [waiting],
                "undecided": [replace(waiting, id=UUID(int=9))],
                "ended": [replace(one, id=UUID(int=7))],
                "choice": choice,
                "text": text,
                "chosen": None,
            },
        ),
        templates.render(
            "job.html",
            common(text)
            | {"job": waiting, "timeline": (entry,), "choice": choice, "text": text, "chosen": UUID(int=5)},
        ),
        templates.render(
            "confirm.html",
            common(text) | {"title": text, "sentences": (text,), "action": "/x", "button": "Delete", "back": "/"},
        ),
        templates.render(
            "all_jobs.html",
            common(text)
            | {
                "jobs": [one],
                "next": None,
                "people": [SimpleNamespace(id=UUID(int=2), display_name=text)],
                "chosen": None,
            },
        ),
    ]
    for page in pages:
        assert complaints(page) == []
        assert len(Html(page).all("script")) == 2
        assert "5332114" not in page
        if text.strip():
            assert " ".join(text.split())[:40] in " ".join(Html(page).text.split())


def test_a_name_that_is_not_known_stops_the_page(templates: Templates) -> None:
    with pytest.raises(jinja2.UndefinedError):
        templates.render("confirm.html", common("x"))


def test_templates_hold_no_style_or_script_of_their_own() -> None:
    for file in TEMPLATES.glob("*.html"):
        text = file.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|\| *safe\b|hx-on|hx-vals|js:", text), file.name
        assert not re.search(r"<script(?! src=\"\{\{ asset\()", text), file.name
        assert "http://" not in text
        assert not re.search(r"https://(?!\S*example\.org)", text), file.name


def test_every_icon_in_use_is_brought_in_and_none_else() -> None:
    root = Path(__file__).parents[5]
    specification = importlib.util.spec_from_file_location("hatch_build", root / "hatch_build.py")
    assert specification is not None
    assert specification.loader is not None
    build = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(build)
    sources = [*TEMPLATES.glob("*.html"), Path(web.__file__).parent / "words.py"]
    text = "\n".join(file.read_text("utf-8") for file in sources)
    named = {name for name in build.ICONS if re.search(rf"[\"']{name}[\"']", text)}
    assert sorted(set(build.ICONS) - named) == [], "brought in, but not used"
    sprite = (TEMPLATES.parent / "static/vendor/icons.svg").read_text("utf-8")
    assert set(re.findall(r'symbol id="([^"]+)"', sprite)) == set(build.ICONS)
    asked = set(re.findall(r"(?:icon|empty)\(\"([a-z0-9-]+)\"", text))
    assert sorted(asked - set(build.ICONS)) == [], "used, but not brought in"
