"""What stands before IPP: only local names, no web page's script, one fixed page and the icon of the queues."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from urllib.parse import urlsplit

from presswork.net.http_message import Handler, HttpRequest, HttpResponse, refusal

LOCAL_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))
ICON = "/icon.png"
"""The path of ``printer-icons``."""
PAGE = """Presswork

This address takes print jobs from the applications of this computer, and from nobody else.
Print to one of the computer's queues, then release your documents on your organisation's Presswork page
or with: presswork jobs
"""
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def local_front(ipp: Handler, icon: bytes, mark: str = "") -> Handler:
    """``ipp`` behind these checks. Texts are fixed: nothing of a request is ever sent back as a page.

    ``mark`` ends the page: by it the doctor tells this agent from another one at its port.
    """
    page = f"{PAGE}{mark_line(mark)}" if mark else PAGE

    async def handle(request: HttpRequest) -> HttpResponse:
        if not is_local(request.headers.get("host", "")):
            # A page of another site that had its name point here (DNS rebinding) still says that name.
            return refusal(421, "Only this computer is served here.")
        if "origin" in request.headers:
            return refusal(403, "No web page may print here.")
        if request.method in ("GET", "HEAD"):
            return _page(request, icon, page)
        return await ipp(request)

    return handle


@lru_cache(maxsize=64)
def is_local(host: str) -> bool:
    """Whether a Host field (RFC 9110 §7.2) names this computer, with any port."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return False
    return parts.hostname in LOCAL_NAMES and parts.netloc == host and "@" not in host and not parts.path


def mark_line(mark: str) -> str:
    """The last line of an agent's page."""
    return f"\nAgent {mark}\n"


def read_icon() -> bytes:
    """A PNG of 128 by 128."""
    return (resources.files("presswork.printer") / "icon.png").read_bytes()


def _page(request: HttpRequest, icon: bytes, page: str) -> HttpResponse:
    if request.path == ICON:
        return HttpResponse(200, icon, "image/png", _HEADERS)
    if request.path != "/" and not request.path.startswith("/ipp/"):
        return refusal(404, "There is nothing at this address.")
    return HttpResponse(200, page.encode(), headers=_HEADERS)
