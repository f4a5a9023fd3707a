"""Answers for the simulator's page: for this computer only, with one script of its own; what changes something is a POST with its token."""

from __future__ import annotations

import hmac
import json
from importlib import resources
from typing import Final
from urllib.parse import parse_qs, urlsplit

from presswork.core.errors import TooLarge
from presswork.net.http_message import Handler, HttpRequest, HttpResponse, refusal
from presswork.simulator.output import PrintedJob
from presswork.simulator.page import render_page
from presswork.simulator.simulator import Simulator

_FORM_LIMIT: Final = 4096
_SECURITY: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    # not no-referrer: browsers then send the page's own forms with "Origin: null" (Fetch, "append a request Origin header")
    ("Referrer-Policy", "same-origin"),
)
_KEEP: Final = ("Cache-Control", "private, max-age=86400, immutable")
_NEVER: Final = ("Cache-Control", "no-store")
_ASSETS: Final = {
    "/style.css": "text/css; charset=utf-8",
    "/page.js": "text/javascript; charset=utf-8",
    "/icon.png": "image/png",
}
_SWITCHES: Final = ("paper_out", "jam", "offline", "hang", "lies")
_SPEEDS: Final = {"0": 0.0, "1": 1.0, "5": 5.0, "30": 30.0}


def read_assets() -> dict[str, bytes]:
    """The page's files, by their path."""
    own = resources.files("presswork.simulator") / "assets"
    icon = resources.files("presswork.printer") / "icon.png"
    return {
        "/style.css": (own / "style.css").read_bytes(),
        "/page.js": (own / "page.js").read_bytes(),
        "/icon.png": icon.read_bytes(),
    }


def page_handler(simulator: Simulator, assets: dict[str, bytes]) -> Handler:
    """The page of one simulator."""

    async def handle(request: HttpRequest) -> HttpResponse:
        if not _is_local(request.headers.get("host", "")):
            return refusal(403, "This page is for this computer only.")
        if request.method == "POST":
            return await _post(simulator, request)
        path = request.path
        if path == "/":
            html = render_page(simulator).encode()
            return HttpResponse(200, html, "text/html; charset=utf-8", (*_SECURITY, _NEVER))
        if path in assets:
            return HttpResponse(200, assets[path], _ASSETS[path], (*_SECURITY, _KEEP))
        if path == "/output.json":
            return HttpResponse(200, _report(simulator), "application/json", (*_SECURITY, _NEVER))
        return await _picture(simulator, path)

    return handle


def _is_local(host: str) -> bool:
    """Against pages that make a foreign name point here (DNS rebinding)."""
    try:
        return urlsplit(f"//{host}").hostname in ("127.0.0.1", "localhost")
    except ValueError:
        return False


async def _post(simulator: Simulator, request: HttpRequest) -> HttpResponse:
    origin = request.headers.get("origin")
    if origin is not None and origin != f"http://{request.headers['host']}":
        return refusal(403, "This form was sent from another page.")
    try:
        form = parse_qs((await request.body.read(_FORM_LIMIT)).decode("ascii", "replace"), max_num_fields=8)
    except (TooLarge, ValueError):
        return refusal(400, "This is not a form of this page.")
    fields = {name: values[-1] for name, values in form.items()}
    if not hmac.compare_digest(fields.get("token", "").encode(), simulator.token.encode()):
        return refusal(403, "This form is out of date. Reload the page and try again.")
    if not await _change(simulator, request.path, fields):
        return refusal(404, "There is no such form here.")
    return HttpResponse(303, b"", headers=(("Location", "/"), *_SECURITY))


async def _change(simulator: Simulator, path: str, fields: dict[str, str]) -> bool:
    name, value = fields.get("name", ""), fields.get("value", "")
    if path == "/clear":
        simulator.output.clear()
        simulator.identified = ""
    elif path == "/faults" and name in _SWITCHES and value in ("on", "off"):
        await simulator.switch(**{name: value == "on"})
    elif path == "/faults" and name == "slow" and value in _SPEEDS:
        await simulator.switch(slow=_SPEEDS[value])
    else:
        return False
    return True


async def _picture(simulator: Simulator, path: str) -> HttpResponse:
    """``/jobs/<job-id>/pages/<page>.png``."""
    match path.split("/"):
        case ["", "jobs", job_id, "pages", name] if job_id.isdecimal() and name.removesuffix(".png").isdecimal():
            printed = simulator.output.find(int(job_id))
            pictures = await printed.pictures(simulator.sandbox) if printed is not None else ()
            number = int(name.removesuffix(".png"))
            if 0 < number <= len(pictures):
                return HttpResponse(200, pictures[number - 1], "image/png", (*_SECURITY, _KEEP))
    return HttpResponse(404, b"There is nothing here.\n", headers=_SECURITY)


def _report(simulator: Simulator) -> bytes:
    state = simulator.printer.state
    report = {
        "name": simulator.name,
        "uri": simulator.uri,
        "raw_uri": simulator.raw_uri,
        "state": state.printer_state.name.lower(),
        "state_reasons": state.printer_state_reasons,
        "impressions": simulator.output.impressions,
        "sheets": simulator.output.sheets,
        "jobs": [_report_job(printed) for printed in simulator.output.jobs],
    }
    return json.dumps(report, indent=2).encode()


def _report_job(printed: PrintedJob) -> dict[str, object]:
    return {
        "job_id": printed.job.job_id,
        "name": printed.job.job_name,
        "user": printed.job.job_originating_user_name,
        "state": printed.job.job_state.keyword,
        "way": printed.way,
        "document_format": printed.job.document_format,
        "pages": len(printed.pages),
        "copies": printed.copies,
        "sides": printed.sides,
        "impressions": printed.impressions,
        "sheets": printed.sheets,
    }
